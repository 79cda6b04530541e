"""Which jobs of the past a question is about: one set of keyword filters for history, usage and export.

Unlike the board's filters these know clusters that nobody has configured but whose jobs were imported.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from math import prod
from typing import Any, TypedDict, get_args

from ..errors import InvalidInput
from ..model import ACTIVE_STATES, FINAL_STATES, StateFamily, state_family
from ..store import Store, clean, naive
from .filters import FAMILY_SQL, HELD_SQL, MOST_WORDS, is_family

__all__ = [
    "COLUMN_OF",
    "SEVERAL",
    "HistoryFilters",
    "Selection",
    "history_selection",
    "history_where",
    "known_values",
]

MOST_VALUES = 1_000
"""How many values one filter may have."""

_MOST_WAYS = 8
"""Into how many conditions a selection is taken apart at most."""

_SHOWN = 50
"""How many of the values there are an error names."""


class HistoryFilters(TypedDict, total=False):
    """Keyword filters; one that is left out or empty selects everything. A single name may stand for a list."""

    clusters: Collection[str]
    users: Collection[str]
    accounts: Collection[str]
    partitions: Collection[str]
    qos: Collection[str]
    states: Collection[str]  # families ("failed") or Slurm's states ("OUT_OF_MEMORY"; FAILED is one of them)
    projects: Collection[str]
    campaigns: Collection[str]
    gpu_types: Collection[str]
    text: (
        str  # words, each in the name, run, project, campaign, partition, account, user, cluster, or begins an id
    )
    starred: bool  # only jobs of runs that bear a star
    since: datetime | date | None  # submitted at this time or later; aware, a date is its midnight in UTC
    until: datetime | date | None  # submitted before it; later than `since`
    max_age_s: float | None  # submitted at most so long ago


COLUMN_OF: dict[str, str] = {
    "clusters": "cluster",
    "users": "user_name",
    "accounts": "account",
    "partitions": "partition",
    "qos": "qos",
    "states": "state",
    "projects": "project",
    "campaigns": "campaign",
    "gpu_types": "gpu_type",
}
"""Filter by names -> column of the table jobs."""

SEVERAL = frozenset({"partitions", "gpu_types"})
"""Filters of which a job may have several values, with commas between them."""

_FAMILIES: tuple[str, ...] = get_args(StateFamily)
_STATES = sorted(ACTIVE_STATES | FINAL_STATES)

_NAMES = ("name", "project", "campaign", "partition", "account", "user_name", "cluster")
_IDS = ("job_id", "job_id_raw", "run_id")
_ID_WORD = re.compile(r"[0-9_+,%:\[\]-]+")  # ids have no letters: most words need not be looked for among them
_RUN_HAS = "contains(lower(name), $WORD)"
_RUN_NAME = f"(cluster, run_id) IN (SELECT (cluster, run_id) FROM runs WHERE {_RUN_HAS})"
_STARRED = "(cluster, run_id) IN (SELECT (cluster, run_id) FROM runs WHERE starred)"


@dataclass(frozen=True, slots=True)
class Selection:
    """What filters select, in SQL on the table jobs; all names of `values` begin with `f_`."""

    clauses: list[str]  # all of them hold
    words: list[list[str]]  # for each word where it may be: any of them holds
    values: dict[str, Any]

    @property
    def where(self) -> str:
        """The one condition."""
        return " AND ".join([*self.clauses, *(f"({' OR '.join(places)})" for places in self.words)])

    @property
    def ways(self) -> list[str]:
        """Several conditions, any of which holds.

        DuckDB looks up a condition on one column in what it knows of each block; one that asks of several columns
        which of them holds makes it read every row of each.
        """
        if prod(map(len, self.words)) > _MOST_WAYS:
            return [self.where]
        return [" AND ".join([*self.clauses, *way]) for way in product(*self.words)]


def history_where(store: Store, filters: HistoryFilters) -> tuple[str, dict[str, Any]]:
    """SQL condition on the table jobs and its values by name. Raises as `history_selection`."""
    selection = history_selection(store, filters)
    return selection.where, selection.values


def history_selection(store: Store, filters: HistoryFilters, *, anywhere: bool = False) -> Selection:
    """What the filters select.

    Only texts in which any job has a word are named, except for `anywhere`: the look for that goes over all jobs,
    which is too long where few of them are asked about.

    Raises `InvalidInput` for a filter that does not exist, for a name that no job has, with those there are, and
    for times of which the second is not after the first.
    """
    for key in filters:
        if key not in HistoryFilters.__annotations__:
            raise InvalidInput("filter", key, f"use one of {', '.join(HistoryFilters.__annotations__)}")
    clauses, values = ["true"], dict[str, Any]()
    for key, column in COLUMN_OF.items():
        if chosen := _names(key, filters.get(key)):
            listed = _lists_with(store, column, chosen) if key in SEVERAL else {}
            clause, bound = _states(chosen) if key == "states" else _one_of(key, column, [*chosen, *listed])
            _refuse_unknown(store, key, column, [name for name in chosen if not _is_in(name, listed)])
            clauses.append(clause)
            values |= bound
    words = _words(filters.get("text", ""))
    values |= {f"f_word{i}": word for i, word in enumerate(words)}
    places = [_places(word) if anywhere else _held(store, _places(word), word) for word in words]
    if filters.get("starred"):
        clauses.append(_STARRED)
    for clause, name, when in _times(filters):
        clauses.append(clause)
        values[name] = when
    terms = [[place.replace("$WORD", f"$f_word{i}") for place in each] for i, each in enumerate(places)]
    return Selection(clauses, terms, values)


def known_values(store: Store, key: str) -> list[str]:
    """The values of one filter by names that jobs have, the most frequent first; "" is none."""
    column = COLUMN_OF[key]

    def ask(cur: Any) -> list[str]:
        sql = f"SELECT {column} FROM jobs WHERE {column} <> '' GROUP BY 1 ORDER BY count(*) DESC, 1"
        return [value for (value,) in cur.execute(sql).fetchall()]

    known = list(store.remembered(f"history {key}", ask))
    if key in SEVERAL:
        known = list(dict.fromkeys(part for value in known for part in value.split(",")))
    return [*_FAMILIES, *known] if key == "states" else known


def _names(key: str, chosen: object) -> list[str]:
    if not chosen:
        return []
    names = [chosen] if isinstance(chosen, str) else list(chosen)  # type: ignore[call-overload]
    if len(names) > MOST_VALUES:
        raise InvalidInput(f"number of {key}", len(names), f"use at most {MOST_VALUES}")
    if wrong := [name for name in names if not isinstance(name, str)]:
        raise InvalidInput(key, wrong[0], "use text")
    return [clean(name) for name in names]


def _lists_with(store: Store, column: str, chosen: list[str]) -> dict[str, set[str]]:
    """The values of jobs that have several of which one was chosen, each with its parts."""
    with store.read() as cur:
        rows = cur.execute(f"SELECT DISTINCT {column} FROM jobs WHERE contains({column}, ',')").fetchall()
    parts = {value: set(value.split(",")) for (value,) in rows}
    return {value: each for value, each in parts.items() if each & set(chosen)}


def _is_in(name: str, listed: dict[str, set[str]]) -> bool:
    return any(name in parts for parts in listed.values())


def _one_of(key: str, column: str, chosen: list[str]) -> tuple[str, dict[str, Any]]:
    """Each value bound by itself: such a list DuckDB can look up in what it knows of each block."""
    marks = {f"f_{key}{i}": name for i, name in enumerate(chosen)}
    return f"{column} IN ({', '.join(f'${mark}' for mark in marks)})", marks


def _states(chosen: list[str]) -> tuple[str, dict[str, Any]]:
    """Families as the states that belong to them; "unknown" is whatever belongs to no other."""
    families = {state.lower() for state in chosen if is_family(state)}
    wanted = [state.upper() for state in chosen if not is_family(state)]
    wanted += [state for state in _STATES if state_family(state) in families]
    clause, values = _one_of("states", "state", wanted) if wanted else ("false", {})
    if "held" in families:
        clause = f"({clause} OR {HELD_SQL})"
    if "unknown" in families:
        clause = f"({clause} OR {FAMILY_SQL} = 'unknown')"
    return clause, values


def _places(word: str) -> list[str]:
    """SQL for each text of a job, or of its run, where the bound $WORD may be."""
    ids = [f"starts_with({one}, $WORD)" for one in _IDS] if _ID_WORD.fullmatch(word) else []
    return [*ids, *(f"contains(lower({one}), $WORD)" for one in _NAMES), _RUN_NAME]


def _held(store: Store, places: list[str], word: str) -> list[str]:
    """Those of the places where any job has the word."""
    ask = " UNION ALL ".join(
        f"(SELECT {i} FROM {'runs' if place == _RUN_NAME else 'jobs'}"
        f" WHERE {_RUN_HAS if place == _RUN_NAME else place} LIMIT 1)"
        for i, place in enumerate(places)
    )
    with store.read() as cur:
        held = cur.execute(ask.replace("$WORD", "$word"), {"word": word}).fetchall()
    return [places[i] for (i,) in sorted(held)] or ["$WORD IS NULL"]


def _refuse_unknown(store: Store, key: str, column: str, chosen: list[str]) -> None:
    """A name that no job has is a slip: an empty answer would hide it. One that exists is found in no time."""
    for name in chosen:
        if key == "states":
            if is_family(name):
                continue
            name = name.upper()
        with store.read() as cur:
            found = cur.execute(f"SELECT 1 FROM jobs WHERE {column} = ? LIMIT 1", [name]).fetchall()
            if not found and key == "clusters":
                found = cur.execute("SELECT 1 FROM clusters WHERE name = ?", [name]).fetchall()
        if not found:
            known = known_values(store, key)
            rest = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
            raise InvalidInput(key, name, f"there are: {', '.join(known[:_SHOWN]) or 'none yet'}{rest}")


def _words(text: object) -> list[str]:
    if not isinstance(text, str):
        raise InvalidInput("text", text, "use words to search for")
    words = list(dict.fromkeys(clean(text).lower().split()))
    if len(words) > MOST_WORDS:
        raise InvalidInput("number of words", len(words), f"search for at most {MOST_WORDS}")
    return words


def _times(filters: HistoryFilters) -> list[tuple[str, str, datetime]]:
    found: list[tuple[str, str, datetime]] = []
    for key, sign in (("since", ">="), ("until", "<")):
        when = filters.get(key)
        if when is None:
            continue
        if isinstance(when, date) and not isinstance(when, datetime):
            when = datetime.combine(when, time(), UTC)
        if not isinstance(when, datetime) or when.tzinfo is None:
            raise InvalidInput(key, str(when), "use a time with its zone")
        found.append((f"submit_time {sign} $f_{key}", f"f_{key}", naive(when)))
    if len(found) == 2 and found[0][2] >= found[1][2]:  # reversed: an empty answer would hide it
        since, until = (f"{when:%Y-%m-%d %H:%M:%S}" for _, _, when in found)
        raise InvalidInput("until", until, f"use a time after since ({since}, both in UTC)")
    age = filters.get("max_age_s")
    if age is not None:
        if isinstance(age, bool) or not isinstance(age, int | float) or not 0 <= age <= 1e10:
            raise InvalidInput("max_age_s", age, "use seconds, 0 or more, or None for the whole history")
        begin = naive(datetime.now(UTC)) - timedelta(seconds=age)
        found.append(("submit_time >= $f_age", "f_age", begin))
    return found
