"""Filters that people keep under a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from clausius_panel import store as st
from clausius_panel.errors import InvalidInput, ReadOnly
from clausius_panel.saved_filters import MOST_FILTERS, forget_filter, save_filter, saved_filters
from clausius_panel.store import Store
from tests.stores import new_store

__all__: list[str] = []


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "store.duckdb")


def test_a_filter_is_kept_replaced_and_forgotten(store: Store) -> None:
    save_filter(store, "history", name=" failed ", query="page=history&state=failed")
    save_filter(store, "history", name="failed", query="page=history&state=FAILED")
    save_filter(store, "usage", name="failed", query="page=usage")
    [kept] = saved_filters(store, "history")
    assert (kept.name, kept.query) == ("failed", "page=history&state=FAILED")
    forget_filter(store, "history", name="failed")
    assert saved_filters(store, "history") == []
    assert len(saved_filters(store, "usage")) == 1


def test_every_change_is_written_down(store: Store) -> None:
    save_filter(store, "history", name="mine", query="q=x", actor="ada")
    forget_filter(store, "history", name="mine", actor="ada")
    rows = st.audit_rows(store)
    assert {(row.actor, row.action, row.target) for row in rows} == {
        ("ada", "save filter", "history: mine"),
        ("ada", "delete filter", "history: mine"),
    }


@pytest.mark.parametrize(
    ("page", "name", "query"),
    [
        ("history", "", "q=x"),
        ("history", "x" * 61, "q=x"),
        ("history", "x", "q=" + "x" * 9000),
        ("board", "x", "q=x"),
    ],
)
def test_what_cannot_be_kept_is_refused(store: Store, page: str, name: str, query: str) -> None:
    with pytest.raises(InvalidInput):
        save_filter(store, page, name=name, query=query)


def test_there_are_at_most_so_many(store: Store) -> None:
    with store.write() as cur:
        cur.execute(
            "INSERT INTO saved_filters SELECT 'history', 'f' || i, 'q=x', now()::TIMESTAMP FROM range(?) t(i)",
            [MOST_FILTERS],
        )
    with pytest.raises(InvalidInput, match="delete one first"):
        save_filter(store, "history", name="one more", query="q=x")
    save_filter(store, "history", name="f1", query="q=y")


def test_one_that_is_not_there_is_named_with_those_that_are(store: Store) -> None:
    save_filter(store, "history", name="mine", query="q=x")
    with pytest.raises(InvalidInput, match="there are: mine"):
        forget_filter(store, "history", name="yours")


def test_read_only_mode_refuses_both(store: Store) -> None:
    save_filter(store, "history", name="mine", query="q=x")
    with store.write() as cur:
        st.set_setting(cur, "read_only", True)
    with pytest.raises(ReadOnly):
        save_filter(store, "history", name="other", query="q=x")
    with pytest.raises(ReadOnly):
        forget_filter(store, "history", name="mine")
