"""Bringing a store to the newest schema, step by step.

Each step runs in one transaction with its row in schema_version(version, applied_at), so that a step has happened
wholly or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import duckdb

from ..errors import StoreError
from .engines import Cursor
from .values import aware, first_line, naive

__all__ = ["applied", "migrate", "pending", "version"]


_VERSIONS = "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL, applied_at TIMESTAMP NOT NULL)"


def applied(cur: Cursor) -> list[tuple[int, datetime]]:
    """The versions that this store went through and when (UTC), oldest first; empty for an empty file."""
    try:
        rows = cur.execute("SELECT version, applied_at FROM schema_version ORDER BY version").fetchall()
    except duckdb.CatalogException:
        return []
    return [(number, aware(when)) for number, when in rows]


def version(cur: Cursor) -> int:
    """The version of the schema; 0 for an empty file."""
    return max((number for number, _ in applied(cur)), default=0)


def pending(cur: Cursor, *, steps: Sequence[str]) -> list[int]:
    """The versions that `migrate` would bring it to."""
    return list(range(version(cur) + 1, len(steps) + 1))


def migrate(cur: Cursor, *, steps: Sequence[str]) -> list[int]:
    """Run the steps that are missing and give their versions. Raises `StoreError` for a file that is none of ours.

    `cur` must be able to write and be in no transaction.
    """
    todo = pending(cur, steps=steps)
    if todo and todo[0] == 1 and (strangers := _tables(cur) - {"schema_version"}):
        raise StoreError(f"a DuckDB file, but no store of ours: it has {', '.join(sorted(strangers)[:5])}")
    for number in todo:
        cur.begin()
        try:
            cur.execute(_VERSIONS)
            cur.execute(steps[number - 1])
            cur.execute("INSERT INTO schema_version VALUES (?, ?)", [number, naive(datetime.now(UTC))])
            cur.commit()
        except duckdb.Error as exc:
            cur.rollback()
            raise StoreError(f"schema version {number} could not be made: {first_line(exc)}") from exc
    return todo


def _tables(cur: Cursor) -> set[str]:
    rows = cur.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
    ).fetchall()
    return {name for (name,) in rows}
