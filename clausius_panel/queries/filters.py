"""Which jobs a question is about: one set of keyword filters for every question about jobs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict, get_args

from ..errors import InvalidInput
from ..model import ACTIVE_STATES, FINAL_STATES, StateFamily, state_family
from ..model.reason import HELD_REASONS
from ..store import Store, settings
from ..store.flags import SHOWN_SQL
from ..store.values import clean

__all__ = ["FAMILY_SQL", "HELD_SQL", "MOST_WORDS", "JobFilters", "is_family", "names", "where"]


MOST_WORDS = 100
"""How many words one search may have: each is a condition of its own, and 20,000 of them took 2 GB."""


class JobFilters(TypedDict, total=False):
    """Keyword filters; one that is left out or empty selects everything. A single name is a list of one."""

    clusters: Collection[str]
    users: Collection[str]
    hidden: bool  # also what was cleared from the board
    mine: bool  # only jobs of the login that each cluster is asked with
    states: Collection[str]  # families ("running", "failed") or Slurm's states ("OUT_OF_MEMORY")
    partitions: Collection[str]
    accounts: Collection[str]
    text: str  # every word of it in the name, id, user, account, partition, nodes, reason or comment
    max_age_s: float | None  # ended longer ago is left out; None: the whole history; default: ended_jobs_shown_h


_STATES = sorted(ACTIVE_STATES | FINAL_STATES | {"UNKNOWN"})
_FAMILIES: tuple[str, ...] = get_args(StateFamily)

FAMILY_SQL = (
    "CASE state "
    + " ".join(f"WHEN '{state}' THEN '{state_family(state)}'" for state in _STATES if state != "UNKNOWN")
    + " ELSE 'unknown' END"
)
"""SQL for `model.state_family` of the column state."""

HELD_SQL = f"(state = 'PENDING' AND reason IN {tuple(sorted(HELD_REASONS))})"
"""SQL: Slurm says that the job waits, and it is held: asked for either, it is found."""

_TEXT = "concat_ws(' ', job_id, name, user_name, account, partition, node_list, reason, comment, cluster)"


def where(store: Store, filters: JobFilters) -> tuple[str, list[Any]]:
    """SQL condition and its bound values.

    Raises `InvalidInput` for a state that does not exist, an age that is none and too many words.
    """
    for key in filters:
        if key not in JobFilters.__annotations__:
            raise InvalidInput("filter", key, f"use one of {', '.join(JobFilters.__annotations__)}")
    clauses, values = ["cluster IN (SELECT name FROM clusters)"], list[Any]()
    if clusters := filters.get("clusters"):
        clauses[0] = "cluster IN (SELECT unnest(?))"
        values.append(names(clusters))
    for column, key in (("user_name", "users"), ("partition", "partitions"), ("account", "accounts")):
        if chosen := filters.get(key):
            clauses.append(f"{column} IN (SELECT unnest(?))")
            values.append(names(chosen))  # type: ignore[arg-type]
    if not filters.get("hidden"):
        clauses.append(SHOWN_SQL)
    if filters.get("mine"):
        clauses.append("(cluster, user_name) IN (SELECT (cluster, user_name) FROM cluster_state)")
    if states := filters.get("states"):
        exact, families = _split_states(states)
        held = f" OR {HELD_SQL}" if "held" in families else ""
        clauses.append(f"(state IN (SELECT unnest(?)) OR {FAMILY_SQL} IN (SELECT unnest(?)){held})")
        values += [exact, families]
    for word in _words(filters.get("text", "")):
        clauses.append(f"contains(lower({_TEXT}), ?)")
        values.append(word.lower())
    shown_s = settings(store).ended_jobs_shown_h * 3600.0
    max_age_s = filters.get("max_age_s", shown_s)
    if max_age_s is not None:
        clauses.append("(in_queue OR coalesce(pinned, false) OR coalesce(end_time, last_seen) >= ?)")
        values.append(_before_now(max_age_s))
    return " AND ".join(clauses), values


def names(chosen: Collection[str]) -> list[str]:
    """The names; a single one may stand without a list around it: letter by letter it would select something else.

    >>> names("alpha"), names(["alpha", "beta"]), names(())
    (['alpha'], ['alpha', 'beta'], [])
    """
    if isinstance(chosen, str):
        return [clean(chosen)] if chosen else []
    return [clean(name) for name in chosen]


def _words(text: str) -> list[str]:
    """The words to search for, each once. Raises `InvalidInput` for more than a search can bear."""
    words = list(dict.fromkeys(clean(text).split()))
    if len(words) > MOST_WORDS:
        raise InvalidInput("number of words", len(words), f"search for at most {MOST_WORDS}")
    return words


def _split_states(states: Collection[str]) -> list[list[str]]:
    """Slurm's states and families apart; neither is an error."""
    wanted = names(states)
    exact = [state.upper() for state in wanted if not is_family(state)]
    families = [state.lower() for state in wanted if is_family(state)]
    for state in exact:
        if state not in _STATES:
            raise InvalidInput("state", state, f"use a family ({', '.join(_FAMILIES)}) or a state of Slurm's")
    return [exact, families]


def is_family(state: str) -> bool:
    """A word for several of Slurm's states; FAILED is one state, failed all that ended badly."""
    return state.lower() in _FAMILIES and state not in _STATES


def _before_now(max_age_s: float) -> datetime:
    """Naive UTC, as the store keeps its times."""
    if not 0 <= max_age_s <= 1e10:
        raise InvalidInput("max_age_s", max_age_s, "use seconds, 0 or more, or None for the whole history")
    return datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=max_age_s)
