"""Cancelling what is selected, cluster by cluster, and what became of each job."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .. import actions
from ..errors import ClausiusError
from ..runtime import Runtime
from .filters import Key

__all__ = ["CancelResult", "cancel_selection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelResult:
    """What became of each job that was to be cancelled."""

    cancelled: list[Key] = field(default_factory=list)
    failed: dict[Key, str] = field(default_factory=dict)  # why, in words


def cancel_selection(runtime: Runtime, keys: Collection[Key], *, actor: str) -> CancelResult:
    """Cancel jobs of any number of clusters at once; a cluster that fails does not keep the others from it."""
    by_cluster: dict[str, list[str]] = {}
    for cluster, job_id in dict.fromkeys(keys):
        by_cluster.setdefault(cluster, []).append(job_id)
    if not by_cluster:
        return CancelResult()
    result = CancelResult()
    with ThreadPoolExecutor(max_workers=len(by_cluster), thread_name_prefix="cancel") as pool:
        for one in pool.map(lambda item: _cancel_on(runtime, *item, actor=actor), by_cluster.items()):
            result.cancelled.extend(one.cancelled)
            result.failed.update(one.failed)
    return result


def _cancel_on(runtime: Runtime, cluster: str, job_ids: list[str], *, actor: str) -> CancelResult:
    """The same on one cluster; an error of ours or the cluster's is the answer for all of its jobs."""
    try:
        outcome = actions.cancel_jobs(runtime.store, runtime.client(cluster), job_ids, actor=actor)
    except ClausiusError as error:
        return CancelResult(failed={(cluster, job_id): str(error) for job_id in job_ids})
    return CancelResult(
        cancelled=[(cluster, job_id) for job_id in outcome.cancelled],
        failed={(cluster, job_id): why for job_id, why in outcome.failed.items()},
    )
