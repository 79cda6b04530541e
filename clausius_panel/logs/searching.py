"""Searching a log where it lies: grep, within bounds of bytes, seconds and hits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..errors import CommandFailed, InvalidInput
from .asking import FileFacts
from .kinds import is_packed
from .refusal import LogRefused
from .source import LogSource

__all__ = ["Hit", "SearchLimits", "SearchResult", "StoppedBy", "grep", "search"]

_CUT = 2048  # bytes of one line of grep's output
_MOST_HITS = 10_000
_LONGEST_PATTERN = 1000
_LINE = re.compile(rb"(\d+):(\d+):(.*)", re.DOTALL)


StoppedBy = Literal["", "hits", "bytes", "time", "line"]
"""What ended a search before the end of the file; "" where nothing did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A line that matched."""

    offset: int  # byte of the file where the line begins
    line: int | None  # its number, from 1; None: not known without reading what is before
    text: str  # without its end; bytes that are not UTF-8 become U+FFFD
    is_cut: bool  # the line is longer


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """The lines that matched, in the order of the file."""

    path: str
    facts: FileFacts
    hits: list[Hit]
    stopped_by: StoppedBy  # "": the file was searched to its end; line: by one that is too long to be searched
    next_start: (
        int | None
    )  # where to search on; None: at the end, or time ran out before a hit told how far it was


def search(
    source: LogSource,
    path: str,
    pattern: str,
    *,
    regex: bool = False,
    ignore_case: bool = False,
    start: int = 0,
    line: int | None = None,
    max_hits: int = 100,
    max_bytes: int = 4 << 30,
    max_seconds: int = 10,
) -> SearchResult:
    """Lines from byte `start` on that hold `pattern`, a fixed text or a POSIX extended regular expression.

    `line` is the number of the line at `start`, where it is known. Letters beyond ASCII differ by case always.
    Raises `InvalidInput` for a pattern that is none, `LogRefused`, `TransportError`.
    """
    words = [*(["-i"] if ignore_case else []), "-E" if regex else "-F", "-e", _checked(pattern)]
    return grep(
        source, path, words, pattern, start=start, line=line, limits=SearchLimits(max_hits, max_bytes, max_seconds)
    )


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """Where a search stops. Raises `InvalidInput` for what is no limit."""

    hits: int
    n_bytes: int
    seconds: int

    def __post_init__(self) -> None:
        for what, value, most in (
            ("max_hits", self.hits, _MOST_HITS),
            ("max_bytes", self.n_bytes, 1 << 50),
            ("max_seconds", self.seconds, 600),
        ):
            if not 1 <= value <= most:
                raise InvalidInput(what, value, f"use 1 to {most}")


def grep(
    source: LogSource,
    path: str,
    words: Sequence[str],
    pattern: str,
    *,
    start: int,
    line: int | None,
    limits: SearchLimits,
) -> SearchResult:
    """The lines that grep finds by `words`; `pattern` is what people call these. Raises as `search`."""
    if is_packed(path):
        raise LogRefused(path, "packed", "its end can be read, but it cannot be searched where it lies")
    told = source.ask_one(
        (
            "on",
            path,
            "hits",
            str(start),
            str(limits.n_bytes),
            str(limits.seconds),
            "-m",
            str(limits.hits + 1),
            *words,
        ),
        max_bytes=(limits.hits + 1) * (_CUT + 1) + 65536,
        timeout_s=limits.seconds + 30.0,
    )
    rows = told.data.split(b"\n")
    base = 1 if start == 0 else line
    hits, status, said = [], -1, ""
    for row in rows:
        if match := _LINE.fullmatch(row):
            hits.append(_hit(match, start, base, is_cut=len(row) >= _CUT))
        elif row.startswith(b"status "):
            status = int(row[7:])
        elif row:
            said = row.decode("utf-8", "replace")
    if status not in (0, 1, 124, 137):
        if said and "emory exhausted" not in said:
            raise InvalidInput("pattern", pattern, said.removeprefix("grep: "))
        if not hits:
            raise CommandFailed(source.transport.host, f"search in {path}", status, "a line of it is too long")
    return _result(path, told.facts, hits, status, start, limits)


def _result(
    path: str, facts: FileFacts, hits: list[Hit], status: int, start: int, limits: SearchLimits
) -> SearchResult:
    stopped: StoppedBy = ""
    following: int | None = None
    if len(hits) > limits.hits:
        stopped, following = "hits", hits[limits.hits].offset
    elif status in (124, 137):
        stopped, following = "time", hits[-1].offset if len(hits) > 1 else None
        hits = hits[:-1] if following is not None else hits
    elif status not in (0, 1):
        stopped = "line"
    elif facts.size > start + limits.n_bytes:
        stopped, following = "bytes", start + limits.n_bytes
    return SearchResult(path=path, facts=facts, hits=hits[: limits.hits], stopped_by=stopped, next_start=following)


def _hit(match: re.Match[bytes], start: int, base: int | None, *, is_cut: bool) -> Hit:
    return Hit(
        offset=start + int(match[2]),
        line=None if base is None else base + int(match[1]) - 1,
        text=match[3].decode("utf-8", "replace").removesuffix("\r"),
        is_cut=is_cut,
    )


def _checked(pattern: str) -> str:
    if not 0 < len(pattern) <= _LONGEST_PATTERN or any(char in pattern for char in "\n\r\x00"):
        raise InvalidInput("pattern", pattern[:100], f"use one line of 1 to {_LONGEST_PATTERN} characters")
    return pattern
