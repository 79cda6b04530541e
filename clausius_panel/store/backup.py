"""Copies of the store, made while it is in use, and their way back."""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ..errors import InvalidInput, SchemaTooNew, StoreBusy, StoreError
from . import migrations
from .engines import CONFIG, Cursor
from .gate import Gate, private
from .revision import Revision
from .schema import SCHEMA_VERSION
from .values import first_line

__all__ = ["BackupContent", "back_up", "backup_times", "check_backup", "fingerprint", "restore"]

_COPY = "clausius_copy"
_NAME = re.compile(r"-([0-9]{8}-[0-9]{6}-[0-9]{6})\.duckdb")
_STALE_S = 3600  # after which an unfinished copy is that of a process that was killed


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupContent:
    """What a copy holds, every block of which was read."""

    version: int  # of the schema
    jobs: int
    rows: int  # of all tables


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


def backup_times(directory: Path, *, stem: str) -> dict[Path, datetime]:
    """The copies of one series by the time (UTC) at which each was begun, the oldest first."""
    found = {}
    for path in sorted(directory.glob(f"{stem}-????????-??????-??????.duckdb")):
        if told := _NAME.fullmatch(path.name.removeprefix(stem)):
            with suppress(ValueError):  # no time after all
                found[path] = datetime.strptime(told[1], "%Y%m%d-%H%M%S-%f").replace(tzinfo=UTC)
    return found


def check_backup(path: Path) -> BackupContent:
    """Open a copy for reading, and read all of it. Raises `InvalidInput`, `SchemaTooNew`."""
    if not path.is_file():
        raise InvalidInput("backup", str(path), "name a file that `clausius backup` made")
    if path.with_name(path.name + ".wal").exists():
        raise InvalidInput("backup", str(path), "it is in use, or was not closed; name a copy that was")
    try:
        with duckdb.connect(path, read_only=True, config=CONFIG) as connection:
            version = migrations.version(connection)
            [(name,)] = connection.execute("SELECT current_database()").fetchall()
            counts = {table: count for table, (count, _) in fingerprint(connection, name).items()}
    except duckdb.Error as exc:
        raise InvalidInput("backup", str(path), f"it cannot be read as a whole: {first_line(exc)}") from exc
    if version > SCHEMA_VERSION:
        raise SchemaTooNew(path, version, SCHEMA_VERSION)
    if not version or "jobs" not in counts:
        raise InvalidInput("backup", str(path), "a DuckDB file, but no store of ours")
    return BackupContent(version=version, jobs=counts["jobs"], rows=sum(counts.values()))


def restore(backup: Path, path: Path, *, timeout_s: float = 30.0) -> Path | None:
    """Put a checked copy in the place of the store at `path`, and give where the replaced file lies now.

    The store at `path` must be closed in this process. At every moment there is a whole file at `path`: whoever is
    killed in between leaves the old or the new one. None: there was none. Raises `StoreBusy`, `StoreError`.
    """
    aside = path.with_name(f"{path.stem}-replaced-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.duckdb")
    draft = path.with_name(path.name + ".restoring")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _copy_file(backup, draft)
        try:
            turn = Gate(path).enter(exclusive=True, deadline=time.monotonic() + timeout_s)
        except TimeoutError:
            draft.unlink()
            raise StoreBusy(path, timeout_s) from None
        try:
            is_replaced = path.exists()
            if is_replaced:
                _set_aside(path, aside)
            Revision(path).begin()
            draft.replace(path)
            Revision(path).repair()
        finally:
            turn.leave()
    except OSError as exc:
        raise StoreError(f"{path}: cannot be restored: {exc}") from exc
    return aside if is_replaced else None


def _copy_file(source: Path, target: Path) -> None:
    """A copy that is on disk when this returns. Raises `OSError`."""
    with source.open("rb") as old, open(target, "wb", opener=private) as new:
        shutil.copyfileobj(old, new, 1024 * 1024)
        new.flush()
        os.fsync(new.fileno())


def _set_aside(path: Path, aside: Path) -> None:
    """A second name for the file. The log of what is not in it yet goes along: the new file must not get it."""
    log = path.with_name(path.name + ".wal")
    if log.exists():
        with suppress(duckdb.Error):  # it is damaged, which may be why it is replaced
            duckdb.connect(path, config=CONFIG).close()  # puts the log into the file
    os.link(path, aside)
    with suppress(FileNotFoundError):
        log.replace(aside.with_name(aside.name + ".wal"))


def _drop_oldest(directory: Path, *, stem: str, keep: int) -> None:
    """Names sort by time; a longer stem is another series. What a killed process left unfinished goes too."""
    for left in directory.glob(f"{stem}-????????-??????-??????.partial*"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > _STALE_S:
                left.unlink()
    ours = sorted(directory.glob(f"{stem}-????????-??????-??????.duckdb"))
    for old in ours[:-keep]:
        old.unlink()
