"""What jobs waited for. Slurm forgets a condition when it is fulfilled; here it stays."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from ..errors import ParseError
from ..model.dependency import Dependencies, parse_dependencies
from ..model.run_order import on_base
from .engines import Cursor
from .values import Kind, arrow_table, aware, naive

__all__ = ["LINKS_SQL", "note_dependencies"]

log = logging.getLogger(__name__)

LINKS_SQL = """
    SELECT cluster, job_id_raw, submit_time,
           string_agg(kind || ':' || on_job_id, ',' ORDER BY kind, on_job_id) AS links
    FROM job_dependencies WHERE on_job_id <> '' GROUP BY ALL
"""
"""SQL for the conditions that each job ever had, as Slurm would print them."""

_TOLD = """
    SELECT job_id_raw, submit_time, dependency FROM jobs
    WHERE cluster = $cluster AND dependency <> '' AND (updated = $at OR run_id IS NULL)
"""
_KEEP = """
    INSERT INTO job_dependencies
    SELECT $cluster, t.job_id_raw, t.submit_time, t.kind, t.on_job_id, t.on_base, t.delay_min, t.is_any, $at
    FROM told t ANTI JOIN (SELECT * FROM job_dependencies WHERE cluster = $cluster) k
        ON t.job_id_raw = k.job_id_raw AND t.submit_time IS NOT DISTINCT FROM k.submit_time
            AND t.kind = k.kind AND t.on_job_id = k.on_job_id
    RETURNING job_id_raw, submit_time
"""

Row = tuple[str, datetime | None, str, str, str, int, bool]


def note_dependencies(cur: Cursor, cluster: str, *, at: datetime) -> set[tuple[str, datetime | None]]:
    """Keep the conditions of the jobs that a merge at `at` changed or brought; which jobs have new ones.

    Gives raw ids with aware times of submission. A text that cannot be read is passed over.
    """
    told = cur.execute(_TOLD, {"cluster": cluster, "at": naive(at)}).fetchall()
    rows = _rows(told)
    if not rows:
        return set()
    kinds: tuple[tuple[str, Kind], ...] = (
        ("job_id_raw", "text"),
        ("submit_time", "time"),
        ("kind", "text"),
        ("on_job_id", "text"),
        ("on_base", "text"),
        ("delay_min", "int32"),
        ("is_any", "bool"),
    )
    columns = {name: (kind, [row[i] for row in rows]) for i, (name, kind) in enumerate(kinds)}
    cur.register("told", arrow_table(columns))
    try:
        new = cur.execute(_KEEP, {"cluster": cluster, "at": naive(at)}).fetchall()
    finally:
        cur.unregister("told")
    return {(raw, aware(when)) for raw, when in new}


def _rows(told: list[tuple[Any, ...]]) -> list[Row]:
    known: dict[str, Dependencies] = {}
    rows: dict[tuple[Any, ...], Row] = {}
    for raw, when, text in told:
        if text not in known:
            known[text] = _parsed(text)
        found = known[text]
        for term in found.terms:
            row = (raw, aware(when), term.kind, term.job_id, on_base(term), term.delay_min, found.is_any)
            rows[raw, when, term.kind, term.job_id] = row
    return list(rows.values())


def _parsed(text: str) -> Dependencies:
    try:
        return parse_dependencies(text)
    except ParseError as error:
        log.info("a dependency is not understood: %s", error)
        return Dependencies()
