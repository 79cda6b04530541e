import pytest

from clausius_panel.errors import StoreError
from clausius_panel.store import Store
from clausius_panel.store.revision import Revision
from tests.store.processes import add_row, finished


def test_the_revision_grows_with_every_write_and_only_then(store):
    seen = [store.revision]
    for _ in range(3):
        add_row(store)
        with store.read():
            seen.append(store.revision)
    assert seen == sorted(set(seen))


def test_a_write_that_was_undone_leaves_the_revision(store):
    before = store.revision
    with pytest.raises(KeyError), store.write():
        raise KeyError
    assert store.revision == before


def test_another_process_moves_the_revision(store, spawn):
    before = store.revision
    store.close()
    finished(spawn("add(Store.open(path))"))
    assert store.revision > before


def test_a_lost_revision_file_does_not_turn_the_number_back(store, path):
    add_row(store)
    before = store.revision
    path.with_name(path.name + ".revision").unlink()
    assert store.revision == 0
    add_row(store)
    assert store.revision > before


def test_a_writer_that_dies_after_its_commit_is_still_seen(store, path):
    before = store.revision
    Revision(path).begin()  # what a killed writer leaves
    store.close()
    with store.read():
        after = store.revision
    assert after > before + 1
    with store.read():
        assert store.revision == after


def test_asking_for_the_revision_opens_no_database(path):
    assert Store(path).revision == 0
    assert not path.exists()


def test_a_revision_that_cannot_be_used_is_told(tmp_path):
    (tmp_path / "x.revision").mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        Revision(tmp_path / "x").read()


def test_a_revision_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(StoreError, match="cannot be written"):
        Revision(tmp_path / "missing" / "x").begin()
