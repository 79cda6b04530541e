"""How far a job is, as its log tells: progress bars, `step n/m`, percentages that mean progress."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .ansi import plain_text

__all__ = ["Progress", "find_progress"]

_NUMBER = r"(?:\d{1,3}(?:[,_]\d{3})+|\d+)(?:\.\d+)?[kMG]?"
_BAR = re.compile(
    rf"(?<![\d.])(?P<percent>\d{{1,3}})%\|[^|\n]*\|?"
    rf"(?:\s*(?P<done>{_NUMBER})/(?P<total>{_NUMBER}))?"
    r"(?:\s*\[(?:[^<\]\n]*)<(?P<left>[\d:.?]+))?"
)
_STEP = re.compile(
    rf"(?:\b(?P<unit>steps?|iter(?:ation)?s?|epochs?|batch(?:es)?|samples?|files?|chunks?|tasks|items?|progress|"
    rf"examples?|tokens?|frames?|rounds?|episodes?|folds?|seeds?|requests?|prompts?|generations?|completed|processed)"
    rf"\b\s*[:=#]?\s*|^\s*)[\[(]?\s*(?P<done>{_NUMBER})\s*(?:/|of)\s*(?P<total>{_NUMBER})(?![\w/.-])",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"(?<![\d.,])(?P<percent>\d{1,3}(?P<decimals>\.\d+)?)\s?%(?![\w%])")
_MEANS_PROGRESS = re.compile(
    r"\b(?:progress|complete[d]?|done|finished|processed|download(?:ed|ing)?|loading|remaining|epoch|step)\b",
    re.IGNORECASE,
)
_MEANS_ELSE = re.compile(
    r"util|usage|\bused?\b|memory|\bmem\b|\bcpu|\bgpu|disk|acc|loss|precision|recall|score|\bload\b|free|quota|"
    r"drop|rate|sparsity|ratio|f1|error|fail|pass|confiden|warmup|mfu|batter",
    re.IGNORECASE,
)
_ETA = re.compile(r"\beta\b\s*[:=]?\s*(?P<left>(?:\d+\s*[hms]\b\s*)+|\d[\d:.]*)", re.IGNORECASE)
_COUNTER = re.compile(rf"\[\s*{_NUMBER}\s*/\s*{_NUMBER}\s*\]|{_NUMBER}\s*/\s*{_NUMBER}\s*(?:$|[:|-])")
_SCALE = {"k": 1e3, "M": 1e6, "G": 1e9}
_UNITS = re.compile(r"(\d+)\s*([hms])\b", re.IGNORECASE)
_UNIT_S = {"h": 3600.0, "m": 60.0, "s": 1.0}
_LONGEST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far something is that a log tells of."""

    percent: float  # 0 to 100
    done: float | None  # of `total`, where both are told
    total: float | None
    unit: str  # "step", "epoch", ...; "" where nothing names it
    eta_s: float | None  # seconds left, told by the log or reckoned from the time elapsed
    line: str  # the line that tells


def find_progress(text: str, *, elapsed_s: float | None = None) -> Progress | None:
    r"""The last progress that `text` tells of; None where it tells of none.

    With `elapsed_s` (of the job) the time left is reckoned where the log does not tell it.

    >>> find_progress("train:  45%|####      | 45/100 [01:30<01:50,  2.00s/it]").eta_s
    110.0
    >>> find_progress("GPU util 98% ok") is None
    True
    """
    for raw in reversed(text.split("\n")):
        line = plain_text(raw).strip()[-_LONGEST:]
        if line and (found := _in_line(line, elapsed_s)):
            return found
    return None


def _in_line(line: str, elapsed_s: float | None) -> Progress | None:
    matches = [match for match in _BAR.finditer(line) if int(match["percent"]) <= 100]
    if matches:
        last = matches[-1]
        return _progress(line, last, float(last["percent"]), last["left"], "", elapsed_s)
    steps = [match for match in _STEP.finditer(line) if 0 <= _value(match["done"]) <= _value(match["total"]) > 0]
    if steps and not _is_fraction(line, steps[-1]):
        last = steps[-1]
        percent = 100 * _value(last["done"]) / _value(last["total"])
        return _progress(line, last, percent, _told_eta(line), (last["unit"] or "").lower(), elapsed_s)
    return _bare_percent(line, elapsed_s)


def _bare_percent(line: str, elapsed_s: float | None) -> Progress | None:
    found = [match for match in _PERCENT.finditer(line) if float(match["percent"]) <= 100]
    if not found or _MEANS_ELSE.search(line):
        return None
    last = found[-1]
    says_so = _MEANS_PROGRESS.search(line) is not None
    is_alone = not last["decimals"] and (line.endswith(last[0]) or not line[: last.start()].strip("[( "))
    if not says_so and not (is_alone and len(line) <= 40):
        return None
    percent = float(last["percent"])
    if re.search(r"\bremaining\b", line, re.IGNORECASE):
        percent = 100 - percent
    return Progress(
        percent=percent, done=None, total=None, unit="", eta_s=_eta(percent, _told_eta(line), elapsed_s), line=line
    )


def _progress(
    line: str, found: re.Match[str], percent: float, left: str | None, unit: str, elapsed_s: float | None
) -> Progress:
    done, total = found["done"], found["total"]
    return Progress(
        percent=percent,
        done=_value(done) if done else None,
        total=_value(total) if total else None,
        unit=unit,
        eta_s=_eta(percent, left, elapsed_s),
        line=line,
    )


def _value(text: str) -> float:
    scale = _SCALE.get(text[-1], 1.0)
    return float(text.rstrip("kMG").replace(",", "").replace("_", "")) * scale


def _is_fraction(line: str, found: re.Match[str]) -> bool:
    """Whether `12/31` without a word before it may be something else: a date, a share, a part of a sentence."""
    return not found["unit"] and _COUNTER.match(line) is None


def _told_eta(line: str) -> str | None:
    found = _ETA.search(line)
    return found["left"] if found else None


def _eta(percent: float, left: str | None, elapsed_s: float | None) -> float | None:
    told = _seconds(left) if left else None
    if told is not None or elapsed_s is None or percent <= 0:
        return told
    return elapsed_s * (100 - percent) / percent


def _seconds(text: str) -> float | None:
    """Seconds in `01:30`, `25:01:02`, `1h 5m`, `42`; None for `?`."""
    clock = text.strip()
    try:
        if units := _UNITS.findall(clock):
            return sum(float(value) * _UNIT_S[unit.lower()] for value, unit in units)
        return sum(float(part) * 60.0**power for power, part in enumerate(reversed(clock.split(":"))))
    except ValueError:
        return None
