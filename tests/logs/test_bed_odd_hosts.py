"""Logs on hosts of the bed that refuse half of what we ask, and in directories that somebody made to harm us."""

from __future__ import annotations

import gzip
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clausius_panel.config import Config
from clausius_panel.errors import InvalidInput
from clausius_panel.job_logs import job_log, job_log_files
from clausius_panel.logs import (
    LogRefused,
    LogSource,
    download,
    find_progress,
    first_error,
    follow,
    list_directory,
    page,
    position,
    rendered,
    search,
    tail,
)
from clausius_panel.model import Cluster
from clausius_panel.runtime import Runtime
from clausius_panel.store import get_cluster, put_cluster
from tests.testbed.namespaces import enter_argv

pytestmark = pytest.mark.slurm

Shell = Callable[..., str]
FILES_ONLY, COMMANDS_ONLY = "ForceCommand internal-sftp\n", "Subsystem sftp /bin/false\n"

HOSTILE = r"""
import os, socket
here = {directory!r}
os.makedirs(here + "/tree/closed"); os.chdir(here + "/tree")
for name in (b"a\nb 77.out", b"'q\" 77.out", b"$(touch boom) 77.out", b"`touch boom`77.out", b"-rf 77.out",
             b"--help77.out", b"bad\xff\xfe77.out", "\U0001f600 77.out".encode(), b"\x1b[31m\x07 77.out",
             b"star*?[77].out", b"; touch boom; 77", b"%n%s77.out", b"cr\r\n77.out", b"\\77.out"):
    open(name, "wb").write(b"line 1\n" + name.hex().encode() + b"\n")
open("../secret", "w").write("SECRET")
for link, target in {{"passwd77": "/etc/passwd", "up77": "..", "loop77": "loop77", "zero77": "/dev/zero",
                     "env77": "/proc/self/environ", "gone77": "$(touch boom)", "out77": "../secret"}}.items():
    os.symlink(target, link)
os.mkfifo("pipe77")
socket.socket(socket.AF_UNIX).bind("sock77")
open("denied77.out", "w").close(); os.chmod("denied77.out", 0)
open("closed/x.out", "w").write("x"); os.chmod("closed", 0)
with open("line77.out", "wb") as log:
    log.truncate(2 << 30); log.seek(2 << 30); log.write(b"\nneedle\n")
"""
REFUSED = {
    "passwd77": "outside",
    "up77": "directory",
    "up77/secret": "outside",
    "out77": "outside",
    "../secret": "outside",
    "../../../../etc/passwd": "outside",
    "loop77": "missing",
    "gone77": "missing",
    "zero77": "special",
    "env77": "outside",
    "pipe77": "special",
    "sock77": "special",
    "denied77.out": "unreadable",
    "closed/x.out": "unreadable",
}


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


@contextmanager
def sshd(bed: dict[str, Any], where: str, directory: Path, change: str) -> Iterator[int]:
    """One more sshd on a machine of the bed, with its keys and users but another rule; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    root = Path(bed["runtime_dir"])
    text = (root / "ssh" / f"sshd_{where}.conf").read_text()
    text = re.sub(r"(?m)^Port .*$", f"Port {port}", text)
    if "Subsystem" in change:
        text = re.sub(r"(?m)^Subsystem .*$", "", text)
    config = directory / f"sshd_{where}_{port}.conf"
    config.write_text(text + change)
    words = [*enter_argv(f"sshd-{where}"), shutil.which("sshd") or "/usr/sbin/sshd", "-D", "-e", "-f", str(config)]
    server = subprocess.Popen(words, stderr=subprocess.DEVNULL, start_new_session=True, cwd="/")

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        until(answers, 10)
        yield port
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(10)


class Site:
    """Alpha behind a login node without SFTP, with a data host without commands, and a directory of alice's."""

    def __init__(self, runtime: Runtime, shell: Shell, on: str) -> None:
        self.runtime, self.shell, self.on = runtime, shell, on
        self.directory = f"/home/alice/odd logs {secrets.token_hex(4)}"
        for where in {"alpha", on}:
            shell(where, f"mkdir -p '{self.directory}'")

    def job(self, script: str = "true", name: str = "%j.out", within: str = "") -> str:
        """A job that has ended, and that the store knows; only its working directory may be read."""
        there = f"{self.directory}/{within}"
        words = f"mkdir -p '{there}'; cd '{there}' && sbatch --parsable -p cpu -t 5 -o '{name}'"
        job_id = self.shell("alpha", f"{words} <<'SCRIPT'\n#!/bin/bash\n{script}\nSCRIPT\n").strip()
        until(lambda: not self.shell("alpha", f"squeue -h -j {job_id} -t PD,R,CG 2>/dev/null || true").strip())
        self.runtime.collector.refresh("alpha", force=True)
        return job_id

    def source(self, job_id: str, way: str) -> LogSource:
        """The way to the files of a job: by commands, or over SFTP only."""
        host = self.runtime.file_host("alpha")
        host._no_commands_until = float("inf") if way == "sftp" else 0.0
        return job_log_files(self.runtime, "alpha", job_id).source

    def clean(self) -> None:
        for where in {"alpha", self.on}:
            self.shell(where, f"chmod -R u+rwx '{self.directory}'; rm -rf '{self.directory}'")


@pytest.fixture
def make_site(bed: dict[str, Any], tmp_path: Path, bed_shell: Shell) -> Iterator[Callable[..., Site]]:
    """`make_site("data")`: the data host has files of its own; on "alpha" it sees those of the login node."""
    with ExitStack() as stack:

        def make(on: str) -> Site:
            tmp_path.chmod(0o755)
            login = stack.enter_context(sshd(bed, "alpha", tmp_path, COMMANDS_ONLY))
            data = stack.enter_context(sshd(bed, on, tmp_path, FILES_ONLY))
            keys = {
                port: " ".join((Path(bed["runtime_dir"]) / "ssh" / f"{host}_host.pub").read_text().split()[:2])
                for port, host in ((login, "alpha"), (data, on))
            }
            known = tmp_path / "known_hosts"
            known.write_text("".join(f"[127.0.0.1]:{port} {key}\n" for port, key in keys.items()))
            config = Config(
                data_dir=tmp_path / "data", known_hosts_files=(known,), ssh_config_file=tmp_path / "none"
            )
            runtime = stack.enter_context(Runtime(config, create=True))
            cluster = Cluster(
                name="alpha",
                host="127.0.0.1",
                port=login,
                user="alice",
                key_file=bed["users"]["alice"]["key"],
                scope="everyone",
                data_host=f"127.0.0.1:{data}",
            )
            with runtime.store.write() as cur:
                put_cluster(cur, cluster)
            site = Site(runtime, bed_shell, on)
            stack.callback(site.clean)
            return site

        yield make


def test_a_log_that_only_a_data_host_without_commands_has_is_read_in_every_way(make_site: Callable[..., Site]):
    site = make_site("data")
    job_id = site.job("true", "%j/out.log")
    path = f"{site.directory}/{job_id}/out.log"
    text = "".join(f"line {number}\n" for number in range(1, 5001)) + "step 3/4\nKeyError: 'x'\n"
    site.shell("alpha", f"rm -rf '{site.directory}/{job_id}'")
    site.shell("data", f"mkdir -p '{site.directory}/{job_id}'; cat > '{path}' <<'TEXT'\n{text}TEXT")
    log = job_log(site.runtime, "alpha", job_id)
    found = job_log_files(site.runtime, "alpha", job_id)
    [file] = [each for each in found.files if each.stream]
    assert (file.path, file.size, file.place, file.problem) == (path, len(text), "data host", "")
    assert (log.path, log.tail(lines=2, max_bytes=1000).text) == (path, "step 3/4\nKeyError: 'x'\n")
    source = found.source
    first = page(source, path, max_bytes=100)
    assert (first.lines[0], first.via) == ("line 1", "sftp")
    assert [(hit.line, hit.text) for hit in search(source, path, "line 4321").hits] == [(4321, "line 4321")]
    assert b"".join(download(source, path)).decode() == text
    crash, progress = first_error(source, path).crash, find_progress(tail(source, path).text)
    assert (crash and (crash.line, crash.message)) == (5002, "KeyError: 'x'")
    assert (progress and progress.percent) == 75
    assert [entry.name for entry in list_directory(source, f"{site.directory}/{job_id}").entries] == ["out.log"]
    here = position(tail(source, path))
    site.shell("data", f"echo more >> '{path}'")
    [change] = follow(source, [here])
    assert (change.state, change.text) == ("appended", "more\n")
    site.shell("data", f"echo anew > '{path}'")
    [change] = follow(source, [change.position])
    assert (change.state, change.text) == ("truncated", "anew\n")
    site.shell("data", f"rm '{path}'")
    [change] = follow(source, [change.position])
    assert (change.state, change.problem and change.problem.reason) == ("refused", "missing")


def test_a_file_that_only_the_data_host_has_is_listed_beside_those_of_the_login_node(
    make_site: Callable[..., Site],
):
    site = make_site("data")
    job_id = site.job("echo beside >&2", "%j.out")
    path = f"{site.directory}/{job_id}.out"
    site.shell("alpha", f"mv '{path}' '{site.directory}/{job_id}.err'")
    site.shell("data", f"echo here > '{path}'")
    found = job_log_files(site.runtime, "alpha", job_id)
    places = {file.path: (file.place, file.problem) for file in found.files}
    assert places[path] == ("data host", "")
    assert places[f"{site.directory}/{job_id}.err"] == ("login node", "")
    assert found.problems == []
    told = job_log(site.runtime, "alpha", job_id).tail(lines=2, max_bytes=1000)
    assert (told.text, told.place) == ("here\n", "data host")


def test_a_data_host_that_is_down_is_named_where_a_file_is_missing(make_site: Callable[..., Site]):
    site = make_site("data")
    job_id = site.job()
    path = f"{site.directory}/{job_id}.out"
    site.shell("alpha", f"rm '{path}'")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # nobody listens there
        down = f"127.0.0.1:{probe.getsockname()[1]}"
        cluster = replace(get_cluster(site.runtime.store, "alpha"), data_host=down)
        with site.runtime.store.write() as cur:
            put_cluster(cur, cluster)
        found = job_log_files(site.runtime, "alpha", job_id)
        with pytest.raises(LogRefused) as caught:
            job_log(site.runtime, "alpha", job_id).tail(lines=2, max_bytes=1000)
    [file] = found.files
    assert (file.path, file.place) == (path, "login node")
    assert file.problem == "there is no such file (yet) on the login node; the data host could not be asked"
    port = down.partition(":")[2]
    for said in (*found.problems, str(caught.value)):
        assert "the data host could not be asked" in said
        assert port in said
    assert len(found.problems) == 1


def test_what_somebody_made_to_harm_us_is_refused_with_words_either_way(make_site: Callable[..., Site]):
    site = make_site("alpha")
    job_id = site.job(within="tree")
    site.shell("alpha", f"rm -rf '{site.directory}/tree'")
    site.shell("alpha", f"python3 - <<'PYTHON'\n{HOSTILE.format(directory=site.directory)}\nPYTHON\n")
    tree = f"{site.directory}/tree"
    for way in ("shell", "sftp"):
        source = site.source(job_id, way)
        begun = time.monotonic()
        listing = list_directory(source, tree)
        names = {entry.name for entry in listing.entries if entry.name.endswith("out") and entry.type == "file"}
        via = "login" if way == "shell" else way  # the data host runs no commands: the login node runs them
        assert (len(listing.entries), listing.is_complete, listing.via) == (26, True, via)
        for name in names - {"denied77.out", "line77.out"}:
            told = tail(source, f"{tree}/{name}").lines
            assert told == ["line 1", os.fsencode(name).hex()], name
            assert [hit.line for hit in search(source, f"{tree}/{name}", "line").hits] == [1], name
        for name, reason in REFUSED.items():
            with pytest.raises(LogRefused) as caught:
                tail(source, f"{tree}/{name}")
            assert caught.value.reason == reason, (way, name)
        for path in ("/dev/zero", "/etc/passwd", "relative", "", "/\x00", f"{tree}/{'x/' * 3000}"):
            with pytest.raises(InvalidInput):
                tail(source, path)
        for name in ("closed", "up77/..", "pipe77"):
            with pytest.raises(LogRefused):
                list_directory(source, f"{tree}/{name}")
        assert tail(source, f"{tree}/line77.out", lines=1).lines == ["needle"]
        assert time.monotonic() - begun < 30
    left = site.shell("alpha", f"cd '{tree}'; ls -d boom ~/boom /boom 2>/dev/null || true")
    assert left == ""


def test_a_file_that_becomes_a_link_to_a_secret_and_back_is_never_read_as_it(make_site: Callable[..., Site]):
    site = make_site("alpha")
    job_id = site.job(within="tree")
    site.shell(
        "alpha",
        f"mkdir -p '{site.directory}/tree'; cd '{site.directory}'; echo SECRET > secret; echo fine > tree/a",
    )
    flip = "ln -sfn ../secret a; rm -f a; echo fine > a"
    swapping = (
        f"cd '{site.directory}/tree'; end=$(($(date +%s)+2)); while [ $(date +%s) -lt $end ]; do {flip}; done"
    )
    for way in ("shell", "sftp"):
        source = site.source(job_id, way)
        seen: set[bytes | str] = set()
        swapper = subprocess.Popen(
            [
                *enter_argv("sshd-alpha"),
                "setpriv",
                "--reuid=alice",
                "--regid=alice",
                "--clear-groups",
                "sh",
                "-c",
                swapping,
            ]
        )
        while swapper.poll() is None:
            try:
                seen.add(tail(source, f"{site.directory}/tree/a").data)
            except LogRefused as refused:
                seen.add(refused.reason)
        assert b"fine\n" in seen
        assert "outside" in seen
        assert b"SECRET\n" not in seen


def test_a_rotated_log_is_unpacked_where_it_lies(make_site: Callable[..., Site]):
    site = make_site("alpha")
    job_id = site.job("seq 1 200000", "%j.out")
    site.shell("alpha", f"cd '{site.directory}'; gzip {job_id}.out")
    path = f"{site.directory}/{job_id}.out.gz"
    for way in ("shell", "sftp"):
        source = site.source(job_id, way)
        found = rendered(source, path)
        assert found is not None
        assert (found.kind, found.text[-14:]) == ("packed", "199999\n200000\n")
        assert "the end of it" in found.note
        assert tail(source, path).is_binary
        packed = b"".join(download(source, path))
        assert gzip.decompress(packed).splitlines()[-1] == b"200000"
