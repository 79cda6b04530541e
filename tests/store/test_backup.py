import stat
import threading

import pytest

from clausius_panel.errors import InvalidInput, StoreError
from clausius_panel.store import Store
from clausius_panel.store.backup import back_up, fingerprint
from tests.store.processes import add_row, count_rows


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


def test_one_changed_value_changes_the_fingerprint(store, path):
    def now():
        with store.read() as cur:
            return fingerprint(cur, path.stem)

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
