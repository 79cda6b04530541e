"""One person's look at one job: its facts, what it uses, and how that went over time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, ClassVar

import param

from .. import queries
from .. import store as st
from ..errors import ClausiusError, StoreError
from ..job_stats import JobStats, ask, known_stats, step_refusal, step_warning, who_we_are
from ..queries import JobDetail
from ..queries.job_stats import usage_history
from ..runtime import Runtime
from .board import LOOK_S
from .job_stats_asking import StatsAsker
from .look import Look

__all__ = ["JobState"]


class JobState(Look):
    """One job in its newest attempt, or in the one that the URL names."""

    PAGE = "job"
    KEYS: ClassVar[dict[str, str]] = {"cluster": "cluster", "job_id": "job", "attempt": "attempt"}

    attempt = param.Integer(
        default=0,
        bounds=(0, 99_999_999_999),
        doc="When the attempt was submitted, in seconds since 1970; 0: newest.",
    )

    cluster = param.String(default="", doc="The job's cluster.")

    detail = param.ClassSelector(class_=JobDetail, default=None, doc="The job; None where there is none.")

    history = param.List(default=[], doc="The snapshots of what it used, in the order of time.")

    job_id = param.String(default="", doc="The job's id.")

    measuring = param.Boolean(default=False, doc="Whether a step inside the job is measuring its GPUs.")

    problems = param.List(default=[], item_type=str, doc="What the last look could not have, and why.")

    refusal = param.String(default="", doc="Why no step can be started inside the job; '' where one can.")

    stats = param.ClassSelector(class_=JobStats, default=None, doc="What it uses; None where there is no job.")

    stats_interval_s = param.Integer(default=60, doc="Seconds between two looks at what it uses.")

    def __init__(self, runtime: Runtime, **params: Any) -> None:
        """Nothing is read or asked yet."""
        super().__init__(runtime, **params)
        self._asker = StatsAsker(runtime)

    def poll(self) -> None:
        """As in `Look`, and have it measured what the job uses, while somebody looks."""
        super().poll()
        if self.is_seen and self.detail is not None:
            try:
                self._asker.poll(self.cluster, self.job_id, submitted=self.submitted)
            except StoreError as error:
                self._asker.problems = [str(error)]
        if self._asker.problems != self.problems:
            self.read_anew()

    @property
    def submitted(self) -> datetime | None:
        """When the shown attempt was submitted, in UTC; None: the newest one is shown."""
        return datetime.fromtimestamp(self.attempt, UTC) if self.attempt else None

    @property
    def is_seen(self) -> bool:
        """Whether somebody has looked at the page lately."""
        return time.monotonic() - self._looked < LOOK_S

    @property
    def warning(self) -> str:
        """What to say before a step is started inside the job."""
        return step_warning(self.detail.job) if self.detail is not None else ""

    def measure(self, *, actor: str) -> str:
        """Start the step and wait for it; what it could not have, or why it was not started, in words."""
        try:
            return "; ".join(ask(self.runtime, self.cluster, self.job_id, by_step=True, actor=actor).problems)
        except ClausiusError as error:
            return str(error)

    def _answer(self) -> dict[str, Any]:
        store = self.runtime.store
        queries.cluster_configs(store, clusters=[self.cluster])  # a name that is none is told as such
        asked: Any = {"cluster": self.cluster, "job_id": self.job_id, "submitted": self.submitted}
        detail = queries.job(store, **asked)
        return {
            "detail": detail,
            "stats": known_stats(store, self.cluster, self.job_id, submitted=self.submitted),
            "history": usage_history(store, **asked)[1],
            "refusal": step_refusal(detail.job, user=who_we_are(store, self.cluster)),
            "problems": self._asker.problems,
            "stats_interval_s": st.settings(store).stats_interval_s,
        }

    def _nothing(self) -> dict[str, Any]:
        return {"detail": None, "stats": None, "history": [], "refusal": "", "problems": []}
