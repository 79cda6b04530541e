"""Writing what a source holds to the store, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ..errors import InvalidInput
from ..guards import refuse_when_read_only
from ..store import Cursor, Store
from ..store.history_rows import merge_history
from ..store.run_rows import read_runs, set_run_notes, set_run_star
from ..store.runs import MAX_NEW, assign_runs, find_run
from .batch import BadRow, RunMark, Source

__all__ = ["ImportStep", "load"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportStep:
    """One batch that was written."""

    rows: int  # that were read, steps included
    new: int
    changed: int
    same: int
    unfinished: int
    bad: tuple[BadRow, ...]  # rows that were left out


def load(store: Store, source: Source) -> Iterator[ImportStep]:
    """Write all rows; those that are known already change nothing, so that it may be done again at any time.

    Each batch is one transaction. One person's jobs are put into runs: what tells of a single user is that.
    Raises `ReadOnly`, `StoreError`.
    """
    refuse_when_read_only(store, "import")
    users, written = set[str](), list[tuple[datetime, list[str]]]()
    for batch in source.read():
        at = datetime.now(UTC)
        clusters, found = (batch.table.column(name).unique().to_pylist() for name in ("cluster", "user_name"))
        users.update(filter(None, found))
        written.append((at, clusters))
        with store.write() as cur:
            count = merge_history(cur, batch.table, evidence="import", at=at)
            if source.own_jobs:
                _group(cur, clusters, at=at)
        refused = [
            BadRow(place=batch.places[i], reason="no cluster, id or time of submission") for i in count.refused
        ]
        yield ImportStep(
            rows=batch.rows,
            new=count.new,
            changed=count.changed,
            same=count.same,
            unfinished=count.unfinished,
            bad=(*batch.bad, *refused),
        )
    if not source.own_jobs and len(users) == 1:
        for at, clusters in written:
            with store.write() as cur:
                _group(cur, clusters, at=at)
    if marks := list(source.marks()):
        with store.write() as cur:
            for mark in marks:
                _mark(cur, mark)


def _group(cur: Cursor, clusters: list[str], *, at: datetime) -> None:
    for cluster in filter(None, clusters):
        while assign_runs(cur, cluster, at=at, history=True) > MAX_NEW:
            pass


def _mark(cur: Cursor, mark: RunMark) -> None:
    """Put a star and notes on the run of a job; notes that are there stay."""
    try:
        run_id = find_run(cur, mark.cluster, mark.job_id)
    except InvalidInput:
        return  # none of its jobs was in the file
    known = read_runs(cur, mark.cluster, [run_id]).get(run_id)
    if mark.starred:
        set_run_star(cur, mark.cluster, run_id, starred=True)
    if mark.notes and known is not None and not known.notes:
        set_run_notes(cur, mark.cluster, run_id, notes=mark.notes)
