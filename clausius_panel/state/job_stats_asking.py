"""Looks at what a job uses while somebody looks at the job, one at a time, beside everything else."""

from __future__ import annotations

import threading
import time
from datetime import datetime

from .. import store as st
from ..errors import ClausiusError
from ..job_stats import ask
from ..runtime import Runtime

__all__ = ["StatsAsker"]

Asked = tuple[str, str, datetime | None]
"""Cluster, job id, and when the attempt was submitted; None: the newest one."""


class StatsAsker:
    """Asks in a thread of its own, at most every stats_interval_s; what was found lies in the store."""

    def __init__(self, runtime: Runtime, *, settle_s: float = 0.0) -> None:
        """Nothing is asked yet. A job is asked for only when somebody has looked at it for `settle_s` seconds."""
        self._runtime, self._settle_s = runtime, settle_s
        self._looked_at: Asked | None = None
        self._since = 0.0
        self._thread: threading.Thread | None = None
        self._asked: Asked | None = None
        self._asked_at = 0.0
        self.problems: list[str] = []
        """What the last look could not have, and why."""

    @property
    def is_asking(self) -> bool:
        """Whether a look is under way."""
        return self._thread is not None and self._thread.is_alive()

    def poll(self, cluster: str, job_id: str, *, submitted: datetime | None = None) -> None:
        """Somebody looks at this job: have it asked for if that is due. Never waits. Raises `StoreError`.

        It is the newest attempt, or the one that was `submitted` then.
        """
        asked = (cluster, job_id, submitted)
        if self._looked_at != asked:
            self._looked_at, self._since = asked, time.monotonic()
        if time.monotonic() - self._since < self._settle_s:
            return
        interval_s = st.settings(self._runtime.store).stats_interval_s
        is_due = self._asked != asked or time.monotonic() - self._asked_at >= interval_s
        if self.is_asking or not is_due:
            return
        if self._asked != asked:
            self.problems = []
        self._asked, self._asked_at = asked, time.monotonic()
        self._thread = threading.Thread(target=self._ask, args=asked, name="clausius-job-stats", daemon=True)
        self._thread.start()

    def _ask(self, cluster: str, job_id: str, submitted: datetime | None) -> None:
        try:
            problems = ask(self._runtime, cluster, job_id, submitted=submitted).problems
        except ClausiusError as error:
            problems = [str(error)]
        if self._asked == (cluster, job_id, submitted):
            self.problems = problems
