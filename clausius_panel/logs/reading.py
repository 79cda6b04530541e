"""Pieces of a log: its end, any page of it, all of it; never more in memory than was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import InvalidInput
from .asking import FileFacts, Told, Via
from .kinds import file_kind
from .refusal import LogRefused
from .source import LogSource

__all__ = [
    "MAX_PIECE",
    "Page",
    "count_lines",
    "download",
    "line_start",
    "page",
    "read_bytes",
    "tail",
    "whole_text",
]

MAX_PIECE = 8 << 20
"""The most bytes of one piece."""

_PAGE = 64 << 10
_TAIL = 256 << 10
_CHUNK = 4 << 20
_MAX_LINES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A piece of a file that begins and ends with whole lines, unless a line is longer than a page."""

    path: str
    facts: FileFacts
    start: int  # byte of the file where `data` begins
    data: bytes
    first_line: int | None  # number of the first line, from 1; None: not known without reading what is before
    cut_start: bool = False  # the first line begins before the page
    cut_end: bool = False  # the last line goes on after the page, or is not finished yet
    via: Via = "shell"  # how it was read

    @property
    def end(self) -> int:
        """The byte after the page: where the next one starts."""
        return self.start + len(self.data)

    @property
    def next_line(self) -> int | None:
        """The number of the line at `end`, where it is known."""
        return None if self.first_line is None else self.first_line + self.data.count(b"\n")

    @property
    def at_end(self) -> bool:
        """Whether the file had nothing more when it was read."""
        return self.end >= self.facts.size

    @property
    def is_binary(self) -> bool:
        """Whether this is no text: it has a zero byte, or its name says so and it is no UTF-8."""
        return b"\x00" in self.data or (file_kind(self.path) == "binary" and "\ufffd" in self.text)

    @property
    def text(self) -> str:
        """The page as text; bytes that are not UTF-8 become U+FFFD."""
        return self.data.decode("utf-8", "replace")

    @property
    def lines(self) -> list[str]:
        """The lines without their ends; a carriage return inside a line stays."""
        lines = self.text.split("\n")
        return lines[:-1] if not lines[-1] else lines


def tail(source: LogSource, path: str, *, lines: int = 200, max_bytes: int = _TAIL) -> Page:
    """The last `lines` lines within `max_bytes`. Raises `LogRefused`, `InvalidInput`, `TransportError`."""
    _check("lines", lines, 1, _MAX_LINES)
    _check("max_bytes", max_bytes, 1, MAX_PIECE)
    told = source.ask_one(
        ("on", path, "bytes_at", str(-max_bytes), str(max_bytes), str(lines)), max_bytes=max_bytes
    )
    start = told.facts.size - len(told.data)
    cut = start > 0 and start == told.start  # as many bytes as allowed: they begin anywhere
    data = _from_next_line(told.data) if cut else told.data
    start += len(told.data) - len(data)
    cut = cut and len(data) == len(told.data)
    return _page(path, told, start=start, data=data, first_line=None if start else 1, cut_start=cut)


def page(
    source: LogSource,
    path: str,
    *,
    start: int = 0,
    before: int | None = None,
    line: int | None = None,
    align: bool = False,
    max_bytes: int = _PAGE,
) -> Page:
    """The page that begins at byte `start`, or that ends just before byte `before`.

    `line` is the number of the line at that byte, where it is known: `Page.next_line` and `Page.first_line` of the
    neighbour. With `align`, a `start` that somebody guessed moves to the next beginning of a line.
    Raises `LogRefused`, `InvalidInput`, `TransportError`.
    """
    _check("max_bytes", max_bytes, 1, MAX_PIECE)
    _check("start", start if before is None else before, 0, 1 << 62)
    end = None if before is None else before
    first = start if end is None else max(0, end - max_bytes)
    want = max_bytes if end is None else end - first
    extra = 1 if first else 0  # to see whether a line begins at `first`
    told = source.ask_one(("on", path, "bytes_at", str(first - extra), str(want + extra), "0"), max_bytes=want + 1)
    is_fresh = told.data[:extra] in (b"", b"\n")
    data = told.data[extra:]
    if end is not None:
        whole = data if is_fresh else _from_next_line(data)
        cut = not is_fresh and len(whole) == len(data)
        first_line = None if line is None else line - whole.count(b"\n")
        return _page(
            path, told, start=first + len(data) - len(whole), data=whole, first_line=first_line, cut_start=cut
        )
    if align and not is_fresh:
        whole = _from_next_line(data)
        is_fresh = len(whole) < len(data)
        first, data, line = first + len(data) - len(whole), whole, None
    if first + len(data) < told.facts.size:
        data = data[: data.rfind(b"\n") + 1] or whole_text(data) or data
    return _page(path, told, start=first, data=data, first_line=line if first else 1, cut_start=not is_fresh)


def read_bytes(source: LogSource, path: str, *, start: int = 0, max_bytes: int = MAX_PIECE) -> Page:
    """The bytes from `start` as they are, for images and the like. Raises as `page`."""
    _check("max_bytes", max_bytes, 1, MAX_PIECE)
    _check("start", start, 0, 1 << 62)
    told = source.ask_one(("on", path, "bytes_at", str(start), str(max_bytes), "0"), max_bytes=max_bytes)
    return _page(path, told, start=start, data=told.data, first_line=None, cut_start=False)


def download(source: LogSource, path: str, *, start: int = 0, max_bytes: int | None = None) -> Iterator[bytes]:
    """The file in pieces of some megabytes, up to its size when it began; at most `max_bytes`.

    Raises as `page`, and `LogRefused` where another file takes its place meanwhile.
    """
    limit = (1 << 62) if max_bytes is None else start + max_bytes
    piece = read_bytes(source, path, start=start, max_bytes=max(1, min(_CHUNK, limit - start)))
    inode, end, at = piece.facts.inode, min(limit, piece.facts.size), start
    while at < end:
        if piece.facts.inode != inode or not piece.data:
            raise LogRefused(path, "unreadable", "it is not the file any more that it was when the download began")
        yield piece.data[: end - at]
        at += len(piece.data)
        if at < end:
            piece = read_bytes(source, path, start=at, max_bytes=min(_CHUNK, end - at))


def count_lines(
    source: LogSource, path: str, *, start: int = 0, end: int | None = None, max_seconds: int = 5
) -> int | None:
    """How many lines end between two bytes; None where counting takes longer than `max_seconds`.

    The whole range is read on the far side: not for every refresh. Raises as `page`.
    """
    _check("start", start, 0, 1 << 62)
    many = (1 << 62) - start if end is None else max(0, end - start)
    words = ("on", path, "newlines", str(start), str(many), str(max_seconds))
    told = source.ask_one(words, max_bytes=64, timeout_s=max_seconds + 30.0)
    text = told.data.decode("ascii", "replace").strip()
    return int(text) if text.isdigit() else None


def line_start(source: LogSource, path: str, line: int, *, max_seconds: int = 5) -> int | None:
    """The byte where line `line` (from 1) begins, at most the file's end; None where finding it takes longer.

    All before it is read on the far side. Raises as `page`.
    """
    _check("line", line, 1, 1 << 40)
    words = ("on", path, "line_start", str(line - 1), str(max_seconds))
    told = source.ask_one(words, max_bytes=64, timeout_s=max_seconds + 30.0)
    text = told.data.decode("ascii", "replace").strip()
    return int(text) if text.isdigit() else None


def whole_text(data: bytes) -> bytes:
    r"""`data` without the first bytes of a character or of an escape sequence that is not complete yet.

    >>> whole_text("é".encode() + b"\xc3"), whole_text(b"ok\x1b[3")
    (b'\xc3\xa9', b'ok')
    """
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            needs = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            data = data[:-back] if needs > back else data
            break
        if byte < 0x80:
            break
    escape = data.rfind(b"\x1b", max(0, len(data) - 32))
    if escape >= 0 and not any(0x40 <= byte < 0x7F and byte != 0x5B for byte in data[escape + 1 :]):
        data = data[:escape]
    return data


def _from_next_line(data: bytes) -> bytes:
    """`data` from where its first whole line begins; all of it where there is none."""
    at = data.find(b"\n") + 1
    return data[at:] if 0 < at < len(data) else data


def _page(path: str, told: Told, *, start: int, data: bytes, first_line: int | None, cut_start: bool) -> Page:
    return Page(
        path=path,
        facts=told.facts,
        start=start,
        data=data,
        first_line=first_line,
        cut_start=cut_start,
        cut_end=bool(data) and not data.endswith(b"\n"),
        via=told.via,
    )


def _check(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InvalidInput(what, value, f"use {least} to {most}")
