"""A host that runs no commands gives the answers that grep, wc, head and gzip give on one that does."""

import gzip
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import InvalidInput
from clausius_panel.logs import (
    Access,
    AnalysisRules,
    FileHost,
    LogRefused,
    LogSource,
    Root,
    count_lines,
    first_error,
    line_start,
    rendered,
    search,
)
from clausius_panel.logs.scanning import Read, scan
from clausius_panel.transport import LocalTransport
from tests.logs.test_over_sftp import Disk

Write = Callable[[str, bytes | str], str]

LOGS = {
    "plain": b"a\nError: b\n\nerror c\nlast error",
    "empty": b"",
    "one feed": b"\n",
    "no feed": b"error",
    "zero bytes": b"a\x00error\n\x00\n",
    "odd bytes": b"\xff error \xc3\n\xe9rror\r\n",
    "long": b"x" * 5000 + b"error\n" + b"error" * 1000 + b"\n",
}
CRASHES = [word for rule in AnalysisRules().crashes for word in ("-e", rule.pattern)]
QUESTIONS = [
    ("hits", "0", "100000", "10", "-m", "3", "-F", "-e", "error"),
    ("hits", "0", "100000", "10", "-m", "3", "-i", "-F", "-e", "ERROR"),
    ("hits", "3", "14", "10", "-m", "3", "-F", "-e", "error"),
    ("hits", "0", "100000", "10", "-m", "1", "-E", "-e", "^(E|e)rr"),
    ("hits", "0", "100000", "10", "-m", "9", "-i", "-E", "-e", "^e.*B$", "-e", "-e"),
    ("hits", "0", "100000", "10", "-m", "9", "-E", *CRASHES),
    ("newlines", "0", "100000", "10"),
    ("newlines", "2", "3", "10"),
    ("line_start", "0", "10"),
    ("line_start", "2", "10"),
    ("line_start", "77", "10"),
]


@pytest.fixture
def far(local: LocalTransport, logs: Path) -> LogSource:
    """The same directory over SFTP only."""
    host = FileHost(local, has_data_host=True, files=Disk(logs.parent))
    host._no_commands_until = float("inf")
    return LogSource(transport=local, access=Access.to([Root(path="/far/logs")]), host=host)


def reading(data: bytes, *, piece: int = 1 << 30) -> Read:
    def read(*, offset: int, max_bytes: int) -> bytes:
        return data[offset : offset + min(max_bytes, piece)]

    return read


@pytest.mark.parametrize("name", LOGS)
def test_the_answers_are_those_of_the_real_commands(source: LogSource, far: LogSource, write: Write, name: str):
    path = write(name, LOGS[name])
    there = source.ask([("on", path, *words) for words in QUESTIONS], max_bytes=1 << 20)
    here = far.ask([("on", f"/far/logs/{name}", *words) for words in QUESTIONS], max_bytes=1 << 20)
    for words, one, other in zip(QUESTIONS, there, here, strict=True):
        assert not isinstance(one, LogRefused), words
        assert not isinstance(other, LogRefused), words
        assert other.data == one.data.replace(b" ", b"") if words[0] != "hits" else one.data, words


@given(st.binary(max_size=60), st.integers(1, 7), st.integers(0, 70), st.integers(0, 6))
def test_where_pieces_end_changes_nothing(data: bytes, piece: int, start: int, lines: int):
    data = data.replace(b"\x01", b"\n").replace(b"\x02", b"a")
    whole, apart = reading(data), reading(data, piece=piece)
    for words in (
        ("hits", str(start), "999", "10", "-m", "9", "-F", "-e", "a"),
        ("newlines", str(start), "999", "10"),
        ("line_start", str(lines), "10"),
    ):
        assert scan(apart, words) == scan(whole, words)
    expected = [number for number, line in enumerate(data[start:].split(b"\n"), 1) if b"a" in line]
    hits = scan(apart, ("hits", str(start), "999", "10", "-m", "99", "-F", "-e", "a"))
    assert [int(number) for number in re.findall(rb"(?m)^(\d+):\d+:", hits)] == expected or b"\r" in data


def test_lines_are_searched_counted_and_judged_over_sftp(far: LogSource, write: Write):
    write("a.log", "one\n[x]*\n" + "step\n" * 1000 + "ValueError: bad\n")
    path = "/far/logs/a.log"
    [hit] = search(far, path, "[X]*", ignore_case=True).hits
    assert (hit.line, hit.offset, hit.text) == (2, 4, "[x]*")
    assert search(far, path, "step", max_hits=3, start=9).next_start == 9 + 3 * 5
    assert (count_lines(far, path), line_start(far, path, 3)) == (1003, 9)
    crash = first_error(far, path).crash
    assert crash is not None
    assert (crash.kind, crash.line) == ("error", 1003)


@pytest.mark.parametrize("pattern", ["[[:digit:]]+", r"\<word", "(a+)+b", "(", "a(?=b)"])
def test_a_pattern_that_only_grep_reads_is_refused_over_sftp(far: LogSource, write: Write, pattern: str):
    write("a.log", "x\n")
    with pytest.raises(InvalidInput, match="pattern"):
        search(far, "/far/logs/a.log", pattern, regex=True)


def test_time_bounds_what_is_read(far: LogSource):
    ticks: Iterator[float] = iter(range(1000))
    endless: Read = lambda *, offset, max_bytes: b"needle\n" + b"x\n" * 100  # noqa: E731
    words = ("hits", "0", str(1 << 40), "5", "-m", "99", "-F", "-e", "needle")
    found = scan(endless, words, clock=lambda: next(ticks))
    assert found.count(b"needle") == 6
    assert found.endswith(b"\nstatus 124\n")
    assert scan(endless, ("newlines", "0", str(1 << 40), "5"), clock=lambda: next(ticks)) == b"late\n"
    assert scan(endless, ("line_start", str(1 << 40), "5"), clock=lambda: next(ticks)) == b"late\n"


def test_a_line_without_end_takes_no_memory_without_end():
    asked = []

    def endless(*, offset: int, max_bytes: int) -> bytes:
        asked.append(max_bytes)
        return b"needle\n" * (not offset) + b"x" * max_bytes

    found = scan(endless, ("hits", "0", str(1 << 40), "60", "-m", "9", "-F", "-e", "needle"))
    assert found == b"1:0:needle\n\nstatus 2\n"
    assert sum(asked) < 20 << 20


@pytest.mark.parametrize(
    ("packed", "text", "word"),
    [
        (gzip.compress(b"one\ntwo\n", mtime=0), "one\ntwo\n", "all of it"),
        (gzip.compress(b"one\n", mtime=0) + gzip.compress(b"two\n", mtime=0), "one\ntwo\n", "all of it"),
        (gzip.compress(b"line\n" * 200_000, mtime=0), "line\n" * 52_428, "the end of it"),
        (gzip.compress(b"\x1b[31mred\x1b[0m\n", mtime=0), "red\n", "all of it"),
    ],
)
def test_a_packed_log_is_unpacked_either_way(
    source: LogSource, far: LogSource, write: Write, packed: bytes, text: str, word: str
):
    path = write("slurm-1.out.gz", packed)
    for found in (rendered(source, path), rendered(far, "/far/logs/slurm-1.out.gz")):
        assert found is not None
        assert (found.kind, found.text, word in found.note) == ("packed", text, True)
        assert found.page.facts.size == len(packed)


def test_a_packed_log_that_ends_too_early_is_shown_as_far_as_it_is(
    source: LogSource, far: LogSource, write: Write
):
    whole = "".join(f"line {number * 7919 % 10007}\n" for number in range(50_000))
    path = write("a.gz", gzip.compress(whole.encode())[:-5000])
    for found in (rendered(source, path), rendered(far, "/far/logs/a.gz")):
        assert found is not None
        assert "damaged or not complete" in found.note
        assert found.text[:-20] in whole
        assert len(found.text) > 100_000


def test_packed_bytes_are_not_searched_as_if_they_were_lines(source: LogSource, write: Write):
    path = write("a.out.1.gz", gzip.compress(b"needle\n", mtime=0))
    with pytest.raises(InvalidInput, match="packed by gzip"):
        search(source, path, "needle")
    with pytest.raises(InvalidInput, match="packed by gzip"):
        first_error(source, path)


@pytest.mark.parametrize(
    "content", [b"", b"no gzip at all\n", gzip.compress(b"tar\x00tar", mtime=0), gzip.compress(b"", mtime=0)]
)
def test_what_holds_no_packed_text_is_not_shown_as_that(
    source: LogSource, far: LogSource, write: Write, content: bytes
):
    path = write("a.gz", content)
    assert rendered(source, path) is None
    assert rendered(far, "/far/logs/a.gz") is None


def test_a_bomb_is_unpacked_within_time_and_memory(source: LogSource, far: LogSource, write: Write):
    once = gzip.compress(b"0\n" * (8 << 20))
    ticks: Iterator[float] = iter(range(10**6))
    bomb = reading(once * 1000)
    found = scan(bomb, ("unpacked", "30", "1000"), clock=lambda: next(ticks))
    assert found == b"0\n" * 500 + b"\nstatus 124\n"
    path = write("bomb.gz", once * 40)
    [told] = source.ask([("on", path, "unpacked", "1", "1000")], max_bytes=2000)
    assert not isinstance(told, LogRefused)
    assert told.data.startswith(b"0\n")
    assert len(told.data) < 1020
    assert replace(told, data=b"").facts.size == len(once) * 40
