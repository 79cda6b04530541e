"""What a job uses of what it was given, asked and kept: the one function behind every face.

A running job of one's own is asked for by sstat, an ended one by sacct, each at most every `stats_interval_s`
seconds whoever looks; in between the last snapshot answers. A step inside the job is started only where the caller
says so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from . import queries
from . import store as st
from .errors import ClausiusError, InvalidInput, TransportError, UnknownAttempt
from .guards import audit, checked_job_ids, refuse_when_read_only
from .local_processes import process_clusters
from .model import Freshness, Job, is_final, state_family
from .model.job_usage import GpuUse, Usage, cpu_rates, cpus_used, gpus_together, usage_of_steps
from .model.usage_verdict import Verdict, verdicts
from .queries import JobDetail
from .queries.job_stats import MAX_SNAPSHOTS
from .sightings import with_newest
from .slurm.stats_asking import StatsAnswer, ask_accounting, ask_live
from .slurm.stats_gpus import MAX_NODES
from .store import Store
from .store.job_stats import append_usage, read_usage

if TYPE_CHECKING:
    from .runtime import Runtime

__all__ = ["JobStats", "ask", "known_stats", "step_refusal", "step_warning", "who_we_are"]

WAIT_S = 30.0
"""How long an answer may wait for the queue before it goes by older data."""

SETTLES = timedelta(minutes=10)
"""So long after a job's end accounting may still be adding to its record."""

_GPU_FRESH = timedelta(minutes=15)
"""GPUs that were measured longer ago are told of with their age, but not judged."""

_SOURCE = {
    "sstat": "sstat: what Slurm samples while the job runs",
    "step": "sstat, and nvidia-smi in a step inside the job",
    "accounting": "sacct: what Slurm's accounting kept",
}
_TURNS = tuple(threading.Lock() for _ in range(64))
"""Two faces of one process that ask for the same job take turns; the second finds what the first has kept."""


@dataclass(frozen=True, kw_only=True)  # without slots: the MCP SDK takes a slot for a default value
class JobStats:
    """What a job uses, or used. Shares are per cent of what it was given; None is not measured."""

    cluster: str
    job_id: str
    name: str
    user: str
    state: str
    attempt: int  # which attempt of a requeued job this is, from 1
    attempts: int  # how many are known
    as_of: datetime | None  # UTC; None: nothing was ever measured
    age_s: float | None
    source: str  # in words; "" while there is nothing
    elapsed_s: int
    time_limit_s: int | None
    cpus: int
    cpus_used: float | None  # mean since its start
    cpu_percent: float | None  # the same as a share
    cpu_now_percent: float | None  # between the last two looks
    memory_mib: int | None  # what it was given
    rss_mib: int | None  # what it uses at the moment
    max_rss_mib: int | None  # its peak; where tasks differ, an upper bound
    memory_percent: float | None  # the peak as a share
    gpus: int
    gpu_type: str
    gpu_percent: float | None  # mean over its GPUs
    gpu_memory_mib: int | None
    gpu_memory_total_mib: int | None
    gpu_as_of: datetime | None  # UTC; when the GPUs were measured, which may be longer ago than the rest
    gpu_source: str
    devices: list[GpuUse]  # single GPUs, where they were ever measured
    devices_as_of: datetime | None
    verdicts: list[Verdict]
    problems: list[str]  # what could not be had, and why
    unmeasured: str  # what is not measured here at all, and what could be done about it; "" if nothing is
    snapshots: int  # how many looks at it are kept
    freshness: Freshness  # of the cluster's queue


def ask(
    runtime: Runtime,
    cluster: str,
    job_id: str,
    *,
    submitted: datetime | None = None,
    attempt: int | None = None,
    by_step: bool = False,
    wait_s: float = WAIT_S,
    actor: str = "script",
) -> JobStats:
    """What a job uses, no older than the setting stats_interval_s where that can be had.

    It is the newest attempt of a requeued job, or the one that was `submitted` at that second, or the `attempt` of
    that number, from 1 (as `JobStats.attempt`).
    `by_step` starts one step inside the running job, on all its nodes, that runs nvidia-smi once (see
    `step_warning`, which a face shows before); it is written into the audit. That a cluster cannot be asked is
    told in `problems`, beside what is known. Raises `InvalidInput` for an id that is none, `UnknownJob`,
    `UnknownAttempt`, `UnknownCluster` and `StoreError`; with `by_step` also `ReadOnly`, `InvalidInput` where no
    step can be started, and `TransportError`.
    """
    [job_id] = checked_job_ids([job_id])
    if by_step:
        refuse_when_read_only(runtime.store, "start a step in the job")
    [freshness] = runtime.refresh([cluster], wait_s=wait_s)
    detail = with_newest(
        runtime,
        cluster,
        lambda: _found(runtime.store, cluster, job_id, submitted=submitted, attempt=attempt),
        wait_s=wait_s,
    )
    if detail.cluster.as_of != freshness.as_of:  # it was asked once more
        freshness = detail.cluster
    job = detail.job
    problems: list[str] = []
    if by_step:
        if reason := step_refusal(job, user=who_we_are(runtime.store, cluster)):
            raise InvalidInput("job id", job_id, reason)
        problems += _by_step(runtime, job, actor)
    elif reason := _silence(runtime.store, job):
        problems.append(reason)
    else:
        with _TURNS[hash((cluster, job.job_id_raw)) % len(_TURNS)]:
            problems += _look(runtime, detail)
    with runtime.store.read() as cur:
        history = read_usage(cur, job, limit=MAX_SNAPSHOTS)
    return _stats(detail, history, problems, freshness)


def known_stats(store: Store, cluster: str, job_id: str, *, submitted: datetime | None = None) -> JobStats:
    """The same from what was kept: no cluster is asked. Raises `InvalidInput`, `UnknownCluster`, `StoreError`."""
    [freshness] = queries.freshness(store, clusters=[cluster])
    detail = queries.job(store, cluster=cluster, job_id=job_id, submitted=submitted)
    with store.read() as cur:
        history = read_usage(cur, detail.job, limit=MAX_SNAPSHOTS)
    reason = _silence(store, detail.job)
    return _stats(detail, history, [reason] if reason else [], freshness)


def _found(
    store: Store, cluster: str, job_id: str, *, submitted: datetime | None, attempt: int | None
) -> JobDetail:
    """The job, or one attempt at it. Raises `UnknownJob`, `UnknownAttempt`."""
    detail = queries.job(store, cluster=cluster, job_id=job_id, submitted=submitted)
    if attempt is None:
        return detail
    times = detail.attempts[::-1]
    if not 1 <= attempt <= max(1, len(times)):
        raise UnknownAttempt(attempt, max(1, len(times)), job_id=job_id, cluster=cluster)
    if not times:
        return detail
    return queries.job(store, cluster=cluster, job_id=job_id, submitted=times[attempt - 1])


def step_warning(job: Job) -> str:
    """What a face says before it asks with `by_step`."""
    where = "its node" if job.nodes <= 1 else f"each of its {job.nodes} nodes"
    return (
        f"This starts a step inside job {job.job_id}: nvidia-smi runs once on {where}, for a few seconds. "
        "It shares the job's CPUs, memory and GPUs, and shows among its steps in Slurm's accounting."
    )


def step_refusal(job: Job, *, user: str) -> str:
    """Why no step can be started inside the job; "" where one can. `user` is who we are there, "" if not known."""
    if job.state != "RUNNING":
        return f"a step needs a running job, and this one is {job.state}"
    if not job.gpus:
        return "it holds no GPU"
    if user and job.user != user:
        return f"only its owner ({job.user}) may start a step in it"
    if not 1 <= job.nodes <= MAX_NODES:
        return f"it has {job.nodes} nodes; a step is started on 1 to {MAX_NODES}"
    return ""


def who_we_are(store: Store, cluster: str) -> str:
    """Our login name on the cluster; "" while that is not known."""
    known = st.cluster_states(store).get(cluster)
    return known.user_name if known is not None else ""


def _silence(store: Store, job: Job) -> str:
    """Why nobody need be asked about the job; "" where asking makes sense."""
    user = who_we_are(store, job.cluster)
    if job.cluster in process_clusters(store):
        return "it is a process of this machine: what Slurm measures of jobs is not measured of it"
    if state_family(job.state) == "pending" or (job.start_time is None and not is_final(job.state)):
        return "it has not started"
    if not is_final(job.state) and user and job.user != user:
        return f"Slurm tells what a running job uses only to its owner ({job.user})"
    if is_final(job.state) and not job.elapsed_s:
        has_run = job.start_time is not None and state_family(job.state) != "cancelled"
        return "it ran for less than a second" if has_run else "it never ran"
    return ""


def _look(runtime: Runtime, detail: JobDetail) -> list[str]:
    """Ask the cluster where a look is due, and keep what it says; what could not be had, in words."""
    job, older = detail.job, None if detail.is_newest else detail.job.submit_time
    interval = timedelta(seconds=st.settings(runtime.store).stats_interval_s)
    ended = is_final(job.state) or job.state == "UNKNOWN"
    with runtime.store.read() as cur:
        newest = [usage for usage in read_usage(cur, job, limit=50) if (usage.source == "accounting") == ended]
    if newest and (_is_settled(job, newest[-1]) or datetime.now(UTC) - newest[-1].at < interval):
        return [] if not newest[-1].is_empty else ["nothing was measured when it was asked last"]
    client, started = runtime.client(job.cluster), time.monotonic()
    try:
        if ended:
            answer = ask_accounting(client.cluster, client.transport, job.job_id_raw, submitted=older)
        else:
            answer = ask_live(client.cluster, client.transport, job.job_id_raw)
    except TransportError as error:
        return [str(error)]
    _keep(runtime, job, answer, started=started)
    return list(answer.problems)


def _is_settled(job: Job, usage: Usage) -> bool:
    """Whether accounting has told all that it ever will."""
    if usage.source != "accounting":
        return False
    since_end = usage.at - job.end_time if job.end_time else SETTLES
    return usage.max_rss_mib is not None or since_end >= SETTLES


def _by_step(runtime: Runtime, job: Job, actor: str) -> list[str]:
    """Start the step, keep what it measured; what could not be had, in words. Raises `TransportError`."""
    client, started = runtime.client(job.cluster), time.monotonic()
    try:
        answer = ask_live(client.cluster, client.transport, job.job_id_raw, step_nodes=job.nodes)
    except ClausiusError as error:
        _note(runtime, job, actor, f"unknown: {error}")
        raise
    _note(runtime, job, actor, "" if answer.gpus else "; ".join(answer.problems) or "it told of no GPU")
    _keep(runtime, job, answer, started=started)
    return list(answer.problems)


def _note(runtime: Runtime, job: Job, actor: str, failure: str) -> None:
    detail = f"nvidia-smi on {job.nodes} nodes"
    failures = {job.job_id: failure}
    audit(runtime.store, actor=actor, action="step", cluster=job.cluster, failures=failures, detail=detail)


def _keep(runtime: Runtime, job: Job, answer: StatsAnswer, *, started: float) -> None:
    at = datetime.now(UTC)
    ended = is_final(job.state) or job.state == "UNKNOWN"
    usage = usage_of_steps(job, answer.steps or [], at=at, source="accounting" if ended else "sstat")
    if answer.gpus:
        percent, used, total = gpus_together(answer.gpus)
        usage = replace(
            usage,
            source="step",
            gpus=tuple(answer.gpus),
            gpu_percent=percent,
            gpu_memory_mib=used,
            gpu_memory_total_mib=total,
        )
    kept = timedelta(days=st.settings(runtime.store).stats_kept_days)
    with runtime.store.write() as cur:
        append_usage(cur, job, usage, kept=kept)
        st.record_poll(
            cur,
            job.cluster,
            at=at,
            commands=answer.commands,
            answer_bytes=answer.answer_bytes,
            duration_s=time.monotonic() - started,
        )


def _stats(detail: JobDetail, kept: Sequence[Usage], problems: list[str], freshness: Freshness) -> JobStats:
    job, now = detail.job, datetime.now(UTC)
    history = [usage for usage in kept if not usage.is_empty]
    latest = history[-1] if history else None
    gpu = _gpu_usage(job, history)
    devices = next((usage for usage in reversed(history) if usage.gpus), None)
    judged = _judged(job, latest, gpu, now)
    used = cpus_used(job, latest) if latest else None
    peak = max((mib for usage in history for mib in (usage.rss_mib, usage.max_rss_mib) if mib), default=None)
    if judged is not None and peak is not None:
        judged = replace(judged, max_rss_mib=peak)
    rates = cpu_rates(job, history)
    return JobStats(
        cluster=job.cluster,
        job_id=job.job_id,
        name=job.name,
        user=job.user,
        state=job.state,
        attempt=detail.attempt,
        attempts=max(1, len(detail.attempts)),
        as_of=latest.at if latest else None,
        age_s=round((now - latest.at).total_seconds(), 1) if latest else None,
        source=_SOURCE[latest.source] if latest else "",
        elapsed_s=job.elapsed_s,
        time_limit_s=job.time_limit_s,
        cpus=job.cpus,
        cpus_used=None if used is None else round(used, 2),
        cpu_percent=_rounded(latest.cpu_percent) if latest else None,
        cpu_now_percent=_rounded(rates[-1]) if rates and not is_final(job.state) else None,
        memory_mib=job.memory_mib,
        rss_mib=latest.rss_mib if latest and not is_final(job.state) else None,
        max_rss_mib=peak,
        memory_percent=_rounded(100 * peak / job.memory_mib) if peak and job.memory_mib else None,
        gpus=job.gpus,
        gpu_type=job.gpu_type,
        gpu_percent=_rounded(gpu.gpu_percent) if gpu else None,
        gpu_memory_mib=gpu.gpu_memory_mib if gpu else None,
        gpu_memory_total_mib=seen.gpu_memory_total_mib if (seen := devices or gpu) else None,
        gpu_as_of=gpu.at if gpu else None,
        gpu_source=_SOURCE[gpu.source] if gpu else "",
        devices=list(devices.gpus) if devices else [],
        devices_as_of=devices.at if devices else None,
        verdicts=verdicts(job, judged, history=history, now=now),
        problems=problems,
        unmeasured=_unmeasured(job, gpu, latest),
        snapshots=len(history),
        freshness=freshness,
    )


def _gpu_usage(job: Job, history: Sequence[Usage]) -> Usage | None:
    """The last look that measured the GPUs; of an ended job the mean of all looks at it."""
    measured = [usage for usage in history if usage.gpu_percent is not None or usage.gpus]
    if not measured:
        return None
    live = [usage for usage in measured if usage.source != "accounting"]
    shares = [usage.gpu_percent for usage in live if usage.gpu_percent is not None]
    if is_final(job.state) and len(shares) > 1:
        return replace(live[-1], gpu_percent=sum(shares) / len(shares))
    return measured[-1]


def _judged(job: Job, latest: Usage | None, gpu: Usage | None, now: datetime) -> Usage | None:
    """What verdicts are drawn from: the last look, with the GPUs of the last one that saw them if that is new."""
    if latest is None:
        return None
    is_new = gpu is not None and (is_final(job.state) or now - gpu.at <= _GPU_FRESH)
    return replace(latest, gpu_percent=gpu.gpu_percent if gpu is not None and is_new else None)


def _unmeasured(job: Job, gpu: Usage | None, latest: Usage | None) -> str:
    if not job.gpus or gpu is not None or latest is None:
        return ""
    remedy = "; a step inside the job can measure it, on request" if job.state == "RUNNING" else ""
    return f"GPU use was not measured: this cluster's Slurm does not sample it{remedy}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
