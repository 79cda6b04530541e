from collections.abc import Callable
from pathlib import Path

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.logs import LogSource, page, search

Write = Callable[[str, bytes | str], str]
THOUSAND = "".join(f"line {number}\n" for number in range(1, 1001))


def test_a_fixed_text_is_no_pattern(source: LogSource, write: Write):
    path = write("a.log", "a.c\nabc\n[x]*\n")
    assert [hit.text for hit in search(source, path, "a.c").hits] == ["a.c"]
    assert [hit.text for hit in search(source, path, "[x]*").hits] == ["[x]*"]
    assert [hit.text for hit in search(source, path, "a.c", regex=True).hits] == ["a.c", "abc"]


def test_a_hit_tells_where_it_is(source: LogSource, write: Write):
    path = write("a.log", THOUSAND)
    found = search(source, path, "line 500")
    [hit] = found.hits
    assert (hit.line, hit.offset, hit.text) == (500, THOUSAND.index("line 500"), "line 500")
    assert (found.stopped_by, found.next_start) == ("", None)
    assert page(source, path, start=hit.offset, line=hit.line).lines[0] == "line 500"


def test_a_search_goes_on_where_it_stopped(source: LogSource, write: Write):
    path = write("a.log", THOUSAND)
    first = search(source, path, "line", max_hits=600)
    assert (first.stopped_by, len(first.hits)) == ("hits", 600)
    rest = search(source, path, "line", start=first.next_start or 0, line=601, max_hits=600)
    assert [hit.line for hit in rest.hits] == list(range(601, 1001))
    assert rest.stopped_by == ""


def test_without_the_number_of_the_first_line_hits_have_none(source: LogSource, write: Write):
    [hit] = search(source, write("a.log", "a\nb\nc\n"), "c", start=2).hits
    assert (hit.line, hit.offset) == (None, 4)


def test_bytes_bound_a_search(source: LogSource, write: Write):
    found = search(source, write("a.log", THOUSAND), "line 1000", max_bytes=100)
    assert (found.hits, found.stopped_by, found.next_start) == ([], "bytes", 100)


def test_time_bounds_a_search_of_a_huge_file(source: LogSource, logs: Path):
    with (logs / "huge.log").open("wb") as log:
        log.write(b"needle\n")
        for at in range(1, 2000):
            log.seek(at << 26)
            log.write(b"\n")
    found = search(source, str(logs / "huge.log"), "needle", max_bytes=1 << 40, max_seconds=1)
    assert [hit.line for hit in found.hits] == [1]
    assert (found.stopped_by, found.next_start) == ("time", None)


def test_case_counts_unless_it_is_said_not_to(source: LogSource, write: Write):
    path = write("a.log", "Error\nerror\n")
    assert len(search(source, path, "error").hits) == 1
    assert len(search(source, path, "error", ignore_case=True).hits) == 2


@pytest.mark.parametrize(
    "pattern", ["$(touch boom)", "`id`", "'; touch boom; '", "-e", "--help", "-f/etc/passwd", "a b", 'q"q']
)
def test_any_pattern_is_data(source: LogSource, write: Write, logs: Path, pattern: str):
    path = write("a.log", f"x {pattern} y\nother\n")
    assert [hit.line for hit in search(source, path, pattern).hits] == [1]
    assert [each.name for each in logs.iterdir()] == ["a.log"]


def test_a_long_line_is_cut(source: LogSource, write: Write):
    [hit] = search(source, write("a.log", "needle" + "x" * 10_000 + "\n"), "needle").hits
    assert hit.is_cut
    assert len(hit.text) < 2048


def test_lines_that_are_no_text_are_searched_too(source: LogSource, write: Write):
    [hit] = search(source, write("a.log", b"\x00\xff needle \xff\n"), "needle").hits
    assert "needle" in hit.text


@pytest.mark.parametrize("pattern", ["", "a\nb", "x" * 2000, "a\x00"])
def test_what_is_no_pattern_is_refused(source: LogSource, write: Write, pattern: str):
    with pytest.raises(InvalidInput, match="pattern"):
        search(source, write("a.log", "x\n"), pattern)


def test_a_wrong_regular_expression_is_refused_with_greps_words(source: LogSource, write: Write):
    with pytest.raises(InvalidInput, match=r"Unmatched|Invalid"):
        search(source, write("a.log", "x\n"), "(a", regex=True)


@pytest.mark.parametrize("limit", ["max_hits", "max_bytes", "max_seconds"])
def test_limits_have_limits(source: LogSource, write: Write, limit: str):
    with pytest.raises(InvalidInput, match=limit):
        search(source, write("a.log", "x\n"), "x", **{limit: 0})
