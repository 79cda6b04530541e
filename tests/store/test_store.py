import os
import stat
import threading

import duckdb
import pytest

from clausius_panel.errors import InvalidInput, SchemaTooNew, StoreError, StoreMissing
from clausius_panel.store import Store
from tests.store.processes import add_row, count_rows


def test_what_is_written_is_read(store):
    add_row(store)
    assert count_rows(store) == 1


def test_a_store_is_for_its_owner_only(store, path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_creating_a_store_that_is_there_keeps_what_it_has(store, path):
    add_row(store)
    assert count_rows(Store.create(path)) == 1


def test_a_store_opens_from_a_url(store, path):
    add_row(store)
    assert count_rows(Store.open(f"duckdb://{path}")) == 1


def test_a_path_with_quotes_and_spaces_is_a_path(tmp_path):
    store = Store.create(tmp_path / 'it\'s a "store" é.duckdb')
    add_row(store)
    assert count_rows(Store.open(store.backup(tmp_path / "o'clock"))) == 1
    store.close()


@pytest.mark.parametrize(
    "url", ["postgresql://host/db", "duckdb://relative/x", "duckdb://", "https:///x", "", "a\0b"]
)
def test_a_url_that_names_no_file_is_refused(url):
    with pytest.raises(InvalidInput, match="duckdb:///path"):
        Store.open(url)


def test_a_directory_is_no_store(tmp_path):
    with pytest.raises(InvalidInput, match="directory"):
        Store.create(tmp_path)


def test_a_missing_store_is_told_and_not_made(path):
    with pytest.raises(StoreMissing, match="clausius setup"):
        Store.open(path)
    assert not path.exists()


def test_a_store_removed_while_in_use_is_missing_and_not_made_anew(store, path):
    store.close()
    path.unlink()
    with pytest.raises(StoreMissing), store.write():
        pass
    assert not path.exists()


def test_a_directory_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be made"):
        Store.create(tmp_path / "file" / "x.duckdb")


@pytest.mark.parametrize("content", [b"", b"not a database", "half"])
def test_a_damaged_file_is_told_and_left_alone(store, path, content):
    store.close()
    data = path.read_bytes()[:20_000] if content == "half" else content
    path.write_bytes(data)
    with pytest.raises(StoreError, match=r"cannot be opened.*backup"):
        Store.open(path)
    assert path.read_bytes() == data


def test_a_newer_schema_is_refused(store, path):
    with store.write() as cur:
        cur.execute("INSERT INTO schema_version VALUES (99, now()::TIMESTAMP)")
    store.close()
    with pytest.raises(SchemaTooNew, match="99") as told:
        Store.open(path)
    assert told.value.found == 99


def test_an_upgrade_by_another_process_is_noticed_at_the_next_opening(store):
    with store.write() as cur:
        cur.execute("INSERT INTO schema_version VALUES (99, now()::TIMESTAMP)")
    store.close()
    with pytest.raises(SchemaTooNew), store.read():
        pass


def test_an_error_undoes_the_whole_transaction(store):
    def fail():
        with store.write() as cur:
            cur.execute("INSERT INTO audit VALUES (now()::TIMESTAMP, '', '', '', '', '', '')")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert count_rows(store) == 0
    add_row(store)
    assert count_rows(store) == 1


def test_a_wrong_statement_is_a_store_error_in_one_line(store):
    with pytest.raises(StoreError, match="nonsense") as told, store.write() as cur:
        cur.execute("nonsense")
    assert "\n" not in str(told.value)
    assert isinstance(told.value.__cause__, duckdb.Error)


def test_reading_cannot_write(store):
    add_row(store)  # the connection is open for writing now
    with pytest.raises(StoreError, match="read-only"), store.read() as cur:
        cur.execute("DELETE FROM audit")
    assert count_rows(store) == 1


def test_a_reader_sees_one_state_while_another_thread_writes(store):
    add_row(store)
    with store.read() as cur:
        before = cur.execute("SELECT count(*) FROM audit").fetchall()
        writer = threading.Thread(target=add_row, args=(store,))
        writer.start()
        writer.join(0.1)
        assert cur.execute("SELECT count(*) FROM audit").fetchall() == before
    writer.join()
    assert count_rows(store) == 2


def test_reading_within_reading_works(store):
    with store.read() as outer, store.read() as inner:
        assert inner.execute("SELECT 1").fetchall() == outer.execute("SELECT 1").fetchall()


def test_writing_within_reading_is_refused_and_not_a_deadlock(store):
    with store.read(), pytest.raises(StoreError, match="finish that"), store.write():
        pass


@pytest.mark.parametrize("inner", ["read", "write"])
def test_using_the_store_within_writing_is_refused_and_not_a_deadlock(store, inner):
    with store.write(), pytest.raises(StoreError, match="pass its cursor on"), getattr(store, inner)():
        pass
    assert count_rows(store) == 0


def test_a_text_argument_reaches_the_file_as_it_is(store):
    text = "it's \"quoted\"\n\t\0 '; DROP TABLE audit; -- 🚀 \u202e"
    add_row(store, text)
    with store.read() as cur:
        assert cur.execute("SELECT action FROM audit").fetchall() == [(text,)]


def test_what_is_remembered_is_asked_again_after_a_write(store):
    def count(cur):
        asked.append(1)
        return cur.execute("SELECT count(*) FROM audit").fetchall()

    asked = []
    assert [store.remembered("rows", count) for _ in range(3)] == [[(0,)]] * 3
    add_row(store)
    assert [store.remembered("rows", count) for _ in range(3)] == [[(1,)]] * 3
    assert len(asked) == 2


def test_what_is_no_regular_file_is_no_store_and_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="no regular file"):
        Store.open(tmp_path / "pipe")


def test_a_path_that_is_no_utf_8_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="UTF-8"):
        Store.create(tmp_path / "\udcff" / "clausius.duckdb")


def test_a_path_that_cannot_be_looked_at_is_told(tmp_path):
    with pytest.raises(StoreError, match="cannot be looked at"):
        Store.open(tmp_path / ("x" * 300))
