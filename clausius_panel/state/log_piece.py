"""The lines of a log that are shown, and what was found by searching: plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from .. import logs

__all__ = ["KEPT_BYTES", "KEPT_LINES", "LogFound", "LogPiece", "near"]

KEPT_LINES = 1000
"""Of a log that is followed, so many lines stay."""

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
        )


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
