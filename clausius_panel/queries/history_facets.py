"""The values that the history can be filtered by, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Unpack, cast

from ..store import Store, naive
from .history_filters import COLUMN_OF, SEVERAL, HistoryFilters, history_where

__all__ = ["AGES", "FacetValue", "history_facets"]

AGES: tuple[tuple[str, float], ...] = (
    ("1 day", 86_400.0),
    ("7 days", 604_800.0),
    ("30 days", 2_592_000.0),
    ("90 days", 7_776_000.0),
    ("1 year", 31_536_000.0),
)
"""The values of the facet "age" and the `max_age_s` that selects each."""

MOST_FACET_VALUES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """One value to filter by and how many jobs have it."""

    value: str
    jobs: int


def history_facets(store: Store, **filters: Unpack[HistoryFilters]) -> dict[str, list[FacetValue]]:
    """The values there are to filter by, most frequent first, at most 200 of each; and jobs by age.

    The keys are those of `HistoryFilters` that take names, and "age" (see `AGES`; each age includes the shorter
    ones). The filter of a facet does not narrow that facet itself, so that one can choose another value. Raises
    `InvalidInput`.
    """
    given = cast("HistoryFilters", {key: value for key, value in filters.items() if value})
    found = _count_values(store, [key for key in COLUMN_OF if key not in given], given)
    for key in COLUMN_OF:
        if key in given:
            others = cast("HistoryFilters", {name: value for name, value in given.items() if name != key})
            found |= _count_values(store, [key], others)
    facets = {key: found[key] for key in COLUMN_OF}
    ageless = cast("HistoryFilters", {name: value for name, value in given.items() if name != "max_age_s"})
    facets["age"] = _ages(store, ageless)
    return facets


def _ages(store: Store, filters: HistoryFilters) -> list[FacetValue]:
    condition, values = history_where(store, filters)
    now = naive(datetime.now(UTC))
    begins = {f"a_{i}": now - timedelta(seconds=age) for i, (_, age) in enumerate(AGES)}
    counts = ", ".join(f"count(*) FILTER (submit_time >= ${name})" for name in begins)
    with store.read() as cur:
        [row] = cur.execute(f"SELECT {counts} FROM jobs WHERE {condition}", {**values, **begins}).fetchall()
    return [FacetValue(value=name, jobs=jobs) for (name, _), jobs in zip(AGES, row, strict=True)]


def _count_values(store: Store, keys: Sequence[str], filters: HistoryFilters) -> dict[str, list[FacetValue]]:
    condition, values = history_where(store, filters)
    found, source = {}, f"(SELECT * FROM jobs WHERE {condition})"
    with store.read() as cur:
        if len(keys) > 1 and ("text" in filters or "starred" in filters):  # search once, not for each facet
            cur.execute(
                f"CREATE OR REPLACE TEMP TABLE facet_jobs AS SELECT {', '.join(COLUMN_OF.values())} FROM {source}",
                values,
            )
            source, values = "facet_jobs", {}
        for key in keys:
            column = COLUMN_OF[key]
            sql = f"""
                SELECT {column}, count(*) AS jobs FROM {source} WHERE {column} <> ''
                GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_FACET_VALUES}
            """
            rows = cur.execute(sql, values).fetchall()
            found[key] = [
                FacetValue(value=value, jobs=jobs) for value, jobs in (_apart(rows) if key in SEVERAL else rows)
            ]
    return found


def _apart(rows: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """A job of several types of GPUs, or for several partitions, counts for each of them."""
    counts = Counter[str]()
    for value, jobs in rows:
        counts.update(dict.fromkeys(set(value.split(",")), jobs))
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))
