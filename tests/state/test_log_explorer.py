"""What is around the lines of a log, read from real files through the real script."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clausius_panel.logs import BenignRule, CrashRule, Listing, SearchPath
from clausius_panel.logs.configured import BENIGN_RULES, CRASH_RULES, PATH_BASES
from clausius_panel.runtime import Runtime
from clausius_panel.state import log_explorer
from clausius_panel.state.log_explorer import LogExplorer
from tests.views.kit import a_job, a_runtime, fill

KEY = ("alpha", "1")


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        yield made


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "job").mkdir()
    return tmp_path / "job" / "slurm-1.out"


def asked(view: LogExplorer, question: Any) -> LogExplorer:
    assert view.show(view.begin("asking"), view.ask(question))
    return view


def opened(runtime: Runtime, log: Path, *, path: str = "", line: int | None = None) -> LogExplorer:
    fill(runtime, [a_job(1, stdout_path=str(log), stderr_path=str(log), work_dir=str(log.parent))])
    view = LogExplorer(runtime)
    return asked(view, lambda: view.find(KEY, path=path, line=line))


def numbers(view: LogExplorer) -> list[int]:
    assert view.piece is not None, view.error or view.empty
    return [int(line) for line in view.piece.data.split()]


def test_paging_up_and_down_loses_no_line_and_keeps_the_numbers(runtime: Runtime, log: Path):
    log.write_text("".join(f"{number}\n" for number in range(1, 6_001)))
    view = opened(runtime, log)
    for question in [view.read_older] * 10 + [view.read_newer] * 10:
        asked(view, question)
        found = numbers(view)
        assert view.piece is not None
        assert found == list(range(found[0], found[0] + len(found)))
        assert view.piece.first_line == found[0]
        assert log.read_bytes()[view.piece.start :].startswith(view.piece.data)
        assert len(found) <= 2001
    assert (numbers(view)[-1], view.piece.is_end) == (6_000, True) if view.piece else False
    asked(view, lambda: view.read_end(str(log)))
    for _ in range(10):
        asked(view, view.read_older)
    assert numbers(view)[0] == 1
    assert view.ask(view.read_older) == {}


def test_a_line_is_found_by_its_number(runtime: Runtime, log: Path):
    log.write_text("".join(f"{number}\n" for number in range(1, 20_001)))
    view = opened(runtime, log, line=9000)
    assert view.piece is not None
    assert view.mark is not None
    assert log.read_bytes()[view.mark :].startswith(b"9000\n")
    assert 9000 in numbers(view)
    asked(view, lambda: view.read_line(20_001))
    assert view.note == "the file has fewer than 20001 lines"


def test_a_directory_opens_and_closes_and_one_outside_says_why_not(runtime: Runtime, log: Path, tmp_path: Path):
    log.write_text("x\n")
    (log.parent / "b dir").mkdir()
    (log.parent / "b dir" / "c").write_text("")
    view = opened(runtime, log)
    assert view.roots == [str(log.parent)]
    for path in (str(log.parent), str(log.parent / "b dir"), str(tmp_path)):
        asked(view, lambda path=path: view.open_folder(path))
    listing = view.folders[str(log.parent)]
    assert isinstance(listing, Listing)
    assert [entry.name for entry in listing.entries] == ["b dir", "slurm-1.out"]
    assert "outside" in view.folders[str(tmp_path)]
    view.close_folder(str(log.parent))
    assert list(view.folders) == [str(log.parent / "b dir"), str(tmp_path)]


def test_a_path_base_is_among_the_places_to_browse(runtime: Runtime, log: Path, tmp_path: Path):
    log.write_text("x\n")
    PATH_BASES.add(runtime.store, SearchPath(template=str(tmp_path)))
    assert opened(runtime, log).roots == [str(log.parent), str(tmp_path)]


def test_records_come_page_by_page_and_one_as_a_whole(runtime: Runtime, log: Path):
    log.write_text("x\n")
    path = log.parent / "1.jsonl"
    path.write_text("".join(f'{{"id": {number}}}\n' for number in range(130)))
    view = opened(runtime, log, path=str(path))
    assert view.is_rendered
    assert view.records is not None
    assert [each.value for each in view.records.records] == [{"id": number} for number in range(50)]
    asked(view, lambda: view.read_record(10))
    assert view.record is not None
    assert view.record.value == {"id": 1}
    asked(view, lambda: view.read_records(str(path), start=view.records.end))
    assert view.records.records[0].value == {"id": 50}
    assert view.record is None
    asked(view, lambda: view.search("129"))
    assert view.found is not None
    asked(view, lambda: view.read_around(view.found.hits[0].offset, None))
    assert (view.is_rendered, view.mark is not None) == (False, True)


def test_a_file_is_lines_where_lines_are_wanted(runtime: Runtime, log: Path):
    log.write_text("x\n")
    path = log.parent / "1.json"
    path.write_text("{}")
    view = opened(runtime, log, path=str(path))
    assert view.rendered is not None
    view.as_lines = True
    asked(view, lambda: view.read_file(str(path)))
    assert (view.rendered, view.piece is not None) == (None, True)


def test_the_tasks_of_an_array_are_told_with_their_states(runtime: Runtime, log: Path):
    log.write_text("x\n")
    jobs = [
        a_job(
            10 + task,
            job_id=f"10_{task}",
            array_job_id="10",
            array_task_id=str(task),
            state="RUNNING" if task else "FAILED",
            stdout_path=str(log),
            stderr_path=str(log),
            work_dir=str(log.parent),
        )
        for task in (2, 0, 11)
    ]
    fill(runtime, jobs)
    view = LogExplorer(runtime)
    for job_id in ("10_2", "10"):
        asked(view, lambda job_id=job_id: view.find(("alpha", job_id)))
        assert [(task.job_id, task.state) for task in view.tasks] == [
            ("10_0", "FAILED"),
            ("10_2", "RUNNING"),
            ("10_11", "RUNNING"),
        ]


def test_a_download_comes_in_pieces_that_make_the_file(
    runtime: Runtime, log: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(log_explorer, "_CHUNK", 1000)
    log.write_bytes(bytes(range(1, 256)) * 10)
    view = opened(runtime, log)
    asked(view, view.download)
    got = b""
    while view.chunk is not None:
        got += base64.b64decode(view.chunk.data)
        asked(view, view.next_piece)
    assert got == log.read_bytes()


def test_a_file_that_is_too_large_is_not_sent_through_the_page(runtime: Runtime, log: Path):
    with log.open("wb") as file:
        file.truncate(log_explorer.DOWNLOAD_BYTES + 1)
    view = opened(runtime, log)
    asked(view, lambda: {"path": str(log)})
    assert "256 MiB" in asked(view, view.download).note


def test_rules_of_ones_own_say_what_lines_mean(runtime: Runtime, log: Path):
    log.write_text("License server says no\n")
    assert opened(runtime, log).crash == ""
    CRASH_RULES.add(runtime.store, CrashRule(kind="licence", pattern="License server says no"))
    view = opened(runtime, log)
    assert view.crash == "License server says no"
    assert asked(view, view.first_error).mark == 0
    BENIGN_RULES.add(runtime.store, BenignRule(text="license server"))
    assert opened(runtime, log).crash == ""


def test_a_second_file_of_the_same_job_needs_no_second_search(runtime: Runtime, log: Path):
    log.write_text("out\n")
    other = log.parent / "1.err"
    other.write_text("err\n")
    view, side = opened(runtime, log), LogExplorer(runtime)
    side.beside(view, str(other))
    asked(side, lambda: side.read_file(str(other)))
    assert side.piece is not None
    assert (side.piece.data, side.files) == (b"err\n", view.files)
