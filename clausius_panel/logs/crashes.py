"""Crashes in a piece of a log: where, of what kind, and what was said in one line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

from .analysis import AnalysisRules, CrashRule, Weight
from .lines import Lines
from .needles import needles

__all__ = ["Crash", "SoftFailure", "Verdict", "find_crashes", "is_benign", "judge"]

_LONGEST = 300
_TRACEBACK = "Traceback (most recent call last)"
_GROUP = "Exception Group "
_BOX = "│╭╰─|+"
_FOLLOWS_WITHIN = 400  # lines of a traceback
_CHAINED_WITHIN = 30  # lines of what an exception says
_LED_TO = "The above exception was the direct cause of the following exception"
_WHILE = "During handling of the above exception, another exception occurred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """One sign of a crash."""

    line: int | None  # number in the file, from 1; None: not known without reading what is before
    offset: int  # byte where that line begins
    kind: str  # of the rule that fitted: "traceback", "cuda_oom", "oom_kill", "time_limit", ...
    message: str  # one line; of a traceback the exception line
    weight: Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftFailure:
    """A line that says why a job did nothing."""

    line: int | None
    meaning: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a piece of a log tells about how it went."""

    crash: Crash | None  # what most likely ended it
    soft_failure: SoftFailure | None  # wins over a crash: what follows "nothing to do" is collateral
    crashes: tuple[Crash, ...]  # all signs, in order


def find_crashes(
    text: str | bytes, *, rules: AnalysisRules | None = None, first_line: int | None = 1, first_byte: int = 0
) -> list[Crash]:
    r"""All signs of crashes in order; what a tool call quotes, and benign lines, are none.

    >>> find_crashes("Traceback (most recent call last):\n  File x\nValueError: bad\n")[0].message
    'ValueError: bad'
    """
    return _crashes(Lines(text), rules or AnalysisRules(), first_line, first_byte)


def judge(
    text: str | bytes, *, rules: AnalysisRules | None = None, first_line: int | None = 1, first_byte: int = 0
) -> Verdict:
    """The most likely cause in a piece of a log: what Slurm says, else the first crash that is no consequence."""
    rules, lines = rules or AnalysisRules(), Lines(text)
    crashes = _crashes(lines, rules, first_line, first_byte)
    return Verdict(
        crash=min(crashes, key=lambda crash: (get_args(Weight).index(crash.weight), crash.offset), default=None),
        soft_failure=_soft(lines, rules, first_line),
        crashes=tuple(crashes),
    )


def is_benign(line: str, *, rules: AnalysisRules) -> bool:
    """Whether a line only looks like an error."""
    lowered = line.lower()
    return any(each in lowered for each in rules.benign)


def _crashes(lines: Lines, rules: AnalysisRules, first_line: int | None, first_byte: int) -> list[Crash]:
    signs = _fitting(lines, [rule.pattern for rule in rules.crashes])
    quoted = _quoted(lines, rules) if signs else set()
    found: list[Crash] = []
    chain: list[int] = []  # the places in `found` of tracebacks that led to each other
    told_until = -1
    for at, number in sorted(signs.items()):
        text, rule = lines.shown[at], rules.crashes[number]
        if at <= told_until or at in quoted or is_benign(text, rules=rules):
            continue
        told_until, kind, message = _told(lines.shown, at, rule.kind, rules)
        found.append(
            Crash(
                line=None if first_line is None else first_line + at,
                offset=first_byte + lines.offsets[at],
                kind=kind,
                message=message[:_LONGEST],
                weight=rule.weight,
            )
        )
        if _TRACEBACK in text:
            chain = _chained(found, [*chain, len(found) - 1], _link(lines.shown, at, told_until))
    return found


def _told(lines: Sequence[str], at: int, kind: str, rules: AnalysisRules) -> tuple[int, str, str]:
    """The last line of what a sign at `at` tells, its kind, and its message."""
    text = lines[at].strip()
    if _TRACEBACK not in text:
        return at, kind, text
    until, exception = _exception(lines, at)
    return until, _sharper(exception, rules.crashes) or kind, exception or text


def _link(lines: Sequence[str], at: int, end: int) -> str:
    """How the traceback from `at` to `end` leads to the next one; "" where it does not."""
    prefix = _prefix(lines, at)
    for line in lines[end + 1 : end + _CHAINED_WITHIN]:
        if line.startswith(prefix):
            if _TRACEBACK in line:
                break
            if found := next((words for words in (_LED_TO, _WHILE) if words in line), ""):
                return found
    return ""


def _chained(found: list[Crash], chain: list[int], link: str) -> list[int]:
    """The chain that the next traceback goes on with.

    What was being handled when another exception came did not end the job: that other one did, but for kinds that
    say more than that there was an exception.
    """
    if link == _WHILE:
        for place in chain:
            if found[place].kind == "traceback":
                found[place] = replace(found[place], weight="consequence")
    return chain if link else []


def _soft(lines: Lines, rules: AnalysisRules, first_line: int | None) -> SoftFailure | None:
    signs = _fitting(lines, [rule.pattern for rule in rules.soft_failures])
    if not signs:
        return None
    at, number = min(signs.items())
    message = lines.shown[at].strip()[:_LONGEST]
    line = None if first_line is None else first_line + at
    return SoftFailure(line=line, meaning=rules.soft_failures[number].meaning, message=message)


def _fitting(lines: Lines, patterns: Sequence[str]) -> dict[int, int]:
    """The lines that a pattern fits, each with the place of the first that does."""
    found: dict[int, int] = {}
    for number, pattern in enumerate(patterns):
        texts, fits = needles(pattern), re.compile(pattern).search
        within = range(len(lines.shown)) if texts is None else lines.holding(texts)
        found.update({at: number for at in within if at not in found and fits(lines.shown[at])})
    return found


def _quoted(lines: Lines, rules: AnalysisRules) -> set[int]:
    """The lines in which a program shows what its tools said."""
    begins, ends = sorted(_fitting(lines, [rules.quoted_from])), re.compile(rules.quoted_until)
    inside: set[int] = set()
    for at in begins:
        if at in inside:
            continue
        inside.add(at)
        for after in range(at + 1, len(lines.shown)):
            if ends.search(lines.shown[after]):
                break
            inside.add(after)
    return inside


def _exception(lines: Sequence[str], at: int) -> tuple[int, str]:
    """The last line of the traceback that begins at `at`, and what it says; "" where it is not there."""
    prefix = _prefix(lines, at)
    for number in range(at + 1, min(len(lines), at + _FOLLOWS_WITHIN)):
        if not lines[number].startswith(prefix):
            continue  # another rank's
        text = lines[number].removeprefix(prefix)
        if not text.strip() or text[:1] in " \t" or text.strip()[0] in _BOX:
            continue
        if _TRACEBACK in text:
            return number - 1, ""
        return number, text.strip()
    return at, ""


def _prefix(lines: Sequence[str], at: int) -> str:
    """What every line of the traceback that begins at `at` begins with, such as its rank."""
    head = lines[at].partition(_TRACEBACK)[0]
    after = lines[at + 1 : at + 4]
    drawn = head.removesuffix(_GROUP).replace("+", "|")
    likely = (drawn, "  | ") if head.endswith(_GROUP) else (head,)  # else only a logger's head, or a box
    return next((prefix for prefix in likely if any(line.startswith(prefix) for line in after)), "")


def _sharper(exception: str, rules: Sequence[CrashRule]) -> str:
    """The kind that the exception line tells, where it tells more than that there was one."""
    sharp = (rule for rule in rules if rule.kind not in ("traceback", "error"))
    return next((rule.kind for rule in sharp if re.search(rule.pattern, exception)), "")
