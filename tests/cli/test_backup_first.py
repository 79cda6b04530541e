"""The copy that is made before many jobs are brought."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clausius_panel.cli.backup_first import back_up_first
from clausius_panel.config import Config
from clausius_panel.errors import StoreError
from clausius_panel.runtime import Runtime
from clausius_panel.store import set_setting
from clausius_panel.store.backup import check_backup
from tests.queries.history_kit import add

__all__: list[str] = []


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with Runtime(Config(data_dir=tmp_path / "data"), create=True) as runtime:
        yield runtime


def copies(runtime: Runtime) -> list[Path]:
    return sorted((runtime.config.data_dir / "backups").glob("*.duckdb"))


def test_a_store_with_jobs_is_copied_once_a_day(runtime: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    add(runtime.store, 1, "01-05 00:00")
    back_up_first(runtime, no_backup=False)
    [copy] = copies(runtime)
    assert capsys.readouterr() == ("", f"backup: {copy}\n")
    assert check_backup(copy).jobs == 1
    back_up_first(runtime, no_backup=False)
    assert (copies(runtime), capsys.readouterr().err) == ([copy], "")
    old = datetime.now(UTC) - timedelta(days=1.01)
    copy.rename(copy.with_name(f"clausius-{old:%Y%m%d-%H%M%S-%f}.duckdb"))
    back_up_first(runtime, no_backup=False)
    assert len(copies(runtime)) == 2


def test_there_is_none_of_an_empty_store_nor_where_it_is_not_wanted(runtime: Runtime) -> None:
    back_up_first(runtime, no_backup=False)
    add(runtime.store, 1, "01-05 00:00")
    back_up_first(runtime, no_backup=True)
    with runtime.store.write() as cur:
        set_setting(cur, "daily_backups", value=False)
    back_up_first(runtime, no_backup=False)
    assert copies(runtime) == []


def test_where_none_can_be_made_it_is_said_how_to_do_without(runtime: Runtime) -> None:
    add(runtime.store, 1, "01-05 00:00")
    (runtime.config.data_dir / "backups").write_text("a file stands in the way")
    with pytest.raises(StoreError, match="--no-backup"):
        back_up_first(runtime, no_backup=False)
