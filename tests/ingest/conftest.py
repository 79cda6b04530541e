"""A store and a key for the host alpha."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clausius_panel.keys import add_key
from clausius_panel.store import Store
from clausius_panel.store.keys import ApiKey
from tests.stores import new_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = new_store(tmp_path / "data" / "clausius.duckdb")
    yield store
    store.close()


@pytest.fixture
def key(store: Store) -> ApiKey:
    return add_key(store, "alpha").key
