"""What a job waits for: `afterok:1:2,afterany:3_*(unfulfilled)?singleton`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import ParseError

__all__ = ["Dependencies", "Dependency", "parse_dependencies"]

_TERM = re.compile(r"(?P<kind>[a-z_]+)(?P<jobs>(?::[^:()]+(?:\([a-z_ ]+\))?)*)(?:\((?P<state>[a-z_ ]+)\))?", re.I)
_JOB = re.compile(r":([0-9]+(?:_(?:[0-9]+|\*|\[[0-9,:%-]+\]))?)(?:\+([0-9]+))?(?:\(([a-z_ ]+)\))?", re.I)
_SPLIT = re.compile(r"([,?])(?![^\[]*\])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """One condition on one other job."""

    kind: str  # afterok, afternotok, afterany, after, aftercorr, singleton, ... raw where we do not know it
    job_id: str = ""  # "123", "123_4", "123_*"; "" for singleton
    delay_min: int = 0  # minutes after that job's start (`after:123+10`)
    state: str = ""  # "unfulfilled", "failed", "fulfilled"; "" where this version does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """All conditions of one job."""

    terms: tuple[Dependency, ...] = ()
    is_any: bool = False  # one fulfilled condition is enough ("?"); else all are needed

    @property
    def job_ids(self) -> tuple[str, ...]:
        """The jobs that are waited for, each once."""
        return tuple(dict.fromkeys(term.job_id for term in self.terms if term.job_id))


def parse_dependencies(text: str) -> Dependencies:
    """The conditions in Slurm's text; none for "" and (null). Raises `ParseError`.

    >>> parse_dependencies("afterok:1:2(failed)").terms[1].state
    'failed'
    """
    text = text.strip()
    if text.lower() in ("", "(null)", "n/a", "none"):
        return Dependencies()
    terms: list[Dependency] = []
    parts = _SPLIT.split(text)
    for part in parts[::2]:
        terms += _terms(part, text)
    return Dependencies(terms=tuple(terms), is_any="?" in parts[1::2])


def _terms(part: str, text: str) -> list[Dependency]:
    found = _TERM.fullmatch(part.strip())
    if found is None:
        raise ParseError("dependency", 1, text, f"{part!r} is no condition")
    kind, jobs, state = found["kind"], found["jobs"], found["state"] or ""
    if not jobs:
        return [Dependency(kind=kind, state=state)]
    matches = list(_JOB.finditer(jobs))
    if "".join(match[0] for match in matches) != jobs:
        raise ParseError("dependency", 1, text, f"{jobs!r} names no jobs")
    return [
        Dependency(kind=kind, job_id=match[1], delay_min=int(match[2] or 0), state=match[3] or state)
        for match in matches
    ]
