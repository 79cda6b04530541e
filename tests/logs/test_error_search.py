from collections.abc import Callable

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.logs import FirstError, LogSource, error_search, first_error

Write = Callable[[str, bytes | str], str]
THOUSAND = "".join(f"line {number}\n" for number in range(1, 1001))
CRASH = "Traceback (most recent call last):\n  File \"train.py\", line 3, in <module>\nKeyError: 'late'\n"
BENIGN = "sandbox communication error: ValueError: retried\n"


def test_the_first_error_is_found_far_from_the_end(source: LogSource, write: Write):
    text = (
        "ok\n" * 40_000
        + "sandbox communication error: ValueError: retried\n"
        + "ok\n" * 40_000
        + "Traceback (most recent call last):\n  File \"train.py\", line 3, in <module>\nKeyError: 'x'\n"
        + "ok\n" * 40_000
    )
    crash = first_error(source, write("a.log", text)).crash
    assert crash is not None
    assert (crash.kind, crash.message, crash.line) == ("traceback", "KeyError: 'x'", 80_002)
    assert crash.offset == text.index("Traceback")


def test_what_a_tool_call_quotes_is_not_the_first_error(source: LogSource, write: Write):
    text = (
        "Sending tool calls: 3\nTraceback (most recent call last):\n  x\nValueError: quoted\n"
        "2026-01-01 10:00:00 goes on\nsrun: error: node1: task 0: Exited with exit code 1\n"
    )
    crash = first_error(source, write("a.log", text)).crash
    assert crash is not None
    assert (crash.kind, crash.line) == ("srun", 6)


def test_a_clean_log_has_no_first_error_and_was_searched_to_its_end(source: LogSource, write: Write):
    path = write("a.log", THOUSAND)
    size = len(THOUSAND)
    assert first_error(source, path) == FirstError(path=path, crash=None, searched=size, size=size, stopped_by="")


def test_a_search_that_stops_early_tells_how_far_it_came_and_goes_on_there(source: LogSource, write: Write):
    path = write("a.log", THOUSAND + CRASH)
    told = first_error(source, path, max_bytes=500)
    assert (told.crash, told.stopped_by, told.searched, told.size) == (None, "bytes", 500, len(THOUSAND + CRASH))
    told = first_error(source, path, start=told.searched)
    assert told.crash is not None
    assert (told.crash.message, told.crash.line, told.crash.offset) == ("KeyError: 'late'", 1001, len(THOUSAND))
    assert (told.stopped_by, told.searched) == ("", len(THOUSAND))


def test_a_sign_is_found_wherever_one_part_of_the_file_ends_and_the_next_begins(
    source: LogSource, write: Write, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(error_search, "_OVERLAP", 64)
    path = write("a.log", THOUSAND + CRASH + THOUSAND)
    for cut in (len(THOUSAND) - 1, len(THOUSAND), len(THOUSAND) + 9, len(THOUSAND) + 33):
        monkeypatch.setattr(error_search, "_FIRST_PART", cut)
        crash = first_error(source, path).crash
        assert crash is not None
        assert (crash.line, crash.offset) == (1001, len(THOUSAND))


def test_lines_that_only_look_like_errors_do_not_use_up_the_search(source: LogSource, write: Write):
    crash = first_error(source, write("a.log", BENIGN * 120 + CRASH)).crash
    assert crash is not None
    assert crash.line == 121


def test_time_ends_a_search_for_the_first_error_and_is_said(
    source: LogSource, write: Write, monkeypatch: pytest.MonkeyPatch
):
    ticks = iter([0.0, 0.0, 0.0, *[99.0] * 9])
    monkeypatch.setattr(error_search, "monotonic", lambda: next(ticks))
    told = first_error(source, write("a.log", BENIGN + "ok\n" + BENIGN))
    assert (told.crash, told.stopped_by, told.searched) == (None, "time", len(BENIGN) + 3)


@pytest.mark.parametrize("limit", ["max_bytes", "max_seconds"])
def test_limits_of_a_search_for_errors_have_limits(source: LogSource, write: Write, limit: str):
    with pytest.raises(InvalidInput, match=limit):
        first_error(source, write("a.log", "x\n"), **{limit: 0})
