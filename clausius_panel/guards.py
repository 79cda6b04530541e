"""What every verb does first and last: refuse, check ids, leave a row in the audit, say what can be done now."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from . import store as st
from .errors import InvalidInput, ReadOnly
from .model.job_id import valid_job_id
from .store import Store
from .store.resubmit import LOST_QUOTES, submit_commands

__all__ = ["MAX_JOBS", "audit", "checked_job_ids", "no_way_back", "refuse_when_read_only"]

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


def no_way_back(store: Store, cluster: str, cancelled: Collection[str]) -> str:
    """What is left to do after a cancellation, in words; "" where nothing was cancelled."""
    if not cancelled:
        return ""
    with store.read() as cur:
        commands = submit_commands(cur, cluster, cancelled)
    if commands:
        again = f"cancelled jobs cannot come back; submit again with: {'; '.join(commands)}"
        return f"{again} (check it first: {LOST_QUOTES})"
    return "cancelled jobs cannot come back; requeue instead of cancel keeps a job"
