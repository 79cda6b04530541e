"""How far a job is, as its log tells: progress bars, `step n/m`, percentages that mean progress."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .ansi import plain_text
from .progress_forms import BARE, FORMS, MEANS_ELSE, MEANS_PROGRESS, NO_COUNT
from .time_left import seconds, told_left

__all__ = ["Progress", "find_progress"]

_SCALE = {"k": 1e3, "K": 1e3, "m": 1e6, "M": 1e6, "g": 1e9, "G": 1e9}
_LONGEST = 1000
_MOST_BEHIND = 2000  # signs that are looked at in front of a finished one
_LEAST_SHARE = 0.5  # of the job's time: what took less is a part of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far something is that a log tells of."""

    percent: float  # 0 to 100
    done: float | None  # of `total`, where both are told
    total: float | None
    unit: str  # "step", "epoch", ...; "" where nothing names it
    eta_s: float | None  # seconds left, told or reckoned from the time elapsed; None once it is finished
    line: str  # the line that tells


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sign:
    """What one line tells, before it is known whose progress that is."""

    line: str
    percent: float
    label: str  # the same in all lines about the same thing
    done: float | None = None
    total: float | None = None
    unit: str = ""
    left_s: float | None = None
    spent_s: float | None = None

    @property
    def is_finished(self) -> bool:
        if self.done is not None and self.total:
            return self.done >= self.total
        return self.percent >= 100

    def progress(self, elapsed_s: float | None) -> Progress:
        left = None if self.is_finished else self.left_s
        if left is None and not self.is_finished and elapsed_s is not None and self.percent > 0:
            left = elapsed_s * (100 - self.percent) / self.percent
        return Progress(
            percent=self.percent, done=self.done, total=self.total, unit=self.unit, eta_s=left, line=self.line
        )

    def is_all(self, elapsed_s: float | None) -> bool:
        """Whether it may be the whole of a job that has run so long, for all that is known."""
        return elapsed_s is None or self.spent_s is None or self.spent_s >= _LEAST_SHARE * elapsed_s


def find_progress(text: str, *, elapsed_s: float | None = None) -> Progress | None:
    r"""The last progress that `text` tells of; None where it tells of none.

    What is finished is not how far the job is: what is not finished yet counts, though it stands before, and
    something finished alone only while nothing was written after it. With `elapsed_s` (of the job) the time left
    is reckoned where the log does not tell it.

    >>> find_progress("train:  45%|####      | 45/100 [01:30<01:50,  2.00s/it]").eta_s
    110.0
    >>> find_progress("train: 73%|##  | 730/1000\nvalidation: 100%|####| 10/10").percent
    73.0
    >>> find_progress("GPU util 98% ok") is None
    True
    """
    finished: dict[str, None] = {}
    last: _Sign | None = None
    is_end, many = True, 0
    for line in _lines_back(text):
        sign = _in_line(line)
        if sign is None:
            is_end = False
            continue
        if sign.is_finished:
            last = sign if is_end and not finished else last
            finished[sign.label] = None
        elif sign.label not in finished:
            return sign.progress(elapsed_s)
        many += 1
        if many > _MOST_BEHIND:
            break
    return last.progress(elapsed_s) if last is not None and last.is_all(elapsed_s) else None


def _lines_back(text: str) -> Iterator[str]:
    """Lines from the last one on, each as it was drawn; what a bar drew over counts too."""
    end = len(text)
    while end >= 0:
        at = max(text.rfind("\n", 0, end), text.rfind("\r", 0, end))
        raw, end = text[at + 1 : end], at
        if line := plain_text(raw).strip()[-_LONGEST:]:
            yield line
        if at < 0:
            return


def _in_line(line: str) -> _Sign | None:
    if "%" not in line and "/" not in line and "of" not in line.lower():
        return None
    for group in FORMS:
        found = [match for form in group for match in form.finditer(line) if _is_count(match)]
        if found and not (group is not FORMS[0] and NO_COUNT.search(line)):
            return _sign(line, max(found, key=_place))
    return _bare_percent(line)


def _is_count(found: re.Match[str]) -> bool:
    """Whether the numbers can be those of progress."""
    told = found.groupdict()
    if told.get("percent") is not None:
        return int(told["percent"]) <= 100
    return 0 <= _value(told["done"]) <= _value(told["total"]) > 0


def _place(found: re.Match[str]) -> tuple[int, bool]:
    """Where the numbers end; of two forms that find the same ones that with a unit comes last."""
    told = found.groupdict()
    return found.end("total" if told.get("total") else 0), bool(told.get("unit"))


def _sign(line: str, found: re.Match[str]) -> _Sign:
    told = found.groupdict()
    done, total, unit = told.get("done"), told.get("total"), (told.get("unit") or "").lower()
    percent = told.get("percent")
    left, spent = told.get("left"), told.get("spent")
    return _Sign(
        line=line,
        percent=float(percent) if percent is not None else 100 * _value(done or "") / _value(total or ""),
        label=f"{unit} n" if unit else _label(line[: found.start()]) or f"of {total}",
        done=_value(done) if done else None,
        total=_value(total) if total else None,
        unit=unit,
        left_s=seconds(left) if left else told_left(line),
        spent_s=seconds(spent) if spent else None,
    )


def _bare_percent(line: str) -> _Sign | None:
    found = [match for match in BARE.finditer(line) if float(match["percent"]) <= 100]
    if not found or MEANS_ELSE.search(line):
        return None
    last = found[-1]
    says_so = MEANS_PROGRESS.search(line) is not None
    is_alone = not last["decimals"] and (line.endswith(last[0]) or not line[: last.start()].strip("[( "))
    if not says_so and not (is_alone and len(line) <= 40):
        return None
    percent = float(last["percent"])
    if re.search(r"\bremaining\b", line, re.IGNORECASE):
        percent = 100 - percent
    return _Sign(line=line, percent=percent, label=_label(line[: last.start()]), left_s=told_left(line))


def _label(head: str) -> str:
    """The letters of what stands before the numbers: times and counts in it change from line to line."""
    return "".join(char for char in head.lower() if char.isalpha())


def _value(text: str) -> float:
    return float(text.rstrip("kKmMgG").replace(",", "").replace("_", "")) * _SCALE.get(text[-1], 1.0)
