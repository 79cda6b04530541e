"""A small picture of a curve, drawn without a library."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

__all__ = ["curve_png"]

_WIDTH, _HEIGHT, _MARGIN = 320, 180, 16
_PAPER, _GRID, _INK = 0, 1, 2
_PALETTE = bytes((255, 255, 255, 224, 224, 228, 31, 87, 184))


def curve_png(values: Sequence[float]) -> bytes:
    """A PNG of 320 by 180 pixels with the values as a line from left to right."""
    rows = [bytearray(_WIDTH) for _ in range(_HEIGHT)]
    for y in range(_MARGIN, _HEIGHT, (_HEIGHT - 2 * _MARGIN) // 4):
        rows[y][_MARGIN : _WIDTH - _MARGIN] = bytes((_GRID,)) * (_WIDTH - 2 * _MARGIN)
    before: int | None = None
    for x, y in enumerate(_heights(values), _MARGIN):
        for each in range(min(y, y if before is None else before), max(y, before or y) + 1):
            rows[each][x] = rows[each - 1][x] = _INK
        before = y
    data = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 6)
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 3, 0, 0, 0)  # a palette of 8 bits
    chunks = (_chunk(b"IHDR", header), _chunk(b"PLTE", _PALETTE), _chunk(b"IDAT", data), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _heights(values: Sequence[float]) -> list[int]:
    """For each column of the drawing its row; none without values."""
    if not values:
        return []
    low, high = min(values), max(values)
    scale = (_HEIGHT - 2 * _MARGIN - 1) / ((high - low) or 1.0)
    columns = _WIDTH - 2 * _MARGIN
    chosen = (values[column * len(values) // columns] for column in range(columns))
    return [_MARGIN + round((high - value) * scale) for value in chosen]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
