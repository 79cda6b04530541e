"""Ended jobs by the hundred thousand, merged into what is known: backfill, import and ingestion meet here.

`merge_history` takes a `pyarrow.Table` with any of the columns of `HISTORY_COLUMNS`, or `HistoryJob`s. In a table

  - `cluster`, `submit_time`, `state` and one of `job_id_raw` and `job_id` are needed; all else may be missing;
  - NULL, "" and 0 mean "not known", and never replace what is known;
  - `elapsed_s` beyond `MOST_SECONDS` is cut to that;
  - times are aware, or naive in UTC; `state` is Slurm's base state (see `model.history_job.base_state`);
  - columns of other names are refused: whoever makes the batch says what it dropped.

Rows are told apart by (cluster, job_id_raw, submit_time); where a source knows no raw id, `job_id` finds the job,
and stands in for the raw id until another source tells it. Of two rows with one key the later one is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, get_args

from ..errors import InvalidInput
from ..model import ACTIVE_STATES, FINAL_STATES
from ..model.history_job import HistoryJob
from ..model.project import ProjectNames
from . import history_sql as sql
from .engines import Cursor
from .history_sql import FIELD_COLUMNS, HISTORY_COLUMNS, MOST_SECONDS
from .projects import read_projects
from .values import arrow_table, naive

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "HISTORY_COLUMNS",
    "HISTORY_EVIDENCE",
    "MOST_SECONDS",
    "HistoryEvidence",
    "MergeCount",
    "history_table",
    "merge_history",
]

HistoryEvidence = Literal["backfill", "import", "ingest", "sacct"]
"""Who told of the rows. Accounting that we asked ourselves ("backfill", "sacct") is believed before what others
sent ("import", "ingest"), which only fills gaps of jobs that our own sources saw ending."""

HISTORY_EVIDENCE: tuple[HistoryEvidence, ...] = get_args(HistoryEvidence)

_NEEDED = ("cluster", "submit_time", "state")


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeCount:
    """What became of the rows of a batch."""

    new: int = 0
    changed: int = 0
    same: int = 0  # known already, or in our queue still
    unfinished: int = 0  # not kept: the job had not ended
    refused: tuple[int, ...] = ()  # places in the batch, from 0: no cluster, no id or no time of submission

    def __add__(self, other: MergeCount) -> MergeCount:
        """The sum; places of refused rows are only kept of one batch, so those of both stand side by side."""
        return MergeCount(
            new=self.new + other.new,
            changed=self.changed + other.changed,
            same=self.same + other.same,
            unfinished=self.unfinished + other.unfinished,
            refused=self.refused + other.refused,
        )


def merge_history(
    cur: Cursor, batch: pa.Table | Sequence[HistoryJob], *, evidence: HistoryEvidence, at: datetime
) -> MergeCount:
    """Merge ended jobs, told at `at` (aware). Merging the same batch again changes nothing.

    A job that is in our queue is ended by accounting that we asked ourselves, and by nobody else. Clusters need
    not be configured. Jobs of known projects are sorted by their names; they are put into runs by `assign_runs`
    only where its caller wants that. 100,000 rows take about a second: give them in batches of some 50,000 to
    200,000. Raises `InvalidInput` for a batch whose columns are not those of `HISTORY_COLUMNS`.
    """
    if evidence not in HISTORY_EVIDENCE:
        raise InvalidInput("evidence", evidence, f"use one of {', '.join(HISTORY_EVIDENCE)}")
    table = _normal(history_table(batch) if isinstance(batch, Sequence) else batch)
    cur.register("batch", table)
    try:
        cur.execute(sql.READ, {"final": sorted(FINAL_STATES), "active": sorted(ACTIVE_STATES | {"UNKNOWN"})})
    finally:
        cur.unregister("batch")
    for statement in (*sql.SAME_JOBS, sql.TAKE):
        cur.execute(statement)
    _sort_by_project(cur)
    [(first, last)] = cur.execute(sql.SPAN).fetchall()
    is_ours = evidence in ("backfill", "sacct")
    cur.execute(sql.MATCH, {"evidence": evidence, "is_ours": is_ours, "first": first, "last": last})
    cur.execute(sql.CHANGE, {"at": naive(at)})
    cur.execute(sql.EVENTS, {"at": naive(at)})
    cur.execute(sql.ADD, {"at": naive(at), "evidence": evidence})
    [counts] = cur.execute(sql.COUNT).fetchall()
    for statement in sql.DROP:
        cur.execute(statement)
    new, changed, taken, unfinished, refused = counts
    return MergeCount(
        new=new,
        changed=changed,
        same=taken - new - changed,
        unfinished=unfinished,
        refused=tuple(refused or ()),
    )


def _sort_by_project(cur: Cursor) -> None:
    """Project and campaign of those names that say one we know; foreign names make no new projects."""
    if not (projects := read_projects(cur)):
        return
    teller, known = ProjectNames(projects), {project.name for project in projects}
    names = [name for (name,) in cur.execute(sql.NAMES).fetchall()]
    parts = [(name, part) for name in names if (part := teller.parts(name)).project in known]
    cur.register(
        "sorted_names",
        arrow_table(
            {
                "name": ("text", [name for name, _ in parts]),
                "project": ("text", [part.project for _, part in parts]),
                "campaign": ("text", [part.campaign for _, part in parts]),
            }
        ),
    )
    try:
        cur.execute(sql.SORT)
    finally:
        cur.unregister("sorted_names")


def history_table(jobs: Sequence[HistoryJob]) -> pa.Table:
    """Jobs as a table with all columns of `HISTORY_COLUMNS`."""
    columns = {
        column: (HISTORY_COLUMNS[column], list(map(attrgetter(name), jobs)))
        for name, column in FIELD_COLUMNS.items()
    }
    return arrow_table(columns)


def _normal(table: pa.Table) -> pa.Table:
    """All columns in their order, each of its type; what is missing is NULL."""
    import pyarrow as pa  # late: it costs as much as DuckDB, and readers do without

    if unknown := sorted(set(table.column_names) - HISTORY_COLUMNS.keys()):
        raise InvalidInput("columns", unknown, f"use only {', '.join(HISTORY_COLUMNS)}")
    if lacking := [name for name in _NEEDED if name not in table.column_names]:
        raise InvalidInput("columns", table.column_names, f"{', '.join(lacking)} must be there")
    if not {"job_id", "job_id_raw"} & set(table.column_names):
        raise InvalidInput("columns", table.column_names, "job_id or job_id_raw must be there")
    types = {
        "text": pa.string(),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "float": pa.float64(),
        "time": pa.timestamp("us"),
    }
    arrays = {"place": pa.array(range(table.num_rows), pa.int64())}
    for name, kind in HISTORY_COLUMNS.items():
        if name not in table.column_names:
            arrays[name] = pa.nulls(table.num_rows, types[kind])
            continue
        try:
            # an aware time becomes the same moment in UTC
            arrays[name] = table.column(name).cast(types[kind], safe=kind != "time")
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise InvalidInput(
                f"column {name}", str(table.column(name).type), f"it must hold {kind}: {error}"
            ) from error
    return pa.table(arrays)
