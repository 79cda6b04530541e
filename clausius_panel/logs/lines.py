"""The lines of a piece of a log as they are shown, cut apart only where somebody looks at them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import accumulate

from .ansi import plain_text

__all__ = ["Lines"]

_LONGEST_SIDE = 4096  # bytes of a line that are looked at, at either end
_BLOCK = 2 * _LONGEST_SIDE


class Lines:
    """A piece of a log: its lines without what steers a terminal, numbered from 0."""

    def __init__(self, text: str | bytes) -> None:
        """Nothing is looked at yet."""
        self._data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")

    @cached_property
    def shown(self) -> list[str]:
        """Every line as it is shown; of a very long one its head and its tail."""
        return [_shown(raw) for raw in self._raw]

    @cached_property
    def offsets(self) -> list[int]:
        """The byte of the piece where each line begins."""
        return [0, *accumulate(len(raw) + 1 for raw in self._raw)]

    def holding(self, texts: Iterable[str]) -> list[int]:
        """The lines that may hold one of the texts, in order; no other line does."""
        found: list[int] = []
        for text in texts:
            at = self._text.find(text)
            while at >= 0:
                found.append(at)
                end = self._text.find("\n", at)
                at = self._text.find(text, end) if end >= 0 else -1
        lines: list[int] = []
        line = before = 0
        for at in sorted(found):
            line += self._text.count("\n", before, at)
            before = at
            if not lines or lines[-1] != line:
                lines.append(line)
        return lines

    @cached_property
    def _raw(self) -> list[bytes]:
        return self._data.split(b"\n")

    @cached_property
    def _text(self) -> str:
        """All lines together, as they are written where they are shown so, but for some kilobytes of long ones."""
        if not self._is_long:
            text = self._data.decode("utf-8", "replace")
            if text.replace("\n", "").replace("\t", "").isprintable():
                return text
        return "\n".join(self.shown)

    @property
    def _is_long(self) -> bool:
        """Whether a line is so long that most of it is not shown: it fills one of the blocks by itself."""
        blocks = range(0, len(self._data) - _BLOCK + 1, _BLOCK)
        return any(self._data.find(b"\n", at, at + _BLOCK) < 0 for at in blocks)


def _shown(raw: bytes) -> str:
    if len(raw) <= _BLOCK:
        return plain_text(raw.decode("utf-8", "replace"))
    head, tail = (
        raw[side].decode("utf-8", "replace") for side in (slice(_LONGEST_SIDE), slice(-_LONGEST_SIDE, None))
    )
    if "\r" in tail.rstrip("\r"):  # drawn over and over: what was drawn last counts
        return plain_text(tail)
    return f"{plain_text(head)} … {plain_text(tail)}"
