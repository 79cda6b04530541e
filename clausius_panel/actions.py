"""The verbs: everything that changes a cluster or our configuration of it.

The guards live here and not in the faces: read-only mode, validation of ids and values, and one audit row for each
thing done or tried. `actor` says through which face the wish came, e.g. "cli", "browser", "mcp", "notebook".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from . import store as st
from .config import Config
from .errors import ClausiusError, InvalidInput, UnknownCluster
from .guards import audit, checked_job_ids, no_way_back, refuse_when_read_only
from .model import Cluster
from .model.cluster import PROCESSES
from .model.task_list import split_parts, tasks_of, together
from .slurm import ConnectionReport, SlurmClient
from .store import Store
from .store.array_rest import queued_of_arrays
from .store.rules import put_rules, read_rules
from .transport.check import check_cluster

__all__ = [
    "CancelOutcome",
    "add_cluster",
    "cancel_jobs",
    "remove_cluster",
    "set_setting",
    "test_cluster",
    "try_again",
    "update_cluster",
]


MAX_PARTS = 200
"""So many tasks at most are named to scancel one by one, where it is not known that all of them are there: of
several that are named as one it says only that not all were to be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOutcome:
    """What became of each job that was to be cancelled."""

    cluster: str
    cancelled: list[str]
    failed: dict[str, str]  # job id, or those tasks of a part of an array that failed: what Slurm said
    undo: str = ""  # what can be done about it, in words; "" where nothing was cancelled


def cancel_jobs(
    store: Store, client: SlurmClient, job_ids: Collection[str], *, actor: str = "script"
) -> CancelOutcome:
    """Cancel jobs, array tasks (`12_3`) or parts of arrays (`12_[3-5]`) of the client's cluster.

    One id that fails does not keep the others from being cancelled: of a part of an array of which only some tasks
    are in the queue these are cancelled, and the others told of. Raises `ReadOnly`, `InvalidInput` for an id
    that is none (then nothing is cancelled), and `TransportError` where the cluster cannot be asked.
    """
    refuse_when_read_only(store, "cancel")
    cluster, ids = client.cluster.name, checked_job_ids(job_ids)
    parts = split_parts(ids, most=MAX_PARTS, known=_queued_tasks(store, cluster, ids))
    try:
        told = client.cancel(single for singles in parts.values() for single in singles)
        said = {job_id: _truly(job_id, why, parts) for job_id, why in together(parts, told).items()}
    except ClausiusError as error:
        # it may have happened all the same: a command that timed out can have reached the controller
        unknown = dict.fromkeys(ids, f"unknown: {error}")
        audit(store, actor=actor, action="cancel", cluster=cluster, failures=unknown)
        raise
    audit(store, actor=actor, action="cancel", cluster=cluster, failures=said)
    cancelled = [job_id for job_id, why in said.items() if not why]
    return CancelOutcome(
        cluster=cluster,
        cancelled=cancelled,
        failed={job_id: why for job_id, why in said.items() if why},
        undo=no_way_back(store, cluster, cancelled),
    )


def _queued_tasks(store: Store, cluster: str, ids: Collection[str]) -> dict[str, set[int]]:
    """The tasks in the queue, as of the last look, of the arrays of which some of these ids name a part."""
    known: dict[str, set[int]] = {array: set() for job_id in ids if (array := tasks_of(job_id)[0])}
    for job_id in queued_of_arrays(store, cluster, known) if known else ():
        array, tasks = tasks_of(job_id)
        known.setdefault(array, set()).update(tasks)
    return known


def _truly(job_id: str, why: str, parts: Mapping[str, list[str]]) -> str:
    """Where many tasks were named as one, that some are not in the queue does not mean that none is."""
    was_one = parts.get(job_id) == [job_id] and len(tasks_of(job_id)[1]) > 1
    if was_one and why.startswith("it is not in the queue"):
        return "not all of these tasks are in the queue; those that are have been cancelled"
    return why


def add_cluster(
    store: Store, cluster: Cluster, *, config: Config, resolve: bool = True, actor: str = "script"
) -> Cluster:
    """Configure one more cluster; without `resolve` its host may be one that this machine cannot find now.

    Raises `ReadOnly`, and `InvalidInput` for a name that is taken, a key file that cannot be read or a host that
    is not known; then nothing is written.
    """
    refuse_when_read_only(store, "add cluster")
    if cluster.name in _names(store):
        raise InvalidInput("cluster", cluster.name, "this name is taken; update it or use another")
    check_cluster(cluster, config, resolve=resolve)
    return _put(store, cluster, "add cluster", actor)


def update_cluster(
    store: Store, name: str, *, config: Config, resolve: bool = True, actor: str = "script", **changes: Any
) -> Cluster:
    """Change some fields of a cluster's configuration; the others stay.

    Raises `ReadOnly`, `UnknownCluster`, or `InvalidInput` naming the field that is wrong or does not exist.
    """
    refuse_when_read_only(store, "update cluster")
    allowed = [field.name for field in fields(Cluster) if field.name != "name"]
    for field in changes:
        if field not in allowed:
            raise InvalidInput("field", field, f"use one of {', '.join(allowed)}")
    changed = replace(st.get_cluster(store, name), **changes)
    check_cluster(changed, config, resolve=resolve)
    return _put(store, changed, "update cluster", actor)


def remove_cluster(store: Store, name: str, *, actor: str = "script") -> None:
    """Forget a cluster's configuration; the history of its jobs stays. Raises `ReadOnly`, `UnknownCluster`.

    With processes of this machine their filters go: the next cluster of that name would be taken for them.
    """
    refuse_when_read_only(store, "remove cluster")
    if name not in (names := _names(store)):
        raise UnknownCluster(name, names)
    with store.write() as cur:
        st.delete_cluster(cur, name)
        if name == PROCESSES:
            rules = read_rules(cur, "process_filter")
            kept = [each for each in rules if not (isinstance(each, dict) and each.get("action") == "include")]
            put_rules(cur, "process_filter", kept)
        st.append_audit(
            cur, actor=actor, action="remove cluster", cluster=name, target=name, outcome="done", detail=""
        )


def test_cluster(store: Store, client: SlurmClient) -> ConnectionReport:
    """Connect and say what was found there. Raises `TransportError` with the reason if that fails."""
    report = client.test()
    try_again(store, client.cluster.name)
    return report


def try_again(store: Store, cluster: str) -> None:
    """After what kept us out was mended: let the next look ask, however long the pause after failures."""
    with store.write() as cur:
        st.forget_failures(cur, cluster)


def set_setting(store: Store, key: str, value: object, *, actor: str = "script") -> None:
    """Change one setting; in read-only mode that mode alone.

    Raises `ReadOnly`, and `InvalidInput` naming key, value and what is allowed.
    """
    if key != "read_only":
        refuse_when_read_only(store, "set a setting")
    with store.write() as cur:
        st.set_setting(cur, key, value)
        st.append_audit(cur, actor=actor, action="set", cluster="", target=key, outcome="done", detail=str(value))


def _names(store: Store) -> tuple[str, ...]:
    return tuple(cluster.name for cluster in st.list_clusters(store))


def _put(store: Store, cluster: Cluster, action: str, actor: str) -> Cluster:
    with store.write() as cur:
        st.put_cluster(cur, cluster)
        st.forget_failures(cur, cluster.name)
        st.append_audit(
            cur,
            actor=actor,
            action=action,
            cluster=cluster.name,
            target=cluster.name,
            outcome="done",
            detail=cluster.host,
        )
    return cluster
