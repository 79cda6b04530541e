"""Doing one thing to the selected jobs, cluster by cluster, and what became of each."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .. import actions, control
from ..errors import ClausiusError
from ..model.job_id import parse_job_id
from ..runtime import Runtime
from ..slurm import SlurmClient
from ..store.runs import find_run
from .acts import Act, array_part
from .filters import Key

__all__ = ["ActResult", "act_on"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActResult:
    """What became of each job, or part of an array, that was to be changed."""

    act: Act
    done: list[Key] = field(default_factory=list)
    failed: dict[Key, str] = field(default_factory=dict)  # why, in words
    undo: str = ""  # what can be done about it now, in words


def act_on(runtime: Runtime, act: Act, keys: Collection[Key], *, value: str = "", actor: str) -> ActResult:
    """Do it on any number of clusters at once; a cluster that fails does not keep the others from it."""
    by_cluster: dict[str, list[str]] = {}
    for cluster, job_id in dict.fromkeys(keys):
        by_cluster.setdefault(cluster, []).append(job_id)
    result = ActResult(act=act)
    if not by_cluster:
        return result
    with ThreadPoolExecutor(max_workers=len(by_cluster), thread_name_prefix="act") as pool:
        found = list(pool.map(lambda item: _on(runtime, act, *item, value=value, actor=actor), by_cluster.items()))
    for one in found:
        result.done.extend(one.done)
        result.failed.update(one.failed)
    return ActResult(
        act=act,
        done=result.done,
        failed=result.failed,
        undo="; ".join(dict.fromkeys(one.undo for one in found if one.undo)),
    )


def _on(runtime: Runtime, act: Act, cluster: str, job_ids: list[str], *, value: str, actor: str) -> ActResult:
    """The same on one cluster; an error of ours or the cluster's is the answer for all of its jobs."""
    try:
        client = runtime.client(cluster)
        if act == "cancel_run":
            return _runs(runtime, client, job_ids, actor=actor)
        done, failed, undo = _once(runtime, client, act, job_ids, value=value, actor=actor)
    except ClausiusError as error:
        return ActResult(act=act, failed={(cluster, job_id): str(error) for job_id in job_ids})
    return ActResult(
        act=act,
        done=[(cluster, job_id) for job_id in done],
        failed={(cluster, job_id): why for job_id, why in failed.items()},
        undo=undo if done else "",
    )


def _once(
    runtime: Runtime, client: SlurmClient, act: Act, job_ids: list[str], *, value: str, actor: str
) -> tuple[list[str], dict[str, str], str]:
    """Raises `ClausiusError`."""
    if act == "cancel_tasks":
        job_ids = [array_part(parse_job_id(job_id).job, value) for job_id in job_ids]
    if act == "cancel" or act == "cancel_tasks":
        cancelled = actions.cancel_jobs(runtime.store, client, job_ids, actor=actor)
        return cancelled.cancelled, cancelled.failed, cancelled.undo
    assert act != "cancel_run"
    changed = control.change(runtime.store, client, job_ids, act, value=value, actor=actor)
    return changed.done, changed.failed, changed.undo


def _runs(runtime: Runtime, client: SlurmClient, job_ids: list[str], *, actor: str) -> ActResult:
    """Cancel the runs of these jobs, each once."""
    cluster, runs = client.cluster.name, dict[str, str]()
    result, undo = ActResult(act="cancel_run"), list[str]()
    for job_id in job_ids:
        try:
            with runtime.store.read() as cur:
                run_id = find_run(cur, cluster, job_id)
            if runs.setdefault(run_id, job_id) != job_id:
                continue
            outcome = control.cancel_run(runtime.store, client, run_id, actor=actor)
        except ClausiusError as error:
            result.failed[(cluster, job_id)] = str(error)
            continue
        result.done.extend((cluster, each) for each in outcome.done)
        result.failed.update({(cluster, each): why for each, why in outcome.failed.items()})
        undo.append(outcome.undo)
    told = "; ".join(dict.fromkeys(filter(None, undo)))
    return ActResult(act="cancel_run", done=result.done, failed=result.failed, undo=told)
