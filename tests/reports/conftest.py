"""A report with a name that would do harm wherever it is not escaped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clausius_panel.queries.reports import Report, report
from clausius_panel.store import Store
from tests.queries.history_kit import NOW, add

HOSTILE = '<script>alert(1)</script>&"'


@pytest.fixture(scope="session")
def a_report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    store = Store.create(Path(tmp_path_factory.mktemp("report")) / "store.duckdb")
    add(store, 1, "02-10 00:00", 2, gpus=2, account=HOSTILE)
    add(store, 2, "02-11 00:00", 3, user_name="bob", state="FAILED", account="=1+1")
    add(store, 3, "02-12 00:00", 3, user_name="carol", account="ünï " + "long" * 40)
    yield report(store, "monthly", year=2026, number=2, now=NOW)
    store.close()
