from __future__ import annotations

import dataclasses
import getpass
import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from clausius_panel import job_logs
from clausius_panel.errors import InvalidInput, UnknownCluster
from clausius_panel.job_logs import job_log, job_log_files, known_error_beside, known_links, log_text
from clausius_panel.logs import LogRefused
from clausius_panel.runtime import Runtime
from tests.faces import CLUSTER, a_runtime, row

LIMITS = {"lines": 100, "max_bytes": 1 << 16}


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    directory = tmp_path / "logs"
    directory.mkdir()
    return directory


@pytest.fixture
def runtime(tmp_path: Path, logs: Path) -> Iterator[Runtime]:
    """Jobs 1 and 4 write to .out and .err, tasks 5_0 and 5_1 to files of their own.

    1 has ended, 4 failed, 8 and 9 wait.
    """
    me = {"UserName": getpass.getuser(), "WorkDir": str(logs)}
    queue = [row(1, **me, State="COMPLETED", STDOUT=str(logs / "1.out"), STDERR=str(logs / "1.err"))]
    for task in (0, 1):
        path = str(logs / f"5_{task}.out")
        ids = {"JobArrayID": f"5_{task}", "ArrayJobID": 5, "ArrayTaskID": task}
        queue.append(row(6 + task, **me, **ids, STDOUT=path, STDERR=path))
    failed = {"State": "FAILED", "STDOUT": str(logs / "4.out"), "STDERR": str(logs / "4.err")}
    queue.append(row(4, **me, **failed))
    waits = {"JobArrayID": "9_[0-3]", "ArrayJobID": 9, "ArrayTaskID": "0-3", "State": "PENDING"}
    queue.append(row(8, **me, State="PENDING", STDOUT=str(logs / "8.out"), STDERR=str(logs / "8.out")))
    queue.append(row(9, **me, **waits, STDOUT=str(logs / "9_%a.out"), STDERR=str(logs / "9_%a.err")))
    with a_runtime(tmp_path) as runtime:
        (tmp_path / "slurm" / "queue.json").write_text(json.dumps(queue))
        runtime.refresh()
        yield runtime


def test_of_an_array_it_is_the_log_that_was_written_last(runtime, logs):
    for task, when in ((0, 2_000_000), (1, 1_000_000)):
        (logs / f"5_{task}.out").write_text(f"task {task}\n")
        os.utime(logs / f"5_{task}.out", (when, when))
    assert job_log(runtime, CLUSTER, "5").tail(**LIMITS).text == "task 0\n"
    log = job_log(runtime, CLUSTER, "5_1")
    assert (log.job_id, log.label) == ("5_1", "task 1 stdout and stderr")
    assert log.tail(**LIMITS).text == "task 1\n"


def test_stderr_is_chosen_where_it_is_asked_for(runtime, logs):
    (logs / "1.out").write_text("out\n")
    (logs / "1.err").write_text("err\n")
    assert job_log(runtime, CLUSTER, "1").tail(**LIMITS).text == "out\n"
    assert job_log(runtime, CLUSTER, "1", stderr=True).tail(**LIMITS).text == "err\n"
    assert {file.label for file in job_log_files(runtime, CLUSTER, "1").files} == {"stdout", "stderr"}


def test_a_page_has_no_more_lines_than_were_asked_for(runtime, logs):
    (logs / "1.out").write_bytes(b"10%\r20%\nsecond\nthird")
    log = job_log(runtime, CLUSTER, "1")
    page = log.page(0, lines=2, max_bytes=1 << 16)
    assert (page.text, page.end) == ("20%\nsecond\n", 15)
    assert log.page(page.end, lines=2, max_bytes=1 << 16).text == "third"


def test_other_files_of_the_job_may_be_read_and_those_of_others_not(runtime, logs):
    (logs / "more.txt").write_text("more\n")
    assert job_log(runtime, CLUSTER, "1", path=str(logs / "more.txt")).tail(**LIMITS).text == "more\n"
    with pytest.raises(LogRefused, match="outside"):
        job_log(runtime, CLUSTER, "1", path="/etc/hostname").tail(**LIMITS)
    with pytest.raises(LogRefused, match="no such file"):
        job_log(runtime, CLUSTER, "1").tail(**LIMITS)
    with pytest.raises(InvalidInput, match="77"):
        job_log(runtime, CLUSTER, "77")
    with pytest.raises(UnknownCluster):
        job_log(runtime, "nosuch", "1")


def test_following_tells_of_what_is_appended_and_of_a_file_that_began_anew(runtime, logs, monkeypatch):
    monkeypatch.setattr(job_logs, "PAUSE_S", 0.05)
    monkeypatch.setattr(job_logs, "QUIET_S", 0.5)
    (logs / "1.out").write_text("first\n")
    changes = job_log(runtime, CLUSTER, "1").follow(runtime, **LIMITS)
    assert next(changes).text == "first\n"
    with (logs / "1.out").open("a") as file:
        file.write("second\n")
    assert next(changes).text == "second\n"
    (logs / "1.out").write_text("anew\n")
    change = next(changes)
    assert (change.state, change.text) == ("truncated", "anew\n")
    assert list(changes) == []


def test_following_begins_with_a_file_that_is_not_there_yet_and_tells_once_that_it_is_gone(
    runtime, logs, monkeypatch
):
    monkeypatch.setattr(job_logs, "PAUSE_S", 0.05)
    monkeypatch.setattr(job_logs, "QUIET_S", 0.5)
    changes = job_log(runtime, CLUSTER, "1").follow(runtime, **LIMITS)
    assert next(changes).state == "refused"
    (logs / "1.out").write_text("here\n")
    change = next(changes)
    assert (change.state, change.text) == ("appended", "here\n")
    (logs / "1.out").unlink()
    assert [each.state for each in changes] == ["refused"]


WANDB = "wandb: 🚀 View run at https://wandb.ai/lab/llm/runs/"


def test_links_are_those_of_the_first_and_the_last_part_of_a_log(runtime, logs):
    filler = "x" * 99 + "\n"
    middle = filler * 4000 + f"{WANDB}unseen\n" + filler * 4000
    (logs / "1.out").write_text(f"{WANDB}first\n{middle}{WANDB}last\n")
    found = job_log(runtime, CLUSTER, "1").links()
    assert [(link.run, link.line) for link in found] == [("first", 1), ("last", None)]
    (logs / "1.out").write_text("no link\n")
    assert job_log(runtime, CLUSTER, "1").links() == []
    (logs / "1.out").write_bytes(f"\0{WANDB}x\n".encode())
    assert job_log(runtime, CLUSTER, "1").links() == []
    (logs / "1.out.gz").write_bytes(gzip.compress(f"{WANDB}packed\n".encode()))
    [link] = job_log(runtime, CLUSTER, "1", path=str(logs / "1.out.gz")).links()
    assert link.run == "packed"


def test_the_log_of_a_job_that_has_not_begun_is_said_to_be_that_and_where_it_will_be(runtime, logs):
    words = "is not there yet; its job has not begun"
    log = job_log(runtime, CLUSTER, "8")
    for ask in (lambda: log.tail(**LIMITS), lambda: log.page(0, **LIMITS), log.links):
        with pytest.raises(LogRefused, match=rf"8\.out' {words}"):
            ask()
    with pytest.raises(LogRefused, match=rf"9_%a\.out' {words}"):
        job_log(runtime, CLUSTER, "9")
    with pytest.raises(LogRefused, match=rf"9_%a\.err' {words}"):
        job_log(runtime, CLUSTER, "9", stderr=True)
    [problem] = job_log_files(runtime, CLUSTER, "9").problems
    assert problem == f"the job has not begun; it will write to {logs}/9_%a.out"
    (logs / "8.out").write_text("of an attempt before\n")
    assert job_log(runtime, CLUSTER, "8").tail(**LIMITS).text == "of an attempt before\n"


def test_what_cannot_be_done_with_a_packed_log_is_refused_whoever_asks(runtime, logs):
    path = str(logs / "1.out.gz")
    (logs / "1.out.gz").write_bytes(gzip.compress(b"one\ntwo\n"))
    assert log_text(runtime, CLUSTER, "1", path=path, lines=1) == "two\n"
    with pytest.raises(LogRefused, match="leave out offset"):
        log_text(runtime, CLUSTER, "1", path=path, offset=0)
    with pytest.raises(LogRefused, match="nothing is appended"):
        job_log(runtime, CLUSTER, "1", path=path).follow(runtime, **LIMITS)
    (logs / "1.out").write_bytes(b"\0\1\n")
    with pytest.raises(LogRefused, match="it is no text"):
        log_text(runtime, CLUSTER, "1")


def test_both_ends_are_read_for_links_only_until_one_is_known(runtime, logs):
    (logs / "1.out").write_text(f"{WANDB}first\nlast line\n")
    log = job_log(runtime, CLUSTER, "1")
    told = log.read(lines=1, max_bytes=1 << 16)
    assert [link.run for link in known_links(runtime, log, told)] == ["first"]
    (logs / "1.out").unlink()  # a further look at the file would be refused
    assert [link.run for link in known_links(runtime, log, told)] == ["first"]
    more = dataclasses.replace(told, text=f"{WANDB}second\n")
    assert {link.run for link in known_links(runtime, log, more)} == {"first", "second"}


def test_a_failed_job_whose_log_does_not_tell_why_is_explained_by_its_other_stream(runtime, logs):
    (logs / "4.out").write_text("fine\n")
    (logs / "4.err").write_text("warning\nTraceback (most recent call last):\n  File x\nValueError: bad\n")

    def explained(job_id: str, *, stderr: bool = False) -> str | None:
        log = job_log(runtime, CLUSTER, job_id, stderr=stderr)
        found = known_error_beside(runtime, log, log.tail(**LIMITS))
        return found and f"{found.label} {found.line}: {found.message}"

    assert explained("4") == "stderr 2: ValueError: bad"
    assert explained("4", stderr=True) is None, "it tells of it itself"
    (logs / "1.out").write_text("fine\n")
    (logs / "1.err").write_text("ValueError: bad\n")
    assert explained("1") is None, "it did not fail"


def test_a_search_that_was_stopped_says_so_in_its_last_line(runtime, logs, monkeypatch):
    (logs / "1.out").write_text("needle\nother\n")
    assert log_text(runtime, CLUSTER, "1", grep="needle", lines=1) == "needle\n"
    search = job_logs.search
    monkeypatch.setattr(job_logs, "search", lambda *args, **limits: search(*args, **limits, max_bytes=7))
    assert log_text(runtime, CLUSTER, "1", grep="needle") == (
        "needle\n… the search stopped at its limit of bytes; offset=7 goes on\n"
    )
