"""Jobs newer than the last look: whoever names one has its cluster asked, before it is told that there is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from . import store as st
from .collector import FLOOR_S
from .errors import UnknownJob

if TYPE_CHECKING:
    from .model import Freshness
    from .runtime import Runtime

__all__ = ["with_newest"]

WAIT_S = 30.0
"""How long an act may wait for the cluster."""

T = TypeVar("T")


def with_newest(runtime: Runtime, cluster: str, act: Callable[[], T], *, wait_s: float = WAIT_S) -> T:
    """What `act` gives; where it names a job or run that is not in the store, again after a look at its cluster.

    Raises what `act` raises; `UnknownJob` then says when the cluster was asked, and when it will be again.
    """
    try:
        return act()
    except UnknownJob:
        [looked] = runtime.refresh([cluster], max_age_s=0, wait_s=wait_s)
    try:
        return act()
    except UnknownJob as unknown:
        raise UnknownJob(unknown.what, unknown.job_id, cluster, hint=_hint(runtime, looked)) from unknown


def _hint(runtime: Runtime, looked: Freshness) -> str:
    """What to do about a job that was not seen though its cluster was asked, or could not be."""
    if looked.error:
        return f"and it cannot be asked now ({looked.error})"
    state = st.cluster_states(runtime.store).get(looked.cluster)
    if state is None or state.last_attempt is None:
        return ""
    age_s = max(0.0, (datetime.now(UTC) - state.last_attempt).total_seconds())
    left_s = FLOOR_S - age_s
    if left_s <= 0:
        return ""
    return f"it was asked {age_s:.0f} s ago; if you have just submitted it, try again in {max(1, round(left_s))} s"
