import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clausius_panel.service.backups import DailyBackups, back_up_daily, backup_directory
from clausius_panel.store import Store, set_setting
from clausius_panel.store.backup import backup_times
from tests.faces import a_runtime
from tests.stores import new_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = new_store(tmp_path / "clausius.duckdb")
    yield store
    store.close()


def aged(copy: Path, days: float) -> Path:
    when = datetime.now(UTC) - timedelta(days=days)
    return copy.rename(copy.with_name(f"clausius-{when:%Y%m%d-%H%M%S-%f}.duckdb"))


def test_a_copy_is_made_once_a_day(store, tmp_path):
    first = back_up_daily(store, tmp_path / "backups")
    assert first is not None
    assert back_up_daily(store, tmp_path / "backups") is None
    aged(first, 0.99)
    assert back_up_daily(store, tmp_path / "backups") is None
    aged(next(iter(backup_times(tmp_path / "backups", stem="clausius"))), 1.01)
    assert back_up_daily(store, tmp_path / "backups") is not None


def test_seven_copies_stay(store, tmp_path):
    for day in range(9, 0, -1):
        made = back_up_daily(store, tmp_path)
        assert made is not None
        aged(made, day + 0.5)
    back_up_daily(store, tmp_path)
    assert len(backup_times(tmp_path, stem="clausius")) == 7


def test_it_can_be_switched_off(store, tmp_path):
    with store.write() as cur:
        set_setting(cur, "daily_backups", value=False)
    assert back_up_daily(store, tmp_path) is None


def test_of_several_at_once_one_makes_the_copy(store, tmp_path):
    threads = [threading.Thread(target=back_up_daily, args=[store, tmp_path]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(backup_times(tmp_path, stem="clausius")) == 1


def test_while_it_is_served_the_store_is_copied(tmp_path):
    with a_runtime(tmp_path) as runtime, DailyBackups(runtime):
        deadline = time.monotonic() + 10
        while not (made := backup_times(backup_directory(runtime), stem="clausius")):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    [copy] = made
    Store.open(copy).close()


def test_a_directory_that_cannot_be_written_is_no_end_of_the_service(tmp_path, caplog):
    with a_runtime(tmp_path) as runtime:
        backup_directory(runtime).write_text("a file in its place")
        with DailyBackups(runtime):
            deadline = time.monotonic() + 10
            while "no backup" not in caplog.text:
                assert time.monotonic() < deadline
                time.sleep(0.02)
