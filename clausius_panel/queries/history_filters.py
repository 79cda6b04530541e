"""Which jobs of the past a question is about: one set of keyword filters for history, usage and export.

Unlike the board's filters these know clusters that nobody has configured but whose jobs were imported.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict, get_args

from ..errors import InvalidInput
from ..model import ACTIVE_STATES, FINAL_STATES, StateFamily, state_family
from ..store import Store, clean, naive
from .filters import FAMILY_SQL, MOST_WORDS

__all__ = ["COLUMN_OF", "HistoryFilters", "history_where", "known_values"]

MOST_VALUES = 1_000
"""How many values one filter may have."""

_SHOWN = 50
"""How many of the values there are an error names."""


class HistoryFilters(TypedDict, total=False):
    """Keyword filters; one that is left out or empty selects everything. A single name may stand for a list."""

    clusters: Collection[str]
    users: Collection[str]
    accounts: Collection[str]
    partitions: Collection[str]
    qos: Collection[str]
    states: Collection[str]  # families ("failed") or Slurm's states ("OUT_OF_MEMORY")
    projects: Collection[str]
    campaigns: Collection[str]
    gpu_types: Collection[str]
    text: str  # every word of it in the name, id, run, project, campaign, partition, account, user or cluster
    starred: bool  # only jobs of runs that bear a star
    since: datetime | None  # submitted at this time or later; aware
    until: datetime | None  # submitted before it; aware
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

_FAMILIES: tuple[str, ...] = get_args(StateFamily)
_STATES = sorted(ACTIVE_STATES | FINAL_STATES)

_NAMES = ("name", "project", "campaign", "partition", "account", "user_name", "cluster")
_IDS = ("job_id", "run_id")
_ID_WORD = re.compile(r"[0-9_+,%:\[\]-]+")  # ids have no letters: most words need not be looked for among them
_RUN_NAME = "(cluster, run_id) IN (SELECT (cluster, run_id) FROM runs WHERE contains(lower(name), $WORD))"
_STARRED = "(cluster, run_id) IN (SELECT (cluster, run_id) FROM runs WHERE starred)"


def history_where(store: Store, filters: HistoryFilters) -> tuple[str, dict[str, Any]]:
    """SQL condition on the table jobs and its values by name, all of which begin with `f_`.

    Raises `InvalidInput` for a filter that does not exist, and for a name that no job has, with those there are.
    """
    for key in filters:
        if key not in HistoryFilters.__annotations__:
            raise InvalidInput("filter", key, f"use one of {', '.join(HistoryFilters.__annotations__)}")
    clauses, values = ["true"], dict[str, Any]()
    for key, column in COLUMN_OF.items():
        if chosen := _names(key, filters.get(key)):
            clause, bound = _states(chosen) if key == "states" else _one_of(key, column, chosen)
            _refuse_unknown(store, key, column, chosen)
            clauses.append(clause)
            values |= bound
    for i, word in enumerate(_words(filters.get("text", ""))):
        clauses.append(_anywhere(store, word).replace("$WORD", f"$f_word{i}"))
        values[f"f_word{i}"] = word
    if filters.get("starred"):
        clauses.append(_STARRED)
    for clause, name, when in _times(filters):
        clauses.append(clause)
        values[name] = when
    return " AND ".join(clauses), values


def known_values(store: Store, key: str) -> list[str]:
    """The values of one filter by names that jobs have, the most frequent first; "" is none."""
    column = COLUMN_OF[key]

    def ask(cur: Any) -> list[str]:
        sql = f"SELECT {column} FROM jobs WHERE {column} <> '' GROUP BY 1 ORDER BY count(*) DESC, 1"
        return [value for (value,) in cur.execute(sql).fetchall()]

    known = list(store.remembered(f"history {key}", ask))
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


def _one_of(key: str, column: str, chosen: list[str]) -> tuple[str, dict[str, Any]]:
    """Each value bound by itself: such a list DuckDB can look up in what it knows of each block."""
    marks = {f"f_{key}{i}": name for i, name in enumerate(chosen)}
    return f"{column} IN ({', '.join(f'${mark}' for mark in marks)})", marks


def _states(chosen: list[str]) -> tuple[str, dict[str, Any]]:
    """Families as the states that belong to them; "unknown" is whatever belongs to no other."""
    families = {state.lower() for state in chosen if state.lower() in _FAMILIES}
    wanted = [state.upper() for state in chosen if state.lower() not in _FAMILIES]
    wanted += [state for state in _STATES if state_family(state) in families]
    clause, values = _one_of("states", "state", wanted) if wanted else ("false", {})
    if "unknown" in families:
        clause = f"({clause} OR {FAMILY_SQL} = 'unknown')"
    return clause, values


def _anywhere(store: Store, word: str) -> str:
    """SQL: the bound $WORD is in one of the texts of a job, or in the name of its run.

    Only texts in which any job has it are named. That one column lacks a word DuckDB finds in a few milliseconds,
    from the dictionaries of its blocks; with several in one condition it goes through every row.
    """
    terms = [f"contains({one}, $WORD)" for one in _IDS] if _ID_WORD.fullmatch(word) else []
    with store.read() as cur:

        def has(*places: tuple[str, str]) -> list[str]:
            return [place for (place,) in cur.execute(_holding(places), {"word": word}).fetchall()]

        # a word of jobs' names fills a page soon: looking for it elsewhere would take longer than that
        columns = list(_NAMES) if has(("jobs", "name")) else has(*(("jobs", one) for one in _NAMES[1:]))
        terms += [f"contains(lower({one}), $WORD)" for one in columns]
        if has(("runs", "name")):
            terms.append(_RUN_NAME)
    return f"({' OR '.join(terms)})" if terms else "($WORD IS NULL)"


def _holding(places: Collection[tuple[str, str]]) -> str:
    """SQL: which of these columns, each with its table, have the bound $word anywhere."""
    return " UNION ALL ".join(
        f"(SELECT '{column}' FROM {table} WHERE contains(lower({column}), $word) LIMIT 1)"
        for table, column in places
    )


def _refuse_unknown(store: Store, key: str, column: str, chosen: list[str]) -> None:
    """A name that no job has is a slip: an empty answer would hide it. One that exists is found in no time."""
    for name in chosen:
        if key == "states":
            if name.lower() in _FAMILIES:
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
    found = []
    for key, sign in (("since", ">="), ("until", "<")):
        when = filters.get(key)
        if when is None:
            continue
        if not isinstance(when, datetime) or when.tzinfo is None:
            raise InvalidInput(key, str(when), "use a time with its zone")
        found.append((f"submit_time {sign} $f_{key}", f"f_{key}", naive(when)))
    age = filters.get("max_age_s")
    if age is not None:
        if isinstance(age, bool) or not isinstance(age, int | float) or not 0 <= age <= 1e10:
            raise InvalidInput("max_age_s", age, "use seconds, 0 or more, or None for the whole history")
        begin = naive(datetime.now(UTC)) - timedelta(seconds=age)
        found.append(("submit_time >= $f_age", "f_age", begin))
    return found
