"""The first error of a log, looked for where the log lies, a part at a time: so it is known how far that came."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from time import monotonic

from .analysis import AnalysisRules
from .crashes import Crash, find_crashes, is_benign
from .reading import count_lines, page
from .searching import Hit, SearchLimits, SearchResult, StoppedBy, grep
from .source import LogSource

__all__ = ["FirstError", "first_error"]

_CANDIDATES = 50
_AROUND = 64 << 10
_FIRST_PART = 32 << 20
_LARGEST_PART = 512 << 20
_OVERLAP = 4096  # parts begin anywhere in a line: so much is searched twice, lest a sign is cut apart
_COUNTING_S = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstError:
    """The first crash of a log, as far as the log was searched."""

    path: str
    crash: Crash | None  # its line is None where counting the lines before it takes too long
    searched: int  # up to this byte there is no other; a later search may start here
    size: int  # bytes of the file
    stopped_by: StoppedBy  # "": a crash was found, or the file was searched to its end


def first_error(
    source: LogSource,
    path: str,
    *,
    rules: AnalysisRules | None = None,
    start: int = 0,
    max_bytes: int = 4 << 30,
    max_seconds: int = 10,
) -> FirstError:
    """The first crash from byte `start` on, found on the far side; without one it is told how far was searched.

    Raises `InvalidInput` for limits that are none, `LogRefused`, `TransportError`.
    """
    limits = SearchLimits(_CANDIDATES, max_bytes, max_seconds)
    search = _Search(source, path, rules or AnalysisRules(), limits, start)
    at, many, crash = max(0, start - _OVERLAP), _FIRST_PART, None
    while crash is None and search.stopped is None:
        crash, at = search.part(at, min(many, start + max_bytes - at))
        many = min(2 * many, _LARGEST_PART)
    return FirstError(
        path=path,
        crash=crash and search.numbered(crash),
        searched=crash.offset if crash else search.searched,
        size=search.size,
        stopped_by=search.stopped or "",
    )


class _Search:
    """One search: how far it came, and what ended it; None while nothing has."""

    def __init__(
        self, source: LogSource, path: str, rules: AnalysisRules, limits: SearchLimits, start: int
    ) -> None:
        self.source, self.path, self.rules = source, path, rules
        self.words = ["-E", *(word for kind in rules.crashes for word in ("-e", kind.pattern))]
        self.end, self.ends_at = start + limits.n_bytes, monotonic() + limits.seconds
        self.searched, self.size = start, 0
        self.stopped: StoppedBy | None = None
        self._looked_until = -1

    def part(self, at: int, many: int) -> tuple[Crash | None, int]:
        """The first crash in a part of the file, and where the next part begins."""
        limits = SearchLimits(_CANDIDATES, max(1, many), max(1, math.ceil(self._left_s())))
        found = grep(
            self.source, self.path, self.words, "crash patterns", start=at, line=None if at else 1, limits=limits
        )
        self.size = found.facts.size
        for hit in found.hits:
            if (crash := self._crash(hit)) is not None:
                return crash, at
            if self._left_s() <= 0:
                self.searched, self.stopped = max(self.searched, hit.offset), "time"
                return None, at
        self._pass(found)
        return None, self.searched - _OVERLAP if found.stopped_by == "bytes" else self.searched

    def numbered(self, crash: Crash) -> Crash:
        """The crash with the number of its line, as far as counting takes seconds."""
        if crash.line is not None:
            return crash
        before = count_lines(self.source, self.path, end=crash.offset, max_seconds=_COUNTING_S)
        return crash if before is None else replace(crash, line=before + 1)

    def _left_s(self) -> float:
        return self.ends_at - monotonic()

    def _pass(self, found: SearchResult) -> None:
        """No hit of this part was a crash: go on behind it, unless that is where the search ends."""
        came_to = found.next_start
        if found.stopped_by == "":
            came_to, self.stopped = found.facts.size, ""
        elif found.stopped_by == "line":
            came_to, self.stopped = found.hits[-1].offset, "line"  # without a hit it was no answer at all
        elif found.stopped_by == "time" or self._left_s() <= 0:
            self.stopped = "time"
        elif came_to is not None and came_to >= self.end:
            self.stopped = "bytes"
        self.searched = max(self.searched, came_to or 0)

    def _crash(self, hit: Hit) -> Crash | None:
        """The crash that begins at a line with a sign of one, if it is one where its neighbours are seen."""
        if hit.offset < self._looked_until or is_benign(hit.text, rules=self.rules):
            return None
        start = max(0, hit.offset - _AROUND // 4)
        piece = page(self.source, self.path, start=start, line=None, align=True, max_bytes=_AROUND)
        self._looked_until = piece.end
        before = piece.data[: max(0, hit.offset - piece.start)]
        begins = piece.start + before.rfind(b"\n") + 1  # a part may begin within a line
        first_line = None if hit.line is None else hit.line - before.count(b"\n")
        crashes = find_crashes(piece.data, rules=self.rules, first_line=first_line, first_byte=piece.start)
        return next((crash for crash in crashes if crash.offset >= begins), None)
