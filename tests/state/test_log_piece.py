from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as strategy

from clausius_panel.logs import Change, FileFacts, Page, Position
from clausius_panel.state.log_piece import KEPT_BYTES, KEPT_LINES, LogPiece, near

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LINES = strategy.lists(strategy.binary(max_size=5).map(lambda line: line.replace(b"\n", b"")), min_size=1)


def position(offset: int) -> Position:
    return Position(path="/log", offset=offset, anchor=b"", inode=1)


def piece(data: bytes) -> LogPiece:
    return LogPiece(
        position=position(len(data)),
        start=0,
        data=data,
        first_line=1,
        size=len(data),
        modified=NOW,
        is_end=True,
    )


def appended(before: LogPiece, data: bytes) -> Change:
    end = before.position.offset
    return Change(path="/log", state="appended", start=end, data=data, position=position(end + len(data)))


@given(strategy.lists(strategy.integers(1, 700), min_size=1, max_size=4))
def test_a_growing_piece_is_the_end_of_the_file_within_bounds(counts: list[int]):
    grown, whole = piece(b"first\n"), b"first\n"
    for count in counts:
        more = b"".join(b"line %d\n" % number for number in range(count))
        grown, whole = grown.grown(appended(grown, more)), whole + more
    assert whole[grown.start :] == grown.data
    assert grown.data.count(b"\n") == min(whole.count(b"\n"), KEPT_LINES)
    assert grown.first_line == whole[: grown.start].count(b"\n") + 1


def test_a_piece_of_long_lines_is_bounded_by_bytes():
    grown = piece(b"first\n")
    for _ in range(6):
        grown = grown.grown(appended(grown, (b"x" * 65_535 + b"\n") * 4))
    assert len(grown.data) <= 2 * KEPT_BYTES + 16


@settings(max_examples=50)
@given(LINES, strategy.integers(0, 200), strategy.integers(2, 9))
def test_near_a_line_are_whole_lines_with_their_numbers(lines: list[bytes], which: int, many: int):
    data = b"".join(line + b"\n" for line in lines)
    at = which % len(lines)
    offset = sum(len(line) + 1 for line in lines[:at])
    facts = FileFacts(real_path="/log", inode=1, size=50 + len(data), modified=NOW, owner="me")
    shown = near(Page(path="/log", facts=facts, start=50, data=data, first_line=10), 50 + offset, lines=many)
    kept = lines[max(0, at - many // 2) : at + many]
    assert shown.data == b"".join(line + b"\n" for line in kept)
    assert shown.first_line == 10 + max(0, at - many // 2)
    assert data[shown.start - 50 :].startswith(shown.data)


def test_lines_are_numbered_once_the_number_of_one_is_known():
    known = piece(b"a\nb\nc\n")
    unknown = replace(known, start=100, first_line=None)
    assert unknown.numbered(104, 52).first_line == 50
    assert unknown.numbered(104, None) is unknown
    assert known.numbered(2, 99) is known
