"""The lines of a log that are shown, and what was found by searching: plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from .. import logs

__all__ = ["KEPT_BYTES", "KEPT_LINES", "PAGED_LINES", "LogFound", "LogPiece", "near"]

KEPT_LINES = 1000
"""Of a log that is followed, so many lines stay."""

PAGED_LINES = 2000
"""Of a log that is paged through, so many lines stay."""

PAGED_BYTES = 1 << 20
"""Beyond so many bytes half of these lines stay."""

KEPT_BYTES = 256 << 10
"""The most bytes that are read at once to follow; twice as many stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPiece:
    """Whole lines of a file, as far as they are shown."""

    position: logs.Position  # where following goes on
    start: int  # byte of the file where `data` begins
    data: bytes
    first_line: int | None  # number of the first line, from 1; None: not known
    size: int  # bytes of the file when it was read
    modified: datetime  # UTC
    is_end: bool  # whether the last line of the file is among them
    via: logs.Via = "shell"  # how it was read

    def numbered(self, offset: int, line: int | None) -> LogPiece:
        """The piece with the numbers of its lines, where that of the one at byte `offset` is known by now."""
        if line is None or self.first_line is not None:
            return self
        return replace(self, first_line=line - self.data[: offset - self.start].count(b"\n"))

    def grown(self, change: logs.Change) -> LogPiece:
        """The piece with what was appended; the oldest lines give way."""
        data = self.data + change.data
        lines = data.split(b"\n")
        surplus = max(0, len(lines) - 1 - KEPT_LINES)
        while sum(map(len, lines[surplus:])) > 2 * KEPT_BYTES and surplus < len(lines) - 2:
            surplus += 1
        kept = b"\n".join(lines[surplus:])
        return LogPiece(
            position=change.position,
            start=self.start + len(data) - len(kept),
            data=kept,
            first_line=None if self.first_line is None else self.first_line + surplus,
            size=change.position.offset,
            modified=datetime.now(UTC),
            is_end=True,
            via=self.via,
        )

    def joined(self, page: logs.Page) -> LogPiece:
        """The piece with the page that ends where it begins, or begins where it ends; the other end gives way."""
        is_older = page.start < self.start
        page = _nearest(page, lines=PAGED_LINES // 2, is_older=is_older)
        data = page.data + self.data if is_older else self.data + page.data
        lines = data.split(b"\n")
        surplus = max(0, len(lines) - 1 - PAGED_LINES)
        if len(data) > PAGED_BYTES:
            surplus = max(surplus, len(lines) // 2)
        if is_older:
            kept = b"\n".join(lines[: len(lines) - 1 - surplus]) + b"\n" if surplus else data
            is_end = self.is_end and len(kept) == len(data)
            return replace(self, start=page.start, data=kept, first_line=page.first_line, is_end=is_end)
        gone = sum(len(line) + 1 for line in lines[:surplus])
        return replace(
            self,
            position=logs.position(page),
            start=self.start + gone,
            data=data[gone:],
            first_line=None if self.first_line is None else self.first_line + surplus,
            size=page.facts.size,
            modified=page.facts.modified,
            is_end=page.at_end,
        )


def _nearest(page: logs.Page, *, lines: int, is_older: bool) -> logs.Page:
    """Of a page that adjoins a piece only so many lines beside it: more would push out what somebody reads."""
    parts = page.data.split(b"\n")
    if len(parts) - 1 <= lines:
        return page
    if not is_older:
        return replace(page, data=b"\n".join(parts[:lines]) + b"\n", cut_end=False)
    surplus = len(parts) - 1 - lines
    kept = b"\n".join(parts[surplus:])
    first = None if page.first_line is None else page.first_line + surplus
    return replace(page, start=page.end - len(kept), data=kept, first_line=first, cut_start=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFound:
    """What a search found."""

    pattern: str
    hits: list[logs.Hit]
    is_whole: bool  # whether the file was searched to its end


def near(page: logs.Page, offset: int, *, lines: int) -> logs.Page:
    """Of a page only the lines around the one that begins at a byte: half of `lines` before it, `lines` after."""
    before, after = page.data[: offset - page.start].split(b"\n"), page.data[offset - page.start :].split(b"\n")
    surplus = max(0, len(before) - 1 - lines // 2)
    kept = b"\n".join(after[:lines]) + (b"\n" if len(after) > lines else b"")
    data = b"\n".join(before[surplus:]) + kept
    return replace(
        page,
        start=offset - len(data) + len(kept),
        data=data,
        first_line=None if page.first_line is None else page.first_line + surplus,
        cut_start=page.cut_start and not surplus,
    )
