"""All jobs put into runs anew, after the rules have changed: in steps, between which others get at the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from .engines import Cursor
from .run_rows import delete_runs, put_runs, read_runs
from .runs import BASE_SQL, MAX_NEW, assign_runs
from .store import Store

__all__ = ["regroup"]

_HEIRS = f"""
    SELECT r.run_id, first(j.run_id ORDER BY (j.submit_time IS NOT DISTINCT FROM r.first_submit) DESC,
                                             j.submit_time DESC NULLS LAST)
    FROM runs r JOIN (SELECT run_id, submit_time, {BASE_SQL} AS base FROM jobs
                      WHERE cluster = $cluster AND run_id IS NOT NULL) j ON j.base = r.root_job_id
    WHERE r.cluster = $cluster
        AND r.run_id NOT IN (SELECT run_id FROM jobs WHERE cluster = $cluster AND run_id IS NOT NULL)
    GROUP BY r.run_id ORDER BY r.run_id
"""
"""Runs that have no job any more, each with the run that its first job is in now."""


def regroup(store: Store) -> int:
    """Put the jobs that `forget_grouping` took out of their runs into runs; how many.

    A star and notes go where the first job goes. Where it is interrupted the next polls do the rest. Raises
    `StoreError`.
    """
    with store.read() as cur:
        found = cur.execute("SELECT DISTINCT cluster FROM jobs WHERE run_id IS NULL ORDER BY 1").fetchall()
    return sum(_regroup(store, cluster) for (cluster,) in found)


def _regroup(store: Store, cluster: str) -> int:
    first = before = None
    while True:
        with store.write() as cur:
            left = assign_runs(cur, cluster, at=datetime.now(UTC))
            is_done = left <= MAX_NEW or left == before  # the same again: they can be in no run
            if is_done:
                _settle(cur, cluster)
        first = left if first is None else first
        if is_done:
            return first
        before = left


def _settle(cur: Cursor, cluster: str) -> None:
    """Forget runs that went into others, and give those what people had said about them."""
    heirs = dict(cur.execute(_HEIRS, {"cluster": cluster}).fetchall())
    known = read_runs(cur, cluster, {*heirs, *heirs.values()})
    for lost, heir in heirs.items():
        old, new = known[lost], known[heir]
        notes = "\n\n".join(text for text in dict.fromkeys((new.notes, old.notes)) if text)
        known[heir] = replace(new, starred=new.starred or old.starred, notes=notes)
    put_runs(cur, [known[heir] for heir in sorted(set(heirs.values()))])
    delete_runs(cur, cluster, list(heirs))
