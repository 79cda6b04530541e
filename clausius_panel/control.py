"""The verbs for jobs that stay, and scripts on login nodes; `actions` has those that cancel and configure.

The guards live here and not in the faces: read-only mode, validation of ids and values, and a row of the audit for
each thing done or tried. `actor` says through which face the wish came, e.g. "cli", "browser", "mcp", "notebook".
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from .errors import ClausiusError, InvalidInput
from .guards import audit, checked_job_ids, no_way_back, refuse_when_read_only
from .slurm import SlurmClient
from .slurm.control import Change, Verb
from .slurm.script_runner import Interpreter, ScriptOutcome, check_script, named_interpreter
from .slurm.script_runner import run_script as run_on
from .store import Store
from .store.runs import find_run, jobs_in_queue

__all__ = [
    "ControlOutcome",
    "cancel_run",
    "change",
    "hold",
    "queued_of_run",
    "release",
    "requeue",
    "run_script",
    "set_nice",
    "set_partition",
    "set_time_limit",
    "to_top",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlOutcome:
    """What became of each job that was to be changed."""

    cluster: str
    action: str
    done: list[str]
    failed: dict[str, str]  # job id: what Slurm said
    undo: str  # how to take it back, in words; "" where that is not possible, or nothing was done


_UNDO = {
    "hold": "release it",
    "release": "hold it",
    "requeue": "",
    "top": "",
    "nice": "set nice to what it was, 0 by default",
    "time_limit": "set the time limit to what it was; only operators may raise it",
    "partition": "set the partition to what it was",
}


def change(
    store: Store,
    client: SlurmClient,
    job_ids: Collection[str],
    verb: Verb,
    *,
    value: str = "",
    actor: str = "script",
) -> ControlOutcome:
    """Do one thing to jobs, array tasks (`12_3`) or parts of arrays (`12_[3-5]`) of the client's cluster.

    One id that fails does not keep the others from being changed. Raises `ReadOnly`, `InvalidInput` for an id or a
    value that is none (then nothing is changed), and `TransportError` where the cluster cannot be asked.
    """
    refuse_when_read_only(store, verb)
    wish, ids = Change(verb=verb, value=value), checked_job_ids(job_ids)
    cluster, action = client.cluster.name, f"{verb} {value}".strip()
    try:
        said = client.change(wish, ids)
    except ClausiusError as error:
        # it may have happened all the same: a command that timed out can have reached the controller
        unknown = dict.fromkeys(ids, f"unknown: {error}")
        audit(store, actor=actor, action=action, cluster=cluster, failures=unknown)
        raise
    audit(store, actor=actor, action=action, cluster=cluster, failures=said)
    return _outcome(cluster, action, ids, said, undo=_UNDO[verb])


def _outcome(cluster: str, action: str, ids: list[str], said: dict[str, str], *, undo: str) -> ControlOutcome:
    return ControlOutcome(
        cluster=cluster,
        action=action,
        done=[job_id for job_id in ids if said.get(job_id) == ""],
        failed={job_id: said.get(job_id) or "no answer" for job_id in ids if said.get(job_id) != ""},
        undo=undo if "" in said.values() else "",
    )


def queued_of_run(store: Store, cluster: str, run_id: str) -> tuple[str, list[str]]:
    """A run's id, and the ids of its jobs that are in the queue: of arrays and het jobs the number in front.

    Raises `InvalidInput` for a run that was never seen or has nothing in the queue.
    """
    with store.read() as cur:
        found = find_run(cur, cluster, run_id)
        ids = jobs_in_queue(cur, cluster, found)
    if not ids:
        raise InvalidInput("run", run_id, "it has no job in the queue any more")
    return found, ids


def cancel_run(store: Store, client: SlurmClient, run_id: str, *, actor: str = "script") -> ControlOutcome:
    """Cancel every job of a run that is in the queue; the run is named by its id or any of its jobs'.

    Arrays and het jobs are cancelled as a whole. Raises `ReadOnly`, `InvalidInput` for a run that was never seen
    or has nothing in the queue, and `TransportError` where the cluster cannot be asked.
    """
    refuse_when_read_only(store, "cancel run")
    cluster = client.cluster.name
    found, ids = queued_of_run(store, cluster, run_id)
    try:
        said = client.cancel(ids)
    except ClausiusError as error:
        unknown = dict.fromkeys(ids, f"unknown: {error}")
        audit(store, actor=actor, action="cancel", cluster=cluster, failures=unknown, detail=f"run {found}")
        raise
    audit(store, actor=actor, action="cancel", cluster=cluster, failures=said, detail=f"run {found}")
    cancelled = [job_id for job_id in ids if said.get(job_id) == ""]
    return _outcome(cluster, "cancel", ids, said, undo=no_way_back(store, cluster, cancelled))


def hold(store: Store, client: SlurmClient, job_ids: Collection[str], *, actor: str = "script") -> ControlOutcome:
    """Keep waiting jobs from starting, in a way that their owner may release. Raises as `change` does."""
    return change(store, client, job_ids, "hold", actor=actor)


def release(
    store: Store, client: SlurmClient, job_ids: Collection[str], *, actor: str = "script"
) -> ControlOutcome:
    """Let held jobs start again. Raises as `change` does."""
    return change(store, client, job_ids, "release", actor=actor)


def requeue(
    store: Store, client: SlurmClient, job_ids: Collection[str], *, actor: str = "script"
) -> ControlOutcome:
    """End jobs that run and queue them again, or run again what has just ended. Raises as `change` does."""
    return change(store, client, job_ids, "requeue", actor=actor)


def to_top(
    store: Store, client: SlurmClient, job_ids: Collection[str], *, actor: str = "script"
) -> ControlOutcome:
    """Put jobs before their owner's others, where the cluster allows it. Raises as `change` does."""
    return change(store, client, job_ids, "top", actor=actor)


def set_nice(
    store: Store, client: SlurmClient, job_ids: Collection[str], nice: int, *, actor: str = "script"
) -> ControlOutcome:
    """Let jobs go before others (less) or after them (more). Raises as `change` does."""
    return change(store, client, job_ids, "nice", value=str(nice), actor=actor)


def set_time_limit(
    store: Store, client: SlurmClient, job_ids: Collection[str], time_limit: str, *, actor: str = "script"
) -> ControlOutcome:
    """Change how long jobs may run: minutes, `hours:minutes:seconds`, `days-hours` ... Raises as `change` does."""
    return change(store, client, job_ids, "time_limit", value=time_limit, actor=actor)


def set_partition(
    store: Store, client: SlurmClient, job_ids: Collection[str], partition: str, *, actor: str = "script"
) -> ControlOutcome:
    """Move waiting jobs to another partition. Raises as `change` does."""
    return change(store, client, job_ids, "partition", value=partition, actor=actor)


def run_script(
    store: Store,
    client: SlurmClient,
    script: str,
    *,
    interpreter: Interpreter | None = None,
    timeout_s: int = 120,
    max_bytes: int = 1024 * 1024,
    actor: str = "script",
) -> ScriptOutcome:
    """Run a script on the cluster's login node, as oneself. See `slurm.script_runner.run_script`.

    Without `interpreter` it is the one that the script's first line names, else bash.
    Raises `ReadOnly`, `InvalidInput`, and `TransportError` where the cluster cannot be asked.
    """
    refuse_when_read_only(store, "run script")
    interpreter = interpreter or named_interpreter(script)
    check_script(script, interpreter=interpreter, timeout_s=timeout_s, max_bytes=max_bytes)
    cluster, what = client.cluster.name, f"{interpreter}: {script.strip()[:500]}"
    try:
        outcome = run_on(
            client.transport, script, interpreter=interpreter, timeout_s=timeout_s, max_bytes=max_bytes
        )
    except ClausiusError as error:
        unknown = {what: f"unknown: {error}"}
        audit(store, actor=actor, action="run script", cluster=cluster, failures=unknown)
        raise
    ended = "" if outcome.exit_code == 0 else f"exit {outcome.exit_code}"
    failures = {what: "did not end in time" if outcome.timed_out else ended}
    audit(store, actor=actor, action="run script", cluster=cluster, failures=failures, detail="exit 0")
    return outcome
