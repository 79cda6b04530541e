from __future__ import annotations

import struct
import zlib

from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.simulator.pictures import curve_png


def chunks(data: bytes) -> dict[bytes, bytes]:
    found, at = {}, 8
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", data, at + 8 + size) == (zlib.crc32(kind + body),)
        found[kind] = body
        at += size + 12
    return found


def rows(data: bytes) -> list[bytes]:
    raw = zlib.decompress(chunks(data)[b"IDAT"])
    return [raw[at + 1 : at + 321] for at in range(0, len(raw), 321)]


@settings(max_examples=40)
@given(st.lists(st.floats(-1e6, 1e6), max_size=700))
def test_any_values_make_a_whole_picture(values: list[float]):
    data = curve_png(values)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack_from(">II", chunks(data)[b"IHDR"]) == (320, 180)
    assert [len(row) for row in rows(data)] == [320] * 180
    assert any(2 in row for row in rows(data)) == bool(values)


def test_a_line_that_falls_is_high_on_the_left_and_low_on_the_right():
    drawn = rows(curve_png([float(value) for value in range(100, 0, -1)]))
    first = next(y for y, row in enumerate(drawn) if row[20] == 2)
    last = next(y for y, row in enumerate(drawn) if row[300] == 2)
    assert first < 40 < 140 < last
