"""Logs that were rotated and packed by gzip: the end of what they hold, unpacked where they lie, within bounds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import InvalidInput
from .ansi import plain_text
from .asking import FileFacts, Via
from .kinds import is_packed
from .reading import whole_text
from .source import LogSource

__all__ = ["UNPACKED_BYTES", "Unpacked", "unpacked"]

UNPACKED_BYTES = 256 << 10
"""The most bytes of what a file packs that are shown."""

_UNPACKED_S = 10
_STATUS = re.compile(rb"\nstatus (\d+)\n\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """The last lines of what a file packs."""

    path: str
    facts: FileFacts  # of the packed file
    text: str  # without what steers a terminal; bytes that are not UTF-8 are U+FFFD
    is_whole: bool  # nothing was before it
    note: str  # how much of it this is, in words
    via: Via


def unpacked(
    source: LogSource, path: str, *, lines: int | None = None, max_bytes: int = UNPACKED_BYTES
) -> Unpacked | None:
    """The last `lines` lines within `max_bytes`; None where the file is not packed by gzip, or packs no text.

    Raises `LogRefused`, `InvalidInput`, `TransportError`.
    """
    if not is_packed(path):
        return None
    if not 1 <= max_bytes <= UNPACKED_BYTES:
        raise InvalidInput("max_bytes", max_bytes, f"use 1 to {UNPACKED_BYTES}")
    words = ("on", path, "unpacked", str(_UNPACKED_S), str(max_bytes))
    told = source.ask_one(words, max_bytes=max_bytes + 64, timeout_s=_UNPACKED_S + 30.0)
    status = _STATUS.search(told.data)
    data = told.data[: status.start()] if status else told.data
    if status is None or not data or b"\x00" in data:
        return None
    is_cut = len(data) >= max_bytes
    shown = whole_text(data[data.find(b"\n") + 1 :] if is_cut else data)
    if lines is not None and (kept := _last_lines(shown, lines)) != shown:
        shown, is_cut = kept, True
    return Unpacked(
        path=path,
        facts=told.facts,
        text=plain_text(shown.decode("utf-8", "replace")),
        is_whole=not is_cut,
        note=_note(status[1], is_cut=is_cut),
        via=told.via,
    )


def _note(status: bytes, *, is_cut: bool) -> str:
    return {
        b"0": "packed by gzip: this is " + ("the end of it" if is_cut else "all of it"),
        b"124": f"packed by gzip: unpacking was stopped after {_UNPACKED_S} s, there is more behind this",
    }.get(status, "packed by gzip, and damaged or not complete: this is what could be unpacked")


def _last_lines(data: bytes, lines: int) -> bytes:
    at = len(data) - data.endswith(b"\n")
    for _ in range(lines):
        if (at := data.rfind(b"\n", 0, at)) < 0:
            return data
    return data[at + 1 :]
