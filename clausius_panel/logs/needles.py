"""Texts of which a line must hold one for a pattern to fit it: looking for these first is many times as fast.

The patterns are those of `analysis`, read alike by grep -E and Python. What is not understood is taken for
something that may stand for any text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

__all__ = ["needles"]

_SHORTEST = 3  # of what is worth looking for
_MOST = 16  # texts that are kept apart
_TIMES = re.compile(r"\{(?:(\d+)(?:,\d*)?|,\d*)\}")

Texts = frozenset[str]

_NOTHING: Texts = frozenset([""])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What a part of a pattern fits: all of the texts, where they are few, and what each of them holds one of."""

    exact: Texts | None = None
    held: Texts | None = None


_ANYTHING = _Part()


@lru_cache(maxsize=256)
def needles(pattern: str) -> Texts | None:
    """Texts of which every line that fits holds one; None where nothing of three letters or more is sure.

    >>> sorted(needles("[Bb]us error|SIGBUS")), needles("[0-9]+ a")
    (['SIGBUS', 'us error'], None)
    """
    part, end = _either(pattern, 0)
    held = _best(part.held, part.exact)
    return held if end == len(pattern) and held is not None and _worth(held) >= _SHORTEST else None


def _worth(texts: Texts) -> int:
    return min(map(len, texts), default=0)


def _best(*choices: Texts | None) -> Texts | None:
    """The texts of which the shortest is longest, fewer of them where that is alike."""
    known = [texts for texts in choices if texts is not None]
    return max(known, key=lambda texts: (_worth(texts), -len(texts)), default=None)


def _either(pattern: str, at: int) -> tuple[_Part, int]:
    """What stands from `at` to the end of its group, and where that is."""
    branches: list[_Part] = []
    while True:
        branch, at = _sequence(pattern, at)
        branches.append(branch)
        if at >= len(pattern) or pattern[at] != "|":
            return _any_of(branches), at
        at += 1


def _any_of(branches: list[_Part]) -> _Part:
    if len(branches) == 1:
        return branches[0]
    exact, held = frozenset[str](), frozenset[str]()
    is_exact = all(branch.exact is not None for branch in branches)
    is_held = True
    for branch in branches:
        exact |= branch.exact or frozenset()
        best = _best(branch.held, branch.exact)
        is_held = is_held and best is not None and _worth(best) > 0
        held |= best or frozenset()
    return _Part(exact=exact if is_exact and len(exact) <= _MOST else None, held=held if is_held else None)


def _sequence(pattern: str, at: int) -> tuple[_Part, int]:
    """Pieces one behind the other; those whose texts are known grow together."""
    run, held, is_whole = _NOTHING, None, True
    while at < len(pattern) and pattern[at] not in "|)":
        part, at = _repeated(*_atom(pattern, at), pattern)
        if part.exact is not None and len(run) * len(part.exact) <= _MOST:
            run = frozenset(map("".join, product(run, part.exact)))
            continue
        held = _best(held, run, part.held)
        run, is_whole = part.exact or _NOTHING, False
    return _Part(exact=run if is_whole else None, held=_best(held, run)), at


def _atom(pattern: str, at: int) -> tuple[_Part, int]:
    char = pattern[at]
    if char == "(":
        part, end = _either(pattern, at + 1)
        return part, end + 1
    if char == "[":
        return _ANYTHING, _class_end(pattern, at)
    if char == ".":
        return _ANYTHING, at + 1
    if char in "^$":
        return _Part(exact=_NOTHING), at + 1
    if char == "\\":
        return _Part(exact=frozenset(pattern[at + 1 : at + 2])), at + 2
    return _Part(exact=frozenset(char)), at + 1


def _class_end(pattern: str, at: int) -> int:
    """The place behind a set of letters in brackets, in which a bracket that comes first is one of them."""
    at += 2 if pattern[at + 1 : at + 2] == "^" else 1
    first = at
    while at < len(pattern) and (pattern[at] != "]" or at == first):
        at += 2 if pattern[at] == "\\" else 1
    return at + 1


def _repeated(part: _Part, at: int, pattern: str) -> tuple[_Part, int]:
    """A piece with what says how often it comes."""
    while at < len(pattern):
        times = _TIMES.match(pattern, at)
        if times is None and pattern[at] not in "*+?":
            break
        at = times.end() if times else at + 1
        is_sure = int(times[1] or 0) > 0 if times else pattern[at - 1] == "+"
        if pattern[at - 1] == "?" and part.exact is not None:
            part = _Part(exact=part.exact | _NOTHING)
        else:
            part = _Part(held=_best(part.held, part.exact)) if is_sure else _ANYTHING
    return part, at
