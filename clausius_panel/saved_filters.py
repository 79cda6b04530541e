"""Filters that people keep under a name: the query of a page's URL, for one page each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from . import store as st
from .errors import InvalidInput
from .guards import refuse_when_read_only
from .store import Store, clean

__all__ = ["MOST_FILTERS", "FilterPage", "SavedFilter", "forget_filter", "save_filter", "saved_filters"]

FilterPage = Literal["history", "usage"]
"""The pages that keep filters."""

MOST_FILTERS = 100
"""How many a page may have."""

_LONGEST_NAME, _LONGEST_QUERY = 60, 8_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFilter:
    """A name and what it stands for."""

    page: str
    name: str
    query: str  # of the URL, without "?"
    created: datetime  # UTC


def saved_filters(store: Store, page: str) -> list[SavedFilter]:
    """The filters of one page, by name. Raises `InvalidInput` for a page that keeps none."""
    _check_page(page)
    with store.read() as cur:
        rows = cur.execute(
            "SELECT * FROM saved_filters WHERE page = ? ORDER BY lower(name), name", [page]
        ).fetchall()
    return [
        SavedFilter(page=row[0], name=row[1], query=row[2], created=row[3].replace(tzinfo=UTC)) for row in rows
    ]


def save_filter(store: Store, page: str, *, name: str, query: str, actor: str = "script") -> None:
    """Keep a filter; one of the same name is replaced. Raises `ReadOnly`, `InvalidInput`."""
    refuse_when_read_only(store, "save a filter")
    _check_page(page)
    name = clean(name).strip()
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise InvalidInput("name of a filter", name, f"use 1 to {_LONGEST_NAME} letters")
    if len(query) > _LONGEST_QUERY:
        raise InvalidInput("filter", f"{query[:40]}…", "choose fewer values")
    with store.write() as cur:
        cur.execute("DELETE FROM saved_filters WHERE page = ? AND name = ?", [page, name])
        [(kept,)] = cur.execute("SELECT count(*) FROM saved_filters WHERE page = ?", [page]).fetchall()
        if kept >= MOST_FILTERS:
            raise InvalidInput("number of filters", kept + 1, f"keep at most {MOST_FILTERS}; delete one first")
        now = datetime.now(UTC).replace(tzinfo=None)
        cur.execute("INSERT INTO saved_filters VALUES (?, ?, ?, ?)", [page, name, clean(query), now])
        _told(cur, "save filter", f"{page}: {name}", actor)


def forget_filter(store: Store, page: str, *, name: str, actor: str = "script") -> None:
    """Forget a filter. Raises `ReadOnly`, and `InvalidInput` where there is none of this name."""
    refuse_when_read_only(store, "delete a filter")
    known = [one.name for one in saved_filters(store, page)]
    if name not in known:
        raise InvalidInput("name of a filter", name, f"there are: {', '.join(known) or 'none'}")
    with store.write() as cur:
        cur.execute("DELETE FROM saved_filters WHERE page = ? AND name = ?", [page, name])
        _told(cur, "delete filter", f"{page}: {name}", actor)


def _told(cur: st.Cursor, action: str, target: str, actor: str) -> None:
    st.append_audit(cur, actor=actor, action=action, cluster="", target=target, outcome="done", detail="")


def _check_page(page: str) -> None:
    if page not in get_args(FilterPage):
        raise InvalidInput("page", page, f"use one of {', '.join(get_args(FilterPage))}")
