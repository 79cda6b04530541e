import os
import stat
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from clausius_panel.errors import InvalidInput, SchemaTooNew, StoreBusy, StoreError
from clausius_panel.store import Store
from clausius_panel.store.backup import back_up, backup_times, check_backup, fingerprint, restore
from clausius_panel.store.schema import MIGRATIONS, SCHEMA_VERSION
from tests.store.processes import add_row, count_rows, heard, wait_until


def test_a_backup_is_a_store_with_the_same_content(store, tmp_path):
    add_row(store, "it's 🚀")
    copy = store.backup(tmp_path / "backups")
    add_row(store)
    restored = Store.open(copy)
    with restored.read() as cur:
        assert cur.execute("SELECT action FROM audit").fetchall() == [("it's 🚀",)]
    restored.close()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_backup_leaves_nothing_else_in_its_directory(store, tmp_path):
    copy = store.backup(tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == [copy]


def test_only_the_newest_backups_stay(store, tmp_path):
    other = tmp_path / "clausius-notes.duckdb"
    other.touch()
    made = [store.backup(tmp_path, keep=3) for _ in range(5)]
    assert sorted(tmp_path.glob("clausius-2*.duckdb")) == made[2:]
    assert other.exists()


def test_keeping_none_is_refused(store, tmp_path):
    with pytest.raises(InvalidInput, match="keep"):
        store.backup(tmp_path, keep=0)


def test_a_backup_that_cannot_be_written_is_told(store, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="backup to"):
        store.backup(tmp_path / "file")
    add_row(store)
    assert count_rows(store) == 1


def test_one_changed_value_changes_the_fingerprint(store):
    def now():
        with store.read() as cur:
            [(database,)] = cur.execute("SELECT current_database()").fetchall()
            return fingerprint(cur, database)

    add_row(store, "a")
    seen = [now()]
    with store.write() as cur:
        cur.execute("UPDATE audit SET action = 'b'")
    seen.append(now())
    with store.write() as cur:
        cur.execute("UPDATE audit SET action = 'a'")
    seen.append(now())
    assert seen[0] == seen[2] != seen[1]


def test_a_failed_backup_leaves_nothing_behind_and_can_be_repeated(store, tmp_path):
    with store.read() as cur, pytest.raises(StoreError, match="backup to"):
        back_up(cur, tmp_path / "backups", stem="x", keep=1)  # a transaction is open: it cannot attach and copy
    assert list((tmp_path / "backups").iterdir()) == []
    store.backup(tmp_path / "backups")


def test_backups_made_while_others_write_are_each_consistent(store, tmp_path):
    def write_pairs():
        while not stop.is_set():
            with store.write() as cur:
                cur.execute("INSERT INTO audit VALUES (now()::TIMESTAMP, 'a', '', '', '', '', '')")
                cur.execute("INSERT INTO audit VALUES (now()::TIMESTAMP, 'b', '', '', '', '', '')")

    stop = threading.Event()
    writer = threading.Thread(target=write_pairs)
    writer.start()
    copies = [store.backup(tmp_path / "backups") for _ in range(3)]
    stop.set()
    writer.join()
    for copy in copies:
        restored = Store.open(copy)
        assert count_rows(restored) % 2 == 0
        restored.close()


def test_a_backup_is_checked_and_comes_back(store, path, tmp_path):
    add_row(store, "a")
    copy = store.backup(tmp_path / "backups")
    add_row(store, "b")
    content = check_backup(copy)
    assert (content.version, content.jobs, content.rows) == (SCHEMA_VERSION, 0, 1 + SCHEMA_VERSION)
    before = store.revision
    store.close()
    aside = restore(copy, path)
    assert count_rows(store) == 1
    assert store.revision > before
    assert aside is not None
    replaced = Store.open(aside)
    assert count_rows(replaced) == 2
    replaced.close()
    assert copy.exists()


def test_what_was_remembered_of_the_replaced_store_is_asked_again(store, path, tmp_path):
    def count(cur):
        return cur.execute("SELECT count(*) FROM audit").fetchall()[0][0]

    copy = store.backup(tmp_path / "backups")
    add_row(store)
    assert store.remembered("rows", count) == 1
    store.close()
    restore(copy, path)
    assert store.remembered("rows", count) == 0


def test_a_store_that_is_damaged_is_replaced_too(store, path, tmp_path):
    add_row(store)
    copy = store.backup(tmp_path / "backups")
    store.close()
    path.write_bytes(b"damaged" * 1000)
    path.with_name(path.name + ".wal").write_bytes(b"its log")
    aside = restore(copy, path)
    assert aside.read_bytes().startswith(b"damaged")
    assert aside.with_name(aside.name + ".wal").read_bytes() == b"its log"
    assert count_rows(store) == 1


def test_what_a_killed_writer_left_in_its_log_goes_aside_and_not_into_the_restored_store(
    store, path, tmp_path, spawn
):
    copy = store.backup(tmp_path / "backups")
    store.close()
    heard(spawn("store = Store.open(path)\nadd(store)\nsay('done')\nos.kill(os.getpid(), signal.SIGKILL)"), "done")
    wait_until(lambda: path.with_name(path.name + ".wal").exists())
    aside = restore(copy, path)
    assert count_rows(store) == 0
    store.close()
    replaced = Store.open(aside)
    assert count_rows(replaced) == 1
    replaced.close()


def test_where_there_is_no_store_a_backup_makes_one(store, tmp_path):
    add_row(store)
    copy = store.backup(tmp_path / "backups")
    elsewhere = tmp_path / "elsewhere" / "clausius.duckdb"
    assert restore(copy, elsewhere) is None
    found = Store.open(elsewhere)
    assert count_rows(found) == 1
    found.close()


def test_a_store_that_others_use_is_not_replaced_under_them(store, path, tmp_path, spawn):
    copy = store.backup(tmp_path / "backups")
    store.close()
    process = spawn(
        "store = Store.open(path)\nwith store.write() as cur:\n    say('in')\n    sys.stdin.readline()"
    )
    heard(process, "in")
    with pytest.raises(StoreBusy):
        restore(copy, path, timeout_s=0.2)
    assert not path.with_name(path.name + ".restoring").exists()


def test_what_is_no_whole_store_is_no_backup(store, tmp_path):
    fill(store)
    copy = store.backup(tmp_path / "backups")
    cut = tmp_path / "cut.duckdb"
    cut.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])
    stranger = tmp_path / "stranger.duckdb"
    with duckdb.connect(stranger) as connection:
        connection.execute("CREATE TABLE x (y INTEGER)")
    newer = tmp_path / "newer.duckdb"
    newer.write_bytes(copy.read_bytes())
    with duckdb.connect(newer) as connection:
        connection.execute("INSERT INTO schema_version VALUES (999, now()::TIMESTAMP)")
    for path in (cut, stranger, tmp_path, tmp_path / "nosuch", Path("/dev/null")):
        with pytest.raises(InvalidInput, match="backup"):
            check_backup(path)
    with pytest.raises(SchemaTooNew):
        check_backup(newer)


def test_backups_are_known_by_their_time_and_strangers_are_not(tmp_path):
    names = [
        "a-20260102-030405-000006",
        "a-20260101-000000-000000",
        "a-b-20260101-000000-000000",
        "a-99999999-000000-000000",
    ]
    for name in names:
        (tmp_path / f"{name}.duckdb").touch()
    found = backup_times(tmp_path, stem="a")
    assert [path.stem for path in found] == [names[1], names[0]]
    assert found[tmp_path / f"{names[0]}.duckdb"] == datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)


MANY = 20_000


def fill(store):
    """Rows that cannot be packed, so that copying them takes a moment."""
    with store.write() as cur:
        sql = "INSERT INTO audit SELECT now()::TIMESTAMP, uuid()::VARCHAR, uuid()::VARCHAR, '', '', '', ''"
        cur.execute(f"{sql} FROM range({MANY})")


_KILLED = """
import itertools
store = Store.open(path)
say("ready")
for n in itertools.count():
    {work}
"""


@pytest.mark.parametrize("pause_s", [0.0, 0.1])
def test_a_backup_that_is_killed_leaves_the_store_whole_and_no_half_copy(store, path, tmp_path, spawn, pause_s):
    fill(store)
    store.close()
    process = spawn(_KILLED.format(work="store.backup(path.parent / 'backups')"))
    heard(process, "ready")
    time.sleep(pause_s)
    process.kill()
    process.wait()
    assert count_rows(store) == MANY
    for copy in backup_times(path.parent / "backups", stem=path.stem):
        assert check_backup(copy).rows == MANY + SCHEMA_VERSION
    old = time.time() - 7200
    for left in (path.parent / "backups").glob("*.partial*"):
        os.utime(left, (old, old))
    store.backup(path.parent / "backups")
    assert list((path.parent / "backups").glob("*.partial*")) == []


@pytest.mark.parametrize("pause_s", [0.0, 0.08])
def test_a_restore_that_is_killed_leaves_the_old_or_the_new_store(store, path, tmp_path, spawn, pause_s):
    copy = store.backup(tmp_path / "backups")
    fill(store)
    full = store.backup(tmp_path / "full")
    store.close()
    work = f"store.close(); restore(Path({str(copy)!r}) if n % 2 else Path({str(full)!r}), path)"
    process = spawn("from clausius_panel.store.backup import restore" + _KILLED.format(work=work))
    heard(process, "ready")
    time.sleep(pause_s)
    process.kill()
    process.wait()
    assert count_rows(store) in (0, MANY)
    add_row(store)


@pytest.mark.parametrize("pause_s", [0.02, 0.1])
def test_a_migration_that_is_killed_leaves_the_old_or_the_new_store(path, spawn, pause_s):
    old = Store.create(path, steps=MIGRATIONS[:1])
    fill(old)
    old.close()
    process = spawn("say('ready')\nstore = Store.open(path)\nsay('done')")
    heard(process, "ready")
    time.sleep(pause_s)
    process.kill()
    process.wait()
    with duckdb.connect(path, read_only=True) as connection:
        versions = [
            each for (each,) in connection.execute("SELECT version FROM schema_version ORDER BY 1").fetchall()
        ]
    assert versions == list(range(1, len(versions) + 1))
    store = Store.open(path)
    assert count_rows(store) == MANY
    store.close()
