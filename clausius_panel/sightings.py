"""Jobs newer than the last look: whoever names one has its cluster asked, before it is told that there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from . import store as st
from .collector import FLOOR_S
from .errors import UnknownJob

if TYPE_CHECKING:
    from .runtime import Runtime

__all__ = ["telling_where", "with_newest"]

WAIT_S = 30.0
"""How long an act may wait for the cluster."""

T = TypeVar("T")


def with_newest(runtime: Runtime, cluster: str, act: Callable[[], T], *, wait_s: float = WAIT_S) -> T:
    """What `act` gives; where it names a job or run that is not in the store, again after a look at its cluster.

    Raises what `act` raises; `UnknownJob` then says what `telling_where` adds.
    """
    try:
        return act()
    except UnknownJob:
        [looked] = runtime.refresh([cluster], max_age_s=0, wait_s=wait_s)
    with telling_where(runtime, cluster, error=looked.error):
        return act()


@contextmanager
def telling_where(runtime: Runtime, cluster: str, *, error: str = "") -> Iterator[None]:
    """Raise `UnknownJob` with where the job was looked up, and when its cluster can be asked again.

    `error` is why the cluster could not be asked just now, "" if it was.
    """
    try:
        yield
    except UnknownJob as unknown:
        hint = _hint(runtime, cluster, error)
        raise UnknownJob(unknown.what, unknown.job_id, cluster, hint=hint) from unknown


def _hint(runtime: Runtime, cluster: str, error: str) -> str:
    state = st.cluster_states(runtime.store).get(cluster)
    if state is None or state.last_attempt is None:
        return f"{cluster} was never asked ({error})" if error else f"{cluster} was never asked"
    now = datetime.now(UTC)
    again = max(state.last_attempt + timedelta(seconds=FLOOR_S), state.next_attempt or state.last_attempt)
    left_s = round((again - now).total_seconds())
    if error:
        seen = f"last asked {_at(state.jobs_as_of)}" if state.jobs_as_of else "never answered"
        soon = f"it is asked again in {left_s} s" if left_s > 0 else "try again"
        return f"the cluster cannot be asked now ({error}; {seen}); {soon}"
    places = [f"its queue (asked {max(0, round((now - state.last_attempt).total_seconds()))} s ago)"]
    places.append("the history kept here")
    if state.accounted_until is not None:
        places.append(f"its accounting (read until {_at(state.accounted_until)})")
    older = f"for an older one: clausius backfill {cluster}" if state.accounting == "yes" else ""
    newer = f"if it was submitted just now, try again in {max(1, left_s)} s"
    told = f"looked up in {', '.join(places[:-1])} and {places[-1]}"
    return "; ".join(filter(None, [told, newer, older]))


def _at(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
