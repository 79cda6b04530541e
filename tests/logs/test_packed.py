import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import InvalidInput
from clausius_panel.logs import LogRefused, LogSource
from clausius_panel.logs.packed import UNPACKED_BYTES, _last_lines, unpacked

Write = Callable[[str, bytes | str], str]

LINES = b"".join(b"line %d\n" % number for number in range(1, 1001))


@pytest.mark.parametrize(
    ("limits", "text", "is_whole", "word"),
    [
        ({}, LINES.decode(), True, "all of it"),
        ({"lines": 2}, "line 999\nline 1000\n", False, "the end of it"),
        ({"lines": 1000}, LINES.decode(), True, "all of it"),
        ({"max_bytes": 20}, "line 999\nline 1000\n", False, "the end of it"),
    ],
)
def test_the_end_of_what_is_packed_is_unpacked_within_lines_and_bytes(
    source: LogSource, write: Write, limits: dict[str, int], text: str, is_whole: bool, word: str
):
    path = write("1.out.gz", gzip.compress(LINES))
    found = unpacked(source, path, **limits)
    assert found is not None
    assert (found.text, found.is_whole, word in found.note) == (text, is_whole, True)
    assert found.facts.size < len(LINES)


def test_what_packs_no_text_or_is_not_packed_is_nothing(source: LogSource, write: Write):
    assert unpacked(source, write("1.out", LINES)) is None
    assert unpacked(source, write("plain.gz", LINES)) is None
    assert unpacked(source, write("zeros.gz", gzip.compress(bytes(100)))) is None


def test_a_packed_file_is_read_by_the_rules_of_every_log(source: LogSource, write: Write, tmp_path: Path):
    with pytest.raises(LogRefused, match="is not there"):
        unpacked(source, write("1.out.gz", b"") + ".gz")
    outside = tmp_path / "2.out.gz"
    outside.write_bytes(gzip.compress(LINES))
    with pytest.raises(LogRefused, match="outside"):
        unpacked(source, str(outside))
    with pytest.raises(InvalidInput, match="max_bytes"):
        unpacked(source, write("1.out.gz", b""), max_bytes=UNPACKED_BYTES + 1)


@given(st.lists(st.sampled_from([b"a", b"bc", b""]), max_size=6), st.integers(1, 8), st.booleans())
def test_the_last_lines_are_the_last_with_or_without_an_end(lines: list[bytes], many: int, is_ended: bool):
    data = b"\n".join(lines) + b"\n" * is_ended
    assert _last_lines(data, many) == b"".join(data.splitlines(keepends=True)[-many:])
