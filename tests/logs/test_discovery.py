from __future__ import annotations

import getpass
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clausius_panel import store as st
from clausius_panel.errors import InvalidInput, UnknownCluster
from clausius_panel.logs import (
    Access,
    LogFiles,
    LogRefused,
    LogRules,
    LogSource,
    Mount,
    SearchPath,
    access_to,
    list_directory,
    log_files,
    log_source,
    tail,
)
from clausius_panel.model import Cluster, Job
from clausius_panel.store import ClusterState, Store
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import Completed, LocalTransport
from tests.stores import new_store

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ME = getpass.getuser()
Write = Callable[[str, bytes | str], str]


@dataclass
class Site:
    """A cluster on this machine: a store that knows jobs, and commands that answer from files."""

    store: Store
    transport: LocalTransport
    logs: Path
    commands: Path

    def add(self, job_id: str, **facts: Any) -> None:
        """A job of mine that writes into the logs, but for `facts`."""
        raw = str(facts.pop("raw", job_id.partition("_")[0]))
        usual = {"name": "train", "user": ME, "state": "RUNNING", "work_dir": str(self.logs)}
        job = Job(cluster="here", job_id=job_id, job_id_raw=raw, submit_time=NOW, **{**usual, **facts})
        with self.store.write() as cur:
            st.merge_queue(cur, "here", [job], at=NOW)

    def command(self, name: str, body: str) -> None:
        file = self.commands / name
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)

    def find(self, job_id: str, rules: LogRules | None = None) -> LogFiles:
        return log_files(self.store, self.transport, cluster="here", job_id=job_id, rules=rules)

    def source(self, found: LogFiles) -> LogSource:
        return LogSource(transport=self.transport, access=found.access)


@pytest.fixture
def site(tmp_path: Path, logs: Path, local: LocalTransport) -> Iterator[Site]:
    commands = tmp_path / "bin"
    commands.mkdir()
    store = new_store(tmp_path / "data" / "clausius.duckdb")
    with store.write() as cur:
        st.put_cluster(cur, Cluster(name="here", kind="local", slurm_path=str(commands)))
        st.put_cluster_state(cur, ClusterState(cluster="here", user_name=ME))
    site = Site(store, local, logs, commands)
    for name in ("squeue", "scontrol", "sacct"):
        site.command(name, f"echo '{name} must not be asked' >&2; exit 1")
    yield site
    store.close()
    shutil.rmtree(tmp_path / "data")


def test_stdout_and_stderr_of_a_job(site: Site, write: Write):
    out, err = write("a.out", "x\n"), write("a.err", "")
    site.add("7", stdout_path=out, stderr_path=err)
    found = site.find("7")
    assert [(file.label, file.path, file.size, file.stream) for file in found.files] == [
        ("stdout", out, 2, "stdout"),
        ("stderr", err, 0, "stderr"),
    ]
    assert [file.problem for file in found.files] == ["", ""]
    assert (found.problems, found.is_complete, found.directories) == ([], True, [str(site.logs)])
    assert found.files[0].modified is not None
    assert found.files[0].place == "login node"
    assert tail(site.source(found), out).lines == ["x"]


def test_one_file_for_both_is_shown_once(site: Site, write: Write):
    out = write("a.out", "x")
    site.add("7", stdout_path=out, stderr_path=out)
    assert [(file.label, file.stream) for file in site.find("7").files] == [("stdout and stderr", "both")]


def test_an_array_shows_the_logs_of_all_its_tasks_and_a_task_its_own(site: Site, write: Write):
    for task in (10, 2, 0):
        path = write(f"train-50_{task}.out", "x" * task)
        facts = {"array_job_id": "50", "array_task_id": str(task), "stdout_path": path, "stderr_path": path}
        site.add(f"50_{task}", raw=60 + task, **facts)
    site.add("50_[11-20%2]", raw=50, array_job_id="50", stdout_path="/l/train-50_%a.out", state="PENDING")
    found = site.find("50")
    assert [file.label for file in found.files] == [f"task {task} stdout and stderr" for task in (0, 2, 10)]
    assert [file.size for file in found.files] == [0, 2, 10]
    assert [file.job_id for file in found.files] == ["50_0", "50_2", "50_10"]
    write("metrics-50_10.json", "{}")
    write("metrics-50_2.json", "{}")
    mine = [Path(file.path).name for file in site.find("50_2").files]
    assert mine == ["train-50_2.out", "metrics-50_2.json"]


def test_files_that_bear_the_whole_id_lie_beside(site: Site, write: Write):
    out = write("train-123.out", "x")
    for name in ("main_123_srun.log", "x-41234.out", "1234.log", "metrics_123.jsonl", "other.log", "123/deep.log"):
        write(name, "y")
    site.add("123", stdout_path=out)
    found = site.find("123")
    assert [(file.label, Path(file.path).name, file.stream) for file in found.files] == [
        ("stdout", "train-123.out", "stdout"),
        ("main output", "main_123_srun.log", ""),
        ("metrics_123.jsonl", "metrics_123.jsonl", ""),
    ]
    assert [file.kind for file in found.files] == ["text", "text", "jsonl"]


def test_what_is_not_there_and_what_is_no_file_says_so(site: Site, logs: Path):
    os.mkfifo(logs / "pipe")
    site.add("7", stdout_path=str(logs / "pipe"), stderr_path=str(logs / "later.err"))
    site.add("8", stdout_path="/dev/null", stderr_path=str(logs / "no" / "dir.err"))
    pipe, later = site.find("7").files
    assert (pipe.problem, later.problem) == ("not a regular file", "there is no such file (yet)")
    assert [file.problem for file in site.find("8").files] == ["its directory could not be looked at"] * 2


def test_a_link_to_nothing_is_no_log(site: Site, logs: Path):
    (logs / "gone.out").symlink_to("nowhere")
    site.add("7", stdout_path=str(logs / "gone.out"))
    assert [file.problem for file in site.find("7").files] == ["a link that leads to no file"]


def test_any_path_of_slurms_is_data(site: Site, write: Write, logs: Path):
    names = ["with space.out", "new\nline", "$(touch boom)", "q'\"q", "*", "[a]", "-rf"]
    paths = [write(name, f"{name!r}\n") for name in names]
    for number, (name, path) in enumerate(zip(names, paths, strict=True), 7):
        site.add(str(number), stdout_path=path)
        found = site.find(str(number))
        assert [(file.path, file.size) for file in found.files] == [(path, len(repr(name)) + 1)]
        assert tail(site.source(found), path).lines == [repr(name)]
    assert {each.name for each in logs.iterdir()} == set(names)


def test_the_controller_is_asked_where_the_store_does_not_know(site: Site, write: Write):
    out = write("from controller.out", "x")
    site.add("7")
    site.command("scontrol", f"echo 'JobId=7 JobName=train'; echo '   StdErr={out}'; echo '   StdOut={out}'")
    assert [(file.label, file.path) for file in site.find("7").files] == [("stdout and stderr", out)]


def test_accounting_tells_what_sbatch_was_told_when_the_controller_has_forgotten(site: Site, write: Write):
    out = write("out/train-7.out", "x")
    site.add("7")
    site.command("scontrol", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1")
    site.command("sacct", "case $* in *SubmitLine*) echo 'sbatch -o out/%x-%j.out run.sh' ;; *) echo NONE ;; esac")
    assert [(file.path, file.size) for file in site.find("7").files if file.stream] == [(out, 1)]


def test_the_default_name_is_tried_last(site: Site, write: Write):
    out = write("slurm-7.out", "x")
    site.add("7")
    found = site.find("7")
    assert [file.path for file in found.files] == [out]
    assert "controller" in found.problems[0]


def test_a_job_that_only_the_controller_knows_is_found(site: Site, write: Write):
    out = write("7.out", "x\n")
    said = f"JobId=7 JobName=x\n   UserId={ME}(1) GroupId=g(1)\n   WorkDir=/\n   StdErr={out}\n   StdOut={out}"
    site.command("scontrol", f"cat <<'E'\n{said}\nE")
    found = site.find("7")
    assert [file.path for file in found.files] == [out]
    assert tail(site.source(found), out).lines == ["x"]


def test_a_job_that_nobody_knows_is_an_error(site: Site):
    site.command("scontrol", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1")
    with pytest.raises(InvalidInput, match="controller does not know it either"):
        site.find("7")
    with pytest.raises(InvalidInput, match="use forms such as"):
        site.find("7; id")
    with pytest.raises(UnknownCluster):
        log_files(site.store, site.transport, cluster="nowhere", job_id="7")


def test_configured_search_paths_are_looked_into(site: Site, write: Write):
    beside = write(f"elsewhere/{ME}/eval_7.json", "{}")
    write(f"elsewhere/{ME}/eval_77.json", "{}")
    out = write("a.out", "")
    site.add("7", stdout_path=out)
    rules = LogRules(search_paths=(SearchPath(template=f"{site.logs}/elsewhere/{{user}}"),))
    assert [file.path for file in site.find("7", rules).files] == [out, beside]
    other = LogRules(search_paths=(SearchPath(template=f"{site.logs}/elsewhere/{{user}}", cluster="other"),))
    assert [file.path for file in site.find("7", other).files] == [out]


def test_a_mounted_copy_is_found_first(site: Site, write: Write, logs: Path):
    write("7.out", "x")
    site.add("7", stdout_path="/far/7.out", work_dir="/far")
    rules = LogRules(mounts=(Mount(remote="/far", local=str(logs)),))
    [file] = site.find("7", rules).files
    assert (file.path, file.size, file.place) == ("/far/7.out", 1, "mount")


def test_another_persons_job_does_not_open_my_files(site: Site, write: Write, logs: Path):
    secret = write("secret", "x")
    site.add("7", user="bob", stdout_path=secret)
    found = site.find("7")
    with pytest.raises(LogRefused) as caught:
        tail(site.source(found), secret)
    assert caught.value.reason == "foreign"
    assert [file.problem for file in found.files] == ["its directory could not be looked at"]


def test_a_link_to_a_file_is_allowed_by_the_jobs_around_it(site: Site, write: Write, logs: Path):
    out = write("a/7.out", "x\n")
    other = write("b/secret", "x\n")
    site.add("7", stdout_path=out, work_dir=str(logs / "a"))
    source = log_source(site.store, site.transport, cluster="here", path=out)
    assert tail(source, out).lines == ["x"]
    assert [entry.name for entry in list_directory(source, str(logs / "a")).entries] == ["7.out"]
    assert log_source(site.store, site.transport, cluster="here", path=other).access == Access.to([])
    with pytest.raises(LogRefused, match="outside"):
        tail(source, other)


def test_configured_roots_are_allowed_around_any_path(site: Site, logs: Path):
    rules = LogRules(roots=(str(logs),))
    assert [root.path for root in access_to(site.store, cluster="here", path="/x", rules=rules).roots] == [
        str(logs)
    ]


@pytest.mark.parametrize(("data", "place"), [("login1", "login node"), ("dtn1", "data host")])
def test_the_host_that_serves_the_files_is_told(site: Site, write: Write, data: str, place: str):
    out = write("7.out", "x")
    site.add("7", stdout_path=out)
    with site.store.write() as cur:
        st.put_cluster(cur, Cluster(name="here", host="login1", data_host="dtn"))

    def answer(command: str, stdin: str) -> Completed:
        if command != "uname -n":
            return site.transport.run(command, stdin=stdin)
        return Completed(stdout=f"{data if fake.calls[-1][2] == 'data' else 'login1'}\n")

    fake = FakeTransport(answer)
    [file] = log_files(site.store, fake, cluster="here", job_id="7").files
    assert file.place == place
