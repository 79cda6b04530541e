"""What every verb does first and last: refuse, check ids, leave a row in the audit."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from . import store as st
from .errors import InvalidInput, ReadOnly
from .model.job_id import valid_job_id
from .store import Store

__all__ = ["MAX_JOBS", "audit", "checked_job_ids", "refuse_when_read_only"]

MAX_JOBS = 1000
"""How many jobs one call may name."""


def refuse_when_read_only(store: Store, action: str) -> None:
    """Raise `ReadOnly` where the setting says so."""
    if st.settings(store).read_only:
        raise ReadOnly(action)


def checked_job_ids(job_ids: Collection[str]) -> list[str]:
    """The ids, each once. Raises `InvalidInput` for one that is none, for none at all and for too many."""
    ids = list(dict.fromkeys(job_id.strip() for job_id in job_ids))
    if not ids:
        raise InvalidInput("job ids", job_ids, "name at least one job")
    if len(ids) > MAX_JOBS:
        raise InvalidInput("number of jobs", len(ids), f"name at most {MAX_JOBS} at a time")
    for job_id in ids:
        if not valid_job_id(job_id):
            raise InvalidInput("job id", job_id, "use forms such as 123, 123_4, 123_[5-9] or 123+1")
    return ids


def audit(
    store: Store, *, actor: str, action: str, cluster: str, failures: Mapping[str, str], detail: str = ""
) -> None:
    """One row a target: what was tried, and why it failed ("" for what was done, which `detail` tells more of)."""
    with store.write() as cur:
        for target, message in failures.items():
            st.append_audit(
                cur,
                actor=actor,
                action=action,
                cluster=cluster,
                target=target,
                outcome="failed" if message else "done",
                detail=message or detail,
            )
