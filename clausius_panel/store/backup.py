"""Copies of the store, made while it is in use."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ..errors import StoreError
from .lease import Cursor
from .values import first_line

__all__ = ["back_up", "fingerprint"]

_COPY = "clausius_copy"


def back_up(cur: Cursor, directory: Path, *, stem: str, keep: int) -> Path:
    """Copy the database of `cur` (in no transaction) to a new file STEM-TIME.duckdb and give its path.

    The copy has its name only when it is complete and was read back. Raises `StoreError`.
    """
    target = directory / f"{stem}-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.duckdb"
    partial = target.with_suffix(".partial")
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with ExitStack() as undo:
            for left in (partial, partial.with_name(partial.name + ".wal")):
                undo.callback(left.unlink, missing_ok=True)
            _copy(cur, partial)
            partial.chmod(0o600)
            partial.replace(target)
        _drop_oldest(directory, stem=stem, keep=keep)
    except (OSError, duckdb.Error) as exc:
        raise StoreError(f"backup to {directory} failed: {first_line(exc)}") from exc
    return target


def _copy(cur: Cursor, target: Path) -> None:
    [(source,)] = cur.execute("SELECT current_database()").fetchall()
    path = "'" + str(target).replace("'", "''") + "'"
    cur.execute(f"ATTACH {path} AS {_COPY} (READ_WRITE)")
    try:
        cur.begin()  # the copy and the fingerprint are of one moment
        cur.execute(f"COPY FROM DATABASE {_quoted(source)} TO {_COPY}")
        expected = fingerprint(cur, source)
        cur.commit()
        cur.execute(f"DETACH {_COPY}")
        cur.execute(f"ATTACH {path} AS {_COPY} (READ_ONLY)")
        if (found := fingerprint(cur, _COPY)) != expected:
            wrong = sorted(name for name in expected if found.get(name) != expected[name])
            raise StoreError(f"{target}: the copy differs in {', '.join(wrong)}")
    finally:
        _abandon(cur)


def _abandon(cur: Cursor) -> None:
    """Detach the copy, whatever state the cursor is in."""
    for statement in ("ROLLBACK", f"DETACH DATABASE IF EXISTS {_COPY}"):
        try:
            cur.execute(statement)
        except duckdb.TransactionException:  # nothing to roll back
            continue


def fingerprint(cur: Cursor, database: str) -> dict[str, tuple[int, int]]:
    """For each table the number of rows and a checksum of all values; reads every block."""
    tables = cur.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND NOT temporary ORDER BY 1", [database]
    ).fetchall()
    found = {}
    for (table,) in tables:
        sql = f"SELECT count(*), coalesce(bit_xor(hash(t)), 0) FROM {_quoted(database)}.{_quoted(table)} t"
        [found[table]] = cur.execute(sql).fetchall()
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _drop_oldest(directory: Path, *, stem: str, keep: int) -> None:
    """Names sort by time; a longer stem is another series."""
    ours = sorted(directory.glob(f"{stem}-????????-??????-??????.duckdb"))
    for old in ours[:-keep]:
        old.unlink()
