"""What the board says of how jobs use their resources: marks on rows, and verdicts on the opened job."""

from __future__ import annotations

from datetime import datetime

from ..errors import InvalidInput
from ..job_stats import known_stats
from ..model.usage_verdict import Verdict
from ..queries.job_stats import IdleGpus, idle_gpus
from ..store import Store
from .filters import Key

__all__ = ["idle_marks", "known_verdicts"]


def idle_marks(store: Store) -> dict[Key, IdleGpus]:
    """Running jobs whose GPUs do nothing, as far as somebody looked at them. Raises `StoreError`."""
    return {(idle.cluster, idle.job_id): idle for idle in idle_gpus(store)}


def known_verdicts(store: Store, opened: Key | None, *, submitted: datetime | None = None) -> list[Verdict]:
    """What is known of a job's use, from what was kept of it; nothing for one that was never seen.

    It is the newest attempt, or the one that was `submitted` then.

    Raises `StoreError`.
    """
    if opened is None:
        return []
    try:
        return known_stats(store, *opened, submitted=submitted).verdicts
    except InvalidInput:  # the view says that there is no such job
        return []
