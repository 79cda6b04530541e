"""The table runs: what is known of a run beyond its jobs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from .engines import Cursor
from .values import Kind, arrow_table, aware, clean, naive

__all__ = [
    "RUN_COLUMNS",
    "RunRecord",
    "delete_runs",
    "put_run_metadata",
    "put_runs",
    "read_runs",
    "run_work_dir",
    "set_run_notes",
    "set_run_star",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run. Times are aware, in UTC."""

    cluster: str
    run_id: str  # the root's job id when it was first seen; it stays when jobs join or end
    root_job_id: str  # the number in front of the id of the job that was submitted first
    name: str
    run_key: str
    explicit: str  # the id that its jobs name in their comments; "" if none does
    user: str
    project: str
    campaign: str
    first_submit: datetime | None
    starred: bool = False
    notes: str = ""


RUN_COLUMNS: dict[str, str] = {field.name: field.name for field in fields(RunRecord)} | {"user": "user_name"}
"""Field of `RunRecord` -> column of the table runs."""

_CHANGING = [column for name, column in RUN_COLUMNS.items() if name not in ("cluster", "run_id")]
_NAMES = ", ".join(RUN_COLUMNS.values())

# not MERGE, for the reason told in `jobs`
_UPDATE = f"""
    UPDATE runs t SET {", ".join(f"{column} = s.{column}" for column in _CHANGING)}, updated = $now
    FROM grouped_runs s WHERE t.cluster = s.cluster AND t.run_id = s.run_id
"""

_INSERT = f"""
    INSERT INTO runs ({_NAMES},
                      capture_error, batch_script, submit_command, work_dir, slurm_config, created, updated)
    SELECT {_NAMES}, '', '', '', '', '', $now, $now
    FROM grouped_runs s ANTI JOIN runs t ON t.cluster = s.cluster AND t.run_id = s.run_id
"""


def read_runs(cur: Cursor, cluster: str, run_ids: Collection[str]) -> dict[str, RunRecord]:
    """Those of these runs that there are, by id."""
    rows = cur.execute(
        f"SELECT {', '.join(RUN_COLUMNS.values())} FROM runs WHERE cluster = ? AND run_id IN (SELECT unnest(?))",
        [cluster, list(run_ids)],
    ).fetchall()
    found = [RunRecord(**_values(row)) for row in rows]
    return {run.run_id: run for run in found}


def _values(row: tuple[Any, ...]) -> dict[str, Any]:
    values = dict(zip(RUN_COLUMNS, row, strict=True))
    return values | {"first_submit": aware(values["first_submit"])}


def put_runs(cur: Cursor, runs: Collection[RunRecord]) -> None:
    """Add runs or bring them up to date; what was captured of a run stays."""
    if not runs:
        return
    columns = {column: (_kind(name), [getattr(run, name) for run in runs]) for name, column in RUN_COLUMNS.items()}
    cur.register("grouped_runs", arrow_table(columns))
    try:
        for statement in (_UPDATE, _INSERT):
            cur.execute(statement, {"now": naive(datetime.now(UTC))})
    finally:
        cur.unregister("grouped_runs")


def _kind(name: str) -> Kind:
    if name == "first_submit":
        return "time"
    return "bool" if name == "starred" else "text"


def delete_runs(cur: Cursor, cluster: str, run_ids: Collection[str]) -> None:
    """Forget runs whose jobs went into others."""
    cur.execute(
        "DELETE FROM runs WHERE cluster = ? AND run_id IN (SELECT unnest(?))",
        [cluster, list(run_ids)],
    )


def set_run_star(cur: Cursor, cluster: str, run_id: str, *, starred: bool) -> None:
    """Mark a run, or take the mark away."""
    sql = "UPDATE runs SET starred = ?, updated = ? WHERE cluster = ? AND run_id = ?"
    cur.execute(sql, [starred, naive(datetime.now(UTC)), cluster, run_id])


def set_run_notes(cur: Cursor, cluster: str, run_id: str, *, notes: str) -> None:
    """Replace what was written about a run."""
    sql = "UPDATE runs SET notes = ?, updated = ? WHERE cluster = ? AND run_id = ?"
    cur.execute(sql, [clean(notes), naive(datetime.now(UTC)), cluster, run_id])


def run_work_dir(cur: Cursor, cluster: str, run_id: str) -> str:
    """The directory in which its first job was submitted; "" while it is not known."""
    sql = """
        SELECT work_dir FROM jobs WHERE cluster = ? AND run_id = ? AND work_dir <> ''
        ORDER BY submit_time NULLS LAST, job_id_raw LIMIT 1
    """
    row = cur.execute(sql, [cluster, run_id]).fetchone()
    return str(row[0]) if row else ""


def put_run_metadata(
    cur: Cursor,
    cluster: str,
    run_id: str,
    *,
    batch_script: str,
    submit_command: str,
    work_dir: str,
    slurm_config: str,
    error: str,
    environment: str = "",
    is_final: bool = True,
) -> None:
    """Keep what was captured of a run; an empty text erases nothing that an earlier look found.

    Without `is_final` the run counts as one that was not asked for yet.
    """
    texts = {
        "batch_script": batch_script,
        "submit_command": submit_command,
        "work_dir": work_dir,
        "slurm_config": slurm_config,
        "environment": environment,
    }
    changes = ", ".join(f"{name} = coalesce(nullif(${name}, ''), {name}, '')" for name in texts)
    cur.execute(
        f"UPDATE runs SET captured_at = $at, capture_error = $error, {changes} "
        "WHERE cluster = $cluster AND run_id = $run_id",
        {name: clean(text) for name, text in texts.items()}
        | {"at": naive(datetime.now(UTC)) if is_final else None, "error": clean(error)}
        | {"cluster": cluster, "run_id": run_id},
    )
