from __future__ import annotations

import getpass
import gzip
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from clausius_panel import config, job_logs
from clausius_panel.runtime import Runtime
from tests.faces import CLUSTER, data_directory, row


def with_logs(root: Path) -> Path:
    """The directory where job 1 writes; job 2 has no file yet, job 3 belongs to nobody here, job 4 failed."""
    directory = root / "logs"
    directory.mkdir()
    (directory / "1.out").write_text("\x1b[31mstart\x1b[0m\nloss 0.5\nloss 0.4\nlast\n")
    (directory / "1.err").write_text("a warning\n")
    (directory / "4.out").write_text("fine\n")
    (directory / "4.err").write_text(
        "Traceback (most recent call last):\n  File x\n\x1b[31mValueError\x1b[0m: bad\n"
    )
    me = {"UserName": getpass.getuser(), "WorkDir": str(directory)}
    queue = [
        row(1, **me, STDOUT=str(directory / "1.out"), STDERR=str(directory / "1.err"), State="COMPLETED"),
        row(4, **me, STDOUT=str(directory / "4.out"), STDERR=str(directory / "4.err"), State="FAILED"),
        row(2, **me, STDOUT=str(directory / "2.out"), STDERR=str(directory / "2.out"), State="PENDING"),
    ]
    (root / "slurm" / "queue.json").write_text(json.dumps(queue))
    return directory


@pytest.fixture
def seen(root: Path, run) -> Path:
    """Logs of jobs that the store knows."""
    logs = with_logs(root)
    assert run("jobs").exit_code == 0
    return logs


@pytest.fixture(scope="module")
def _asked_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Path(tmp_path_factory.mktemp("logs"))
    data = data_directory(root)
    logs = with_logs(root)
    with Runtime(config.load(environ={}, file="/dev/null", data_dir=data)) as runtime:
        runtime.refresh()
    return logs


@pytest.fixture
def known(_asked_once: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same for tests that only read."""
    monkeypatch.setenv("CLAUSIUS_DATA_DIR", str(_asked_once.parent / "data"))
    return _asked_once


def test_the_end_of_stdout_is_shown_without_colours_and_the_file_is_named_beside(known, run):
    result = run("log", CLUSTER, "1", "-n", "3")
    assert result.exit_code == 0, result.output
    assert result.stdout == "loss 0.5\nloss 0.4\nlast\n"
    assert f"{known}/1.out (stdout, " in result.stderr
    assert run("log", CLUSTER, "1").stdout.startswith("start\n")


def test_where_a_log_was_read_is_said(seen, run, tmp_path):
    plain = run("log", CLUSTER, "1")
    assert "from the" not in plain.stderr
    assert json.loads(run("log", CLUSTER, "1", "--json").stdout)["place"] == "login node"
    copy = tmp_path / "mounted"
    copy.mkdir()
    (copy / "1.out").write_text("from the mount\n")
    assert run("log-rules", "add", "mount", str(seen), str(copy), "-c", CLUSTER).exit_code == 0
    mounted = run("log", CLUSTER, "1")
    assert mounted.stdout == "from the mount\n"
    assert mounted.stderr.rstrip().endswith(", from the mounted copy)")
    assert json.loads(run("log", CLUSTER, "1", "--json").stdout)["place"] == "mount"


def test_stderr_and_other_files_of_the_job_are_shown_on_demand(seen, run):
    assert run("log", CLUSTER, "1", "--stderr").stdout == "a warning\n"
    (seen / "notes.txt").write_text("no newline")
    assert run("log", CLUSTER, "1", "--path", str(seen / "notes.txt")).stdout == "no newline\n"


def test_the_files_are_listed_with_what_they_are(known, run):
    result = run("log", CLUSTER, "1", "--list")
    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["FILE", "stdout", "stderr"]
    listed = json.loads(run("log", CLUSTER, "2", "--list", "--json").stdout)
    [file] = listed["files"]
    assert (file["label"], file["size"]) == ("stdout and stderr", None)
    assert "no such file" in file["problem"]


def test_a_search_gives_numbered_lines_and_exit_code_1_for_nothing(known, run):
    result = run("log", CLUSTER, "1", "--grep", "loss")
    assert (result.exit_code, result.stdout) == (0, "2: loss 0.5\n3: loss 0.4\n")
    result = run("log", CLUSTER, "1", "--grep", "loss", "-n", "1")
    assert result.stdout == "2: loss 0.5\n"
    assert "may be more" in result.stderr
    result = run("log", CLUSTER, "1", "--grep", "nowhere")
    assert (result.exit_code, result.stdout) == (1, "")
    found = json.loads(run("log", CLUSTER, "1", "--grep", "0.4", "--json").stdout)
    assert [hit["line"] for hit in found["hits"]] == [3]


def test_the_tail_as_json_says_where_it_is_in_the_file(known, run):
    found = json.loads(run("log", CLUSTER, "1", "-n", "1", "--json").stdout)
    assert found["text"] == "last\n"
    assert found["end"] - found["start"] == 5
    assert found["end"] == found["size"] == (known / "1.out").stat().st_size


@pytest.mark.parametrize(
    ("name", "word"),
    [("nosuch.out", "no such file"), ("pipe.out", "regular"), ("out.out", "outside"), ("", "list")],
)
def test_what_is_no_log_of_the_job_is_refused_in_one_line(seen, run, name, word):
    os.mkfifo(seen / "pipe.out")
    (seen / "out.out").symlink_to("/etc/hostname")
    result = run("log", CLUSTER, "1", "--path", str(seen / name))
    assert (result.exit_code, result.stdout) == (1, "")
    [line] = result.stderr.splitlines()
    assert word in line


def test_what_is_no_text_is_not_written_to_the_terminal(seen, run):
    (seen / "1.out").write_bytes(b"\x00\x01\x02\n")
    result = run("log", CLUSTER, "1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no text" in result.stderr


def test_the_end_of_a_packed_log_is_unpacked_and_said_to_be_that(seen, run):
    packed = seen / "1.out.1.gz"
    packed.write_bytes(gzip.compress(b"\x1b[31mone\x1b[0m\ntwo\nthree"))
    words = ("log", CLUSTER, "1", "--path", str(packed))
    whole = run(*words)
    assert (whole.exit_code, whole.stdout) == (0, "one\ntwo\nthree\n")
    assert "packed by gzip: this is all of it" in whole.stderr
    end = run(*words, "-n", "2")
    assert (end.stdout, "this is the end of it" in end.stderr) == ("two\nthree\n", True)
    told = json.loads(run(*words, "--json").stdout)
    assert (told["text"], told["size"], told["is_binary"]) == ("one\ntwo\nthree", packed.stat().st_size, False)


def test_what_cannot_be_done_with_a_packed_log_is_said(seen, run):
    packed = seen / "1.out.1.gz"
    words = ("log", CLUSTER, "1", "--path", str(packed))
    packed.write_bytes(gzip.compress(b"one\n"))
    for more, why in ((["--grep", "one"], "cannot be searched"), (["--follow"], "nothing is appended")):
        result = run(*words, *more)
        assert (result.exit_code, result.stdout) == (1, "")
        assert f"{packed}' is not read; it is packed by gzip" in result.stderr
        assert why in result.stderr
    packed.write_bytes(gzip.compress(bytes(100)))
    assert "it is no text" in run(*words).stderr


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (["--follow", "--list"], "--list and --follow"),
        (["--follow", "--json"], "--follow and --json"),
        (["--stderr", "--path", "/x"], "--path and --stderr"),
        (["--lines", "0"], "0"),
        (["--path", "relative"], "absolute"),
        (["--grep", ""], "characters"),
    ],
)
def test_options_that_make_no_sense_cost_exit_code_2(known, run, words, remedy):
    result = run("log", CLUSTER, "1", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert remedy in result.stderr


def test_a_job_that_nobody_knows_is_named(known, run):
    result = run("log", CLUSTER, "77")
    assert result.exit_code == 2
    assert "'77' is unknown; no job of this id was seen on here: looked up in the history" in result.stderr
    assert "its controller does not know it either" in result.stderr
    assert "cluster: 'nosuch' is unknown; known clusters: here" in run("log", "nosuch", "1").stderr


def test_following_ends_when_the_job_has_ended_and_its_log_is_quiet(seen, run, monkeypatch):
    monkeypatch.setattr(job_logs, "PAUSE_S", 0.1)
    monkeypatch.setattr(job_logs, "QUIET_S", 1.0)

    def write() -> None:
        with (seen / "1.out").open("a") as file:
            file.write("one more\n")

    writer = threading.Timer(0.5, write)
    writer.start()
    result = run("log", CLUSTER, "1", "--follow", "-n", "1")
    writer.join()
    assert (result.exit_code, result.stdout) == (0, "last\none more\n")


def test_following_waits_for_a_file_of_a_job_that_waits_and_control_c_stops_it(seen):
    command = [sys.executable, "-m", "clausius_panel", "log", CLUSTER, "2", "--follow"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as following:
        assert following.stderr is not None
        assert following.stdout is not None
        assert "Ctrl-C" in following.stderr.readline()
        (seen / "2.out").write_text("it begins\n")
        assert following.stdout.readline() == "it begins\n"
        following.send_signal(2)
        _, errors = following.communicate(timeout=20)
    assert following.returncode == 130
    assert errors.strip() == ""


def test_a_log_is_paged_from_a_byte_on_and_the_next_page_is_named(known, run):
    first = run("log", CLUSTER, "1", "--offset", "0", "-n", "2")
    assert (first.exit_code, first.stdout) == (0, "start\nloss 0.5\n")
    [offset] = re.findall(r"next page starts at --offset (\d+)$", first.stderr, re.MULTILINE)
    rest = run("log", CLUSTER, "1", "--offset", offset)
    assert rest.stdout == "loss 0.4\nlast\n"
    assert "this is its end" in rest.stderr
    assert run("log", CLUSTER, "1", "--offset", "3", "-n", "1").stdout == "loss 0.5\n"  # a line's beginning
    told = json.loads(run("log", CLUSTER, "1", "--offset", offset, "--json").stdout)
    assert (told["start"], told["text"]) == (int(offset), "loss 0.4\nlast\n")
    assert run("log", CLUSTER, "1", "--offset", "99999").stdout == ""


def test_a_search_goes_on_from_the_byte_where_it_stopped(known, run):
    first = run("log", CLUSTER, "1", "--grep", "loss", "-n", "1")
    [offset] = re.findall(r"may be more: --offset (\d+)$", first.stderr, re.MULTILINE)
    rest = run("log", CLUSTER, "1", "--grep", "loss", "--offset", offset)
    assert (rest.exit_code, rest.stdout.partition(": ")[2]) == (0, "loss 0.4\n")


@pytest.mark.parametrize("words", [["--follow"], ["--list"], ["--links"]])
def test_a_page_is_no_end_and_no_list(known, run, words):
    result = run("log", CLUSTER, "1", "--offset", "0", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{words[0]} and --offset cannot be given together" in result.stderr


def test_a_packed_log_has_no_pages(seen, run):
    packed = seen / "1.out.1.gz"
    packed.write_bytes(gzip.compress(b"one\n"))
    result = run("log", CLUSTER, "1", "--path", str(packed), "--offset", "0")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "only its end can be read: leave out offset" in result.stderr


def test_pages_of_trackers_are_told_one_in_a_line(seen, run):
    result = run("log", CLUSTER, "1", "--links")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "names a page of an experiment tracker" in result.stderr
    with (seen / "1.out").open("a") as file:
        file.write("wandb: View run sunny at: \x1b[34mhttps://wandb.ai/a/b/runs/c\x1b[0m.\n")
    result = run("log", CLUSTER, "1", "--links")
    assert (result.exit_code, result.stdout) == (0, "wandb  https://wandb.ai/a/b/runs/c\n")
    [link] = json.loads(run("log", CLUSTER, "1", "--links", "--json").stdout)
    assert (link["run"], link["line"]) == ("sunny", 5)
    assert json.loads(run("log", CLUSTER, "1", "--json").stdout)["links"] == [link]


def test_a_job_that_has_not_begun_is_said_to_be_that_with_where_it_will_write(known, run):
    result = run("log", CLUSTER, "2")
    assert (result.exit_code, result.stdout) == (1, "")
    [line] = result.stderr.splitlines()
    assert f"'{known}/2.out' is not there yet; its job has not begun, and will write there" in line


def test_the_end_of_a_failed_jobs_stdout_points_at_the_error_in_stderr(known, run):
    result = run("log", CLUSTER, "4")
    assert (result.exit_code, result.stdout) == (0, "fine\n")
    assert result.stderr.splitlines()[-1] == (
        f"clausius: its stderr tells of an error: ValueError: bad (--path {known}/4.err)"
    )
    assert "its stdout" not in run("log", CLUSTER, "4", "--stderr").stderr
    told = json.loads(run("log", CLUSTER, "4", "--json").stdout)["error_beside"]
    assert (told["label"], told["message"], told["line"]) == ("stderr", "ValueError: bad", 1)
    assert json.loads(run("log", CLUSTER, "1", "--json").stdout)["error_beside"] is None
