"""What is new in logs that grow: several files in one round trip, and next to no bytes where nothing happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..errors import InvalidInput
from .asking import Told
from .reading import Page, whole_text
from .refusal import LogRefused
from .source import LogSource

__all__ = ["Change", "Position", "follow", "position"]

_ANCHOR = 64
_TAIL = 64 << 10
_TOGETHER = 32 << 20
_LEAST = 4 << 10  # bytes of one file, however many there are

State = Literal["unchanged", "appended", "truncated", "rotated", "refused"]
"""truncated: it was emptied or rewritten; rotated: another file has its name now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far a file was read, and what tells whether it is still the same file."""

    path: str
    offset: int  # the first byte that was not read yet
    anchor: bytes  # the bytes before it
    inode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of a file since a `Position`."""

    path: str
    state: State
    start: int  # byte of the file where `data` begins
    data: bytes  # what was appended; of a file that began anew, its last bytes from the beginning of a line
    position: Position  # to go on from
    behind: int = 0  # bytes that were not read this time
    problem: LogRefused | None = None  # why it is refused now; it may come back

    @property
    def text(self) -> str:
        """The new bytes as text; those that are not UTF-8 become U+FFFD."""
        return self.data.decode("utf-8", "replace")


def position(page: Page) -> Position:
    """The position at the end of a page."""
    return _position(page.path, page.end, page.data, b"", told=page)


def follow(source: LogSource, positions: Sequence[Position], *, max_bytes: int = 1 << 20) -> list[Change]:
    """What happened to each file since its position; at most `max_bytes` of each, and 32 MiB together.

    A file that cannot be read now is a `Change` with state "refused". Raises `InvalidInput`, `TransportError`.
    """
    if not 1 <= max_bytes <= _TOGETHER:
        raise InvalidInput("max_bytes", max_bytes, f"use 1 to {_TOGETHER}")
    if not positions:
        return []
    each_bytes = min(max_bytes, max(_LEAST, _TOGETHER // len(positions)))
    limit = (each_bytes + _ANCHOR) * len(positions)
    answers = source.ask([_since(each, each_bytes) for each in positions], max_bytes=limit)
    return [_change(source, was, answer) for was, answer in zip(positions, answers, strict=True)]


def _since(was: Position, max_bytes: int) -> tuple[str, ...]:
    known = len(was.anchor)
    numbers = (was.inode, was.offset - known, max_bytes + known, known, min(_TAIL, max_bytes))
    return ("on", was.path, "bytes_since", *map(str, numbers))


def _change(source: LogSource, was: Position, answer: Told | LogRefused) -> Change:
    if isinstance(answer, LogRefused):
        return Change(path=was.path, state="refused", start=was.offset, data=b"", position=was, problem=answer)
    facts, known = answer.facts, len(was.anchor)
    if facts.inode != was.inode or facts.size < was.offset:
        return _anew(was, answer)
    if answer.data[:known] != was.anchor:  # emptied and filled again since then
        words = ("on", was.path, "bytes_at", str(-_TAIL), str(_TAIL), "0")
        [answer] = source.ask([words], max_bytes=_TAIL)
        if isinstance(answer, LogRefused):
            return Change(path=was.path, state="refused", start=was.offset, data=b"", position=was, problem=answer)
        return _anew(was, answer)
    data = whole_text(answer.data[known:])
    now = _position(was.path, was.offset + len(data), data, was.anchor, told=answer)
    state: State = "appended" if data else "unchanged"
    return Change(
        path=was.path, state=state, start=was.offset, data=data, position=now, behind=facts.size - now.offset
    )


def _anew(was: Position, answer: Told) -> Change:
    data, start = answer.data, answer.start
    if start and (at := data.find(b"\n") + 1):
        data, start = data[at:], start + at
    data = whole_text(data)
    state: State = "rotated" if answer.facts.inode != was.inode else "truncated"
    now = _position(was.path, start + len(data), data, b"", told=answer)
    behind = answer.facts.size - now.offset
    return Change(path=was.path, state=state, start=start, data=data, position=now, behind=behind)


def _position(path: str, offset: int, data: bytes, before: bytes, *, told: Told | Page) -> Position:
    return Position(path=path, offset=offset, anchor=(before + data)[-_ANCHOR:], inode=told.facts.inode)
