import subprocess
import sys

import duckdb
import pytest

from clausius_panel.errors import SchemaTooNew, StoreError
from clausius_panel.store import Store
from clausius_panel.store.migrations import applied, pending, version
from clausius_panel.store.schema import MIGRATIONS, SCHEMA_VERSION
from tests.store.processes import add_row, count_rows, wait_until

NEXT = (*MIGRATIONS, "CREATE TABLE more (x INTEGER); ALTER TABLE jobs ADD COLUMN mood VARCHAR;")
BROKEN = (*MIGRATIONS, "CREATE TABLE more (x INTEGER); CREATE TABLE more (x INTEGER);")


def tables(store):
    with store.read() as cur:
        return {name for (name,) in cur.execute("SELECT table_name FROM duckdb_tables()").fetchall()}


def backups(path):
    return sorted((path.parent / "backups").glob("*.duckdb"))


def test_a_new_store_has_the_newest_schema(store):
    with store.read() as cur:
        assert version(cur) == SCHEMA_VERSION == len(MIGRATIONS)
        assert [number for number, _ in applied(cur)] == list(range(1, SCHEMA_VERSION + 1))
        assert all(when.tzinfo is not None for _, when in applied(cur))
        assert pending(cur, steps=MIGRATIONS) == []


def test_an_older_schema_is_backed_up_and_migrated_when_opened(store, path):
    add_row(store)
    store.close()
    newer = Store.open(path, steps=NEXT)
    assert "more" in tables(newer)
    assert count_rows(newer) == 1
    newer.close()
    [backup] = backups(path)
    old = Store.open(backup)
    assert "more" not in tables(old)
    assert count_rows(old) == 1
    old.close()


def test_opening_an_up_to_date_store_makes_no_backup(store, path):
    Store.open(path).close()
    assert backups(path) == []


def test_a_migration_is_a_new_revision(store, path):
    before = store.revision
    store.close()
    Store.open(path, steps=NEXT).close()
    assert store.revision > before


def test_a_step_that_fails_leaves_the_older_schema_whole(store, path):
    add_row(store)
    store.close()
    with pytest.raises(StoreError, match=f"schema version {len(MIGRATIONS) + 1} could not be made"):
        Store.open(path, steps=BROKEN)
    again = Store.open(path)
    assert "more" not in tables(again)
    assert count_rows(again) == 1
    again.close()


def test_an_empty_database_becomes_a_store(path):
    path.parent.mkdir()
    duckdb.connect(path).close()
    store = Store.open(path)
    assert count_rows(store) == 0
    store.close()
    assert backups(path) == []


def test_somebody_elses_database_is_refused_and_left_alone(path):
    path.parent.mkdir()
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE sales (x INTEGER)")
    for way in (Store.open, Store.create):
        with pytest.raises(StoreError, match="no store of ours: it has sales"):
            way(path)
    with duckdb.connect(path) as connection:
        assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("sales",)]


def test_an_older_program_refuses_the_newer_store(store, path):
    store.close()
    Store.open(path, steps=NEXT).close()
    with pytest.raises(SchemaTooNew, match="upgrade"):
        Store.open(path)


OPEN = """
import sys
from pathlib import Path
from clausius_panel.store import Store
from clausius_panel.store.schema import MIGRATIONS
path, number, there = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
stay = f"COPY (SELECT 1) TO '{there}'; SELECT count(*) FROM range(100_000_000_000) a, range(100) b;"
Store.open(path, steps=(*MIGRATIONS[: number - 1], MIGRATIONS[number - 1] + stay))
"""


@pytest.mark.parametrize("number", range(2, SCHEMA_VERSION + 1))
def test_a_process_that_is_killed_within_a_step_leaves_the_older_schema_whole(number, path, tmp_path):
    old = Store.create(path, steps=MIGRATIONS[:1])
    add_row(old)
    old.close()
    there = tmp_path / "within"
    words = [sys.executable, "-c", OPEN, str(path), str(number), str(there)]
    with subprocess.Popen(words) as process:
        wait_until(there.exists)
        process.kill()
    with duckdb.connect(path, read_only=False) as connection:
        assert version(connection) == number - 1
        columns = "SELECT column_name FROM duckdb_columns() WHERE table_name = 'jobs'"
        names = {name for (name,) in connection.execute(columns).fetchall()}
    assert ("run_id" in names, "used_at" in names) == (number > 2, False)
    newer = Store.open(path)
    with newer.read() as cur:
        assert version(cur) == SCHEMA_VERSION
    assert count_rows(newer) == 1
    newer.close()
    assert not list((path.parent / "backups").glob("*.partial"))
