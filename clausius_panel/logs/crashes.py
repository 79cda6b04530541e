"""Crashes in a piece of a log: where, of what kind, and what was said in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

from .analysis import AnalysisRules, CrashRule, Weight
from .ansi import plain_text

__all__ = ["Crash", "SoftFailure", "Verdict", "find_crashes", "is_benign", "judge"]

_LONGEST = 300
_LONGEST_SIDE = 4096  # bytes of a line that are looked at, at either end
_TRACEBACK = "Traceback (most recent call last)"
_BOX = "│╭╰─|+"
_FOLLOWS_WITHIN = 400  # lines of a traceback


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """One sign of a crash."""

    line: int  # number in the file, from 1
    offset: int  # byte where that line begins
    kind: str  # of the rule that fitted: "traceback", "cuda_oom", "oom_kill", "time_limit", ...
    message: str  # one line; of a traceback the exception line
    weight: Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftFailure:
    """A line that says why a job did nothing."""

    line: int
    meaning: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a piece of a log tells about how it went."""

    crash: Crash | None  # what most likely ended it
    soft_failure: SoftFailure | None  # wins over a crash: what follows "nothing to do" is collateral
    crashes: tuple[Crash, ...]  # all signs, in order


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    offset: int
    text: str


def find_crashes(
    text: str | bytes, *, rules: AnalysisRules | None = None, first_line: int = 1, first_byte: int = 0
) -> list[Crash]:
    r"""All signs of crashes in order; what a tool call quotes, and benign lines, are none.

    >>> find_crashes("Traceback (most recent call last):\n  File x\nValueError: bad\n")[0].message
    'ValueError: bad'
    """
    rules = rules or AnalysisRules()
    lines = list(_lines(text, first_line, first_byte))
    kinds = [(re.compile(rule.pattern), rule) for rule in rules.crashes]
    any_kind = _any_of(tuple(rule.pattern for rule in rules.crashes))
    quoted = _quoted(lines, rules)
    found: list[Crash] = []
    told_until = -1
    for at, line in enumerate(lines):
        if at <= told_until or at in quoted or not any_kind.search(line.text) or is_benign(line.text, rules=rules):
            continue
        rule = next((rule for pattern, rule in kinds if pattern.search(line.text)), None)
        if rule is None:
            continue
        message, kind = line.text.strip(), rule.kind
        if _TRACEBACK in line.text:
            told_until, exception = _exception(lines, at)
            message = exception or message
            kind = _sharper(exception, kinds) or rule.kind
        found.append(
            Crash(
                line=line.number,
                offset=line.offset,
                kind=kind,
                message=message[:_LONGEST],
                weight=rule.weight,
            )
        )
    return found


def judge(
    text: str | bytes, *, rules: AnalysisRules | None = None, first_line: int = 1, first_byte: int = 0
) -> Verdict:
    """The most likely cause in a piece of a log: what Slurm says, else the first crash that is no consequence."""
    rules = rules or AnalysisRules()
    crashes = find_crashes(text, rules=rules, first_line=first_line, first_byte=first_byte)
    return Verdict(
        crash=min(crashes, key=lambda crash: (get_args(Weight).index(crash.weight), crash.offset), default=None),
        soft_failure=_soft(text, rules, first_line),
        crashes=tuple(crashes),
    )


def is_benign(line: str, *, rules: AnalysisRules) -> bool:
    """Whether a line only looks like an error."""
    lowered = line.lower()
    return any(each in lowered for each in rules.benign)


def _soft(text: str | bytes, rules: AnalysisRules, first_line: int) -> SoftFailure | None:
    kinds = [(re.compile(rule.pattern), rule) for rule in rules.soft_failures]
    for line in _lines(text, first_line, 0):
        for pattern, rule in kinds:
            if pattern.search(line.text):
                return SoftFailure(line=line.number, meaning=rule.meaning, message=line.text.strip()[:_LONGEST])
    return None


def _lines(text: str | bytes, first_line: int, first_byte: int) -> Iterator[_Line]:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    offset = first_byte
    for number, raw in enumerate(data.split(b"\n"), first_line):
        yield _Line(number, offset, _text(raw))
        offset += len(raw) + 1


def _text(raw: bytes) -> str:
    """A line as it is shown; of a very long one its head and its tail."""
    if len(raw) <= 2 * _LONGEST_SIDE:
        return plain_text(raw.decode("utf-8", "replace"))
    head, tail = (
        raw[side].decode("utf-8", "replace") for side in (slice(_LONGEST_SIDE), slice(-_LONGEST_SIDE, None))
    )
    if "\r" in tail.rstrip("\r"):  # drawn over and over: what was drawn last counts
        return plain_text(tail)
    return f"{plain_text(head)} … {plain_text(tail)}"


def _quoted(lines: Sequence[_Line], rules: AnalysisRules) -> set[int]:
    """The lines in which a program shows what its tools said."""
    begins, ends = re.compile(rules.quoted_from), re.compile(rules.quoted_until)
    inside: set[int] = set()
    is_inside = False
    for at, line in enumerate(lines):
        if begins.search(line.text):
            is_inside = True
        elif is_inside and ends.search(line.text):
            is_inside = False
        if is_inside:
            inside.add(at)
    return inside


def _exception(lines: Sequence[_Line], at: int) -> tuple[int, str]:
    """The last line of the traceback that begins at `at`, and what it says; "" where it is not there."""
    prefix = lines[at].text.partition(_TRACEBACK)[0]
    if not any(line.text.startswith(prefix) for line in lines[at + 1 : at + 4]):
        prefix = ""  # only a logger's head, or a box
    for number in range(at + 1, min(len(lines), at + _FOLLOWS_WITHIN)):
        if not lines[number].text.startswith(prefix):
            continue  # another rank's
        text = lines[number].text.removeprefix(prefix)
        if not text.strip() or text[:1] in " \t" or text.strip()[0] in _BOX:
            continue
        if _TRACEBACK in text:
            return number - 1, ""
        return number, text.strip()
    return at, ""


def _sharper(exception: str, kinds: Sequence[tuple[re.Pattern[str], CrashRule]]) -> str:
    """The kind that the exception line tells, where it tells more than that there was one."""
    vague = ("traceback", "error")
    return next((rule.kind for pattern, rule in kinds if rule.kind not in vague and pattern.search(exception)), "")


@lru_cache(maxsize=16)
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
