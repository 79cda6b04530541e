"""`sacct` with all that a history needs: every attempt, and its steps folded into it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import fields as fields_of
from datetime import UTC, datetime

from ..errors import ParseError
from ..model.history_job import HistoryJob
from . import sacct
from .columns import Columns, build
from .dialect import Dialect
from .sacct_steps import USAGE_FIELDS, Usage, fold_steps
from .values import given

__all__ = ["fields", "history_jobs", "parse", "usage_words", "window_words"]

_USAGE = [field.name for field in fields_of(Usage)]


def fields(dialect: Dialect) -> tuple[str, ...]:
    """The fields this cluster's version has, as far as we know it."""
    more = [field for field in ("Group", *USAGE_FIELDS) if not dialect.lacks("sacct", field)]
    # each step has a line of its own, and what a job waited for years ago is not asked for
    *first, last = (field for field in sacct.fields(dialect) if field != "SubmitLine")
    return (*first, *more, last)


def window_words(dialect: Dialect, *, guard: str, start: datetime, end: datetime, user: str = "") -> list[str]:
    """The command for the jobs that ended from `start` to before `end` (aware), with their steps.

    `user` is a word of shell; "" asks for everybody's jobs.
    """
    whose = ["-u", user] if user else ["-a"]
    # -s needs -E: without it sacct answers nothing
    return [*_words(dialect, guard), *whose, "-S", _time(start), "-E", _time(end), "-s", sacct.END_STATES]


def usage_words(dialect: Dialect, *, guard: str, job_ids: Iterable[str], days: int) -> list[str]:
    """The command for single jobs by their raw ids, which must be plain numbers. Raises `ParseError`."""
    ids = list(job_ids)
    for job_id in ids:
        if not (job_id.isascii() and job_id.isdigit()):
            raise ParseError("sacct", 1, job_id, "not a raw job id")
    return [*_words(dialect, guard), "-a", "-S", f"now-{days}days", "-E", "now", "-j", ",".join(ids)]


def _words(dialect: Dialect, guard: str) -> list[str]:
    which = ",".join(fields(dialect))
    return ["sacct", "-D", "-P", "--noconvert", f"--delimiter={shlex.quote(guard)}", "-o", which]


def _time(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")  # the script runs under TZ=UTC0


def parse(text: str, *, cluster: str, guard: str, at: datetime) -> list[HistoryJob]:
    """Jobs in the order in which `sacct` printed them, their steps folded in at `at`.

    The header tells the fields. Raises `ParseError` where there is none, or where a record has another width.
    """
    lines = text.split("\n")
    start = next((i for i, line in enumerate(lines) if line.startswith("JobID" + guard)), None)
    if start is None:
        raise ParseError("sacct", 1, text[:200], "no header")
    names = lines[start].split(guard)
    rows = [record.split(guard) for record in sacct.records(lines, start + 1, guard, names)]
    return history_jobs(names, rows, cluster=cluster, used_at=at)


def history_jobs(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    cluster: str,
    used_at: datetime | None,
    first_line: int = 2,
) -> list[HistoryJob]:
    """Records of jobs and of their steps, each step after its job, as jobs; those that have not ended too.

    `used_at` None says that there are no steps to expect. Raises `ParseError` with the line, counted from
    `first_line`.
    """
    at = names.index("JobID")
    jobs: list[Sequence[str]] = []
    places: list[int] = []
    steps: list[list[dict[str, str]]] = []
    for place, row in enumerate(rows):
        if "." not in row[at]:
            jobs.append(row)
            places.append(place)
            steps.append([])
        elif jobs and row[at].partition(".")[0] == jobs[-1][at].partition(".")[0]:
            steps[-1].append(dict(zip(names, row, strict=False)))
    lines = {index: place + first_line for index, place in enumerate(places)}
    columns = Columns.from_rows("sacct", names, jobs, lines=lines)
    told = sacct.job_columns(columns, cluster)
    gpus = told["gpus"]
    used = [
        fold_steps(dict(zip(names, row, strict=True)), own, gpus=int(str(count)))
        for row, own, count in zip(jobs, steps, gpus, strict=True)
    ]
    usage: dict[str, Sequence[object]] = {name: [getattr(one, name) for one in used] for name in _USAGE}
    group = columns.read("Group", given)
    return build(HistoryJob, len(jobs), {**told, **usage, "group": group, "used_at": [used_at] * len(jobs)})
