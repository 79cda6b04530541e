from __future__ import annotations

from dataclasses import fields
from datetime import UTC

from clausius_panel.queries.history_rows import ROW_SQL, SORTS, HistoryRow, row_of


def test_a_row_of_the_table_becomes_a_job_with_aware_times(store):
    with store.read() as cur:
        rows = [row_of(row) for row in cur.execute(f"SELECT {ROW_SQL} FROM jobs ORDER BY job_id").fetchall()]
    assert {row.user for row in rows} == {"alice", "bob"}
    assert all(row.submit_time.tzinfo is UTC for row in rows)
    assert {row.family for row in rows} >= {"running", "failed"}


def test_lists_may_be_sorted_by_what_they_show():
    assert set(SORTS) == {field.name for field in fields(HistoryRow)} - {"family", "node_list"}
