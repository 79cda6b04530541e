"""Files that are easier to read as what they are than as lines: JSON, tables, Markdown, images; always bounded."""

from __future__ import annotations

import base64
import csv
import io
import json
from dataclasses import dataclass
from typing import Literal

from .kinds import FileKind, file_kind, is_packed
from .packed import unpacked
from .reading import MAX_PIECE, Page, page, read_bytes
from .source import LogSource

__all__ = ["MOST_ROWS", "Rendered", "image_type", "json_text", "rendered", "table_rows"]

MOST_ROWS = 200
"""So many rows of a table are shown."""

_MOST_COLUMNS = 60
_LONGEST_CELL = 200
_LONGEST_JSON = 4 << 20  # characters
_TEXT_BYTES = 512 << 10
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)

RenderedKind = Literal["json", "csv", "markdown", "image", "packed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What a file shows, as plain values."""

    path: str
    kind: RenderedKind
    page: Page  # what was read for it
    text: str = ""  # of JSON with indents, of Markdown the source, of gzip the last of what it packs
    rows: tuple[tuple[str, ...], ...] = ()  # of a table, its head first
    data_url: str = ""  # of an image
    note: str = ""  # what is not shown, in words


def rendered(source: LogSource, path: str) -> Rendered | None:
    """The file as what its name says it is; None where it is only lines, or not what its name says.

    Raises `LogRefused`, `InvalidInput`, `TransportError`.
    """
    kind: FileKind = file_kind(path)
    if kind == "image":
        return _image(source, path)
    if is_packed(path):
        return _unpacked(source, path)
    if kind not in ("json", "csv", "markdown"):
        return None
    piece = page(source, path, max_bytes=_TEXT_BYTES)
    if piece.is_binary:
        return None
    if kind == "csv":
        rows, note = table_rows(piece.text, is_whole=piece.at_end)
        return Rendered(path=path, kind="csv", page=piece, rows=rows, note=note) if rows else None
    if kind == "json":
        text = json_text(piece.text) if piece.at_end else None
        return None if text is None else Rendered(path=path, kind="json", page=piece, text=text)
    note = "" if piece.at_end else f"only the first {len(piece.data) >> 10} KiB are shown"
    return Rendered(path=path, kind="markdown", page=piece, text=piece.text, note=note)


def json_text(text: str) -> str | None:
    """JSON with indents; None for what is none, is nested too deeply, or would be megabytes of indents.

    >>> print(json_text('{"a": [1]}'))
    {
      "a": [
        1
      ]
    }
    """
    pieces, left = [], _LONGEST_JSON
    try:
        for piece in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(json.loads(text)):
            pieces.append(piece)
            left -= len(piece)
            if left < 0:
                return None
    except (ValueError, RecursionError):
        return None
    return "".join(pieces)


def table_rows(text: str, *, is_whole: bool = True) -> tuple[tuple[tuple[str, ...], ...], str]:
    r"""The first rows of comma, tab or semicolon separated text, and what is left out, in words.

    >>> table_rows("a\tb\n1\t2\n")[0]
    (('a', 'b'), ('1', '2'))
    """
    head = text.partition("\n")[0]
    separator = max(",\t;", key=head.count)
    rows: list[tuple[str, ...]] = []
    is_cut, is_narrowed = not is_whole, False
    reader = csv.reader(io.StringIO(text.replace("\x00", "")), delimiter=separator)
    try:
        for row in reader:
            if len(rows) > MOST_ROWS:
                is_cut = True
                break
            if row:
                rows.append(tuple(cell[:_LONGEST_CELL] for cell in row[:_MOST_COLUMNS]))
                is_narrowed = is_narrowed or len(row) > _MOST_COLUMNS
    except csv.Error:  # a cell that is longer than the reader takes: what came before it stands
        is_cut = True
    count = max(0, len(rows) - 1)
    kept = [f"{count} row{'s' * (count != 1)}"] * is_cut + [f"{_MOST_COLUMNS} columns"] * is_narrowed
    verb = "is" if kept == ["1 row"] else "are"
    return tuple(rows), f"only the first {' and '.join(kept)} {verb} shown" if kept else ""


def image_type(data: bytes, name: str = "") -> str:
    """The type of an image as its first bytes tell; "" for what is none.

    >>> image_type(b"GIF89a....."), image_type(b"<html>", "plot.png")
    ('image/gif', '')
    """
    for signature, mime in _SIGNATURES:
        if data.startswith(signature):
            return mime
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    is_svg = name.lower().endswith(".svg") and b"<svg" in data[:4096]
    return "image/svg+xml" if is_svg else ""


def _image(source: LogSource, path: str) -> Rendered | None:
    piece = read_bytes(source, path, max_bytes=MAX_PIECE)
    mime = image_type(piece.data, path)
    if not piece.at_end or not mime:
        return None
    url = f"data:{mime};base64,{base64.b64encode(piece.data).decode('ascii')}"
    return Rendered(path=path, kind="image", page=piece, data_url=url)


def _unpacked(source: LogSource, path: str) -> Rendered | None:
    """The end of a log that was rotated and packed by gzip."""
    if (found := unpacked(source, path)) is None:
        return None
    piece = Page(path=path, facts=found.facts, start=0, data=b"", first_line=None, via=found.via)
    note = f"{found.note}; download it to have the file"
    return Rendered(path=path, kind="packed", page=piece, text=found.text, note=note)
