"""Which waiting job starts where: priority order, one reservation a partition, back-filling around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from .catalogue import ClusterSpec
from .hardware import PartitionSpec, SimNode, place
from .job import Dependency, SimJob

__all__ = ["State", "dependency_verdict", "schedule"]

_DEPTH = 60  # jobs a pass tries to place, as default_queue_depth bounds it in Slurm


class State(Protocol):
    """What the scheduler sees of the simulation."""

    spec: ClusterSpec
    now: float
    nodes: dict[str, SimNode]
    partitions: dict[str, PartitionSpec]
    pending: list[SimJob]
    outcomes: dict[int, str]

    def holders(self) -> Iterable[SimJob]:
        """Jobs that hold nodes."""
        ...

    def relatives(self, job: SimJob) -> list[SimJob]:
        """Open jobs of the same user and name."""
        ...

    def array_members(self, array_id: int) -> list[SimJob]:
        """Open records of an array."""
        ...

    def components(self, job: SimJob) -> list[SimJob]:
        """All components of a heterogeneous job, or the job alone."""
        ...

    def start(self, job: SimJob, nodes: list[SimNode]) -> SimJob:
        """Start a job, or the next task of an array."""
        ...

    def preempt(self, job: SimJob) -> None:
        """Take a job's nodes away."""
        ...


@dataclass(slots=True)
class _Pass:
    """What one pass keeps account of."""

    user_jobs: Counter[tuple[str, str]] = field(default_factory=Counter)  # (partition, user)
    account_gpus: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    array_tasks: Counter[int] = field(default_factory=Counter)
    reserved: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)
    tried: int = 0

    def count(self, job: SimJob) -> None:
        self.user_jobs[job.partition, job.user] += 1
        self.account_gpus[job.account] += job.shape.gpus * job.shape.nodes
        self.licences[job.licence] += 1
        if job.array_id:
            self.array_tasks[job.array_id] += 1


def dependency_verdict(term: Dependency, job: SimJob, state: State) -> str:
    """Whether a dependency is "met", can "never" be met, or must be waited for ("wait")."""
    if term.kind == "singleton":
        older = (other for other in state.relatives(job) if other.job_id < job.job_id)
        return "wait" if any(older) else "met"
    if term.job_id not in state.outcomes or state.array_members(term.job_id):
        return "wait"
    good = state.outcomes[term.job_id] == "COMPLETED"
    wanted = {"afterok": good, "afternotok": not good}
    return "met" if wanted.get(term.kind, True) else "never"


def schedule(state: State) -> None:
    """Start what can start now, and write into every waiting job's `reason` why it waits."""
    book = _Pass()
    for job in state.holders():
        book.count(job)
    for job in list(state.pending):
        if job.het_offset:
            continue
        while job.state == "PENDING":  # an array starts a task at a time
            reason = _obstacle(job, state, book) or _try_start(job, state, book)
            if reason != "started":
                _explain(job, reason, state)
                break


def _explain(job: SimJob, reason: str, state: State) -> None:
    for component in state.components(job):
        component.reason = reason
        if reason != "Resources":
            component.estimate, component.expected_nodes = None, ()


def _obstacle(job: SimJob, state: State, book: _Pass) -> str:
    """Why the job may not start whatever is free; "" if nothing stands in its way."""
    if job.held:
        return "JobHeldUser" if job.held == "user" else "JobHeldAdmin"
    if job.dependencies:
        verdicts = {term: dependency_verdict(term, job, state) for term in job.dependencies}
        job.dependencies = tuple(term for term, verdict in verdicts.items() if verdict != "met")
        if job.dependencies:
            return "DependencyNeverSatisfied" if "never" in verdicts.values() else "Dependency"
    if job.begin is not None and job.begin > state.now:
        return "BeginTime"
    if job.eligible is None:
        job.eligible = state.now
    partition = state.partitions[job.partition]
    if partition.state != "up":
        return "PartitionDown"
    if partition.limit_s is not None and job.limit_s > partition.limit_s:
        return "PartitionTimeLimit"
    return _limit(job, state.spec, book)


def _limit(job: SimJob, spec: ClusterSpec, book: _Pass) -> str:
    if job.array_limit and book.array_tasks[job.array_id] >= job.array_limit:
        return "JobArrayTaskLimit"
    if job.licence and book.licences[job.licence] >= spec.licences.get(job.licence, 0):
        return "Licenses"
    most = spec.max_per_user.get(job.partition)
    if most is not None and book.user_jobs[job.partition, job.user] >= most:
        return "QOSMaxJobsPerUserLimit"
    gpus = job.shape.gpus * job.shape.nodes
    cap = spec.account_gpus.get(job.account)
    if gpus and cap is not None and book.account_gpus[job.account] + gpus > cap:
        return "AssocGrpGRES"
    return ""


def _try_start(job: SimJob, state: State, book: _Pass) -> str:
    """Start the job: "started", else the reason why it waits."""
    reservation = book.reserved.get(job.partition)
    if reservation is not None:
        book.tried += 1
        if book.tried > _DEPTH:
            return "Priority"
    if _start_all(job, state, book, reservation):
        return "started"
    if reservation is not None:
        return "Priority"
    if _preempt_for(job, state) and _start_all(job, state, book, None):
        return "started"
    when, names = _reservation(job, state)
    if when is None:
        return _unavailable(job, state)
    book.reserved[job.partition] = when, frozenset(names)
    job.estimate, job.expected_nodes = when, names
    return "Resources"


def _candidates(job: SimJob, state: State, reservation: tuple[float, frozenset[str]] | None) -> list[SimNode]:
    names = state.partitions[job.partition].nodes
    if reservation is None or state.now + job.limit_s <= reservation[0]:
        return [state.nodes[name] for name in names]
    return [state.nodes[name] for name in names if name not in reservation[1]]


def _start_all(job: SimJob, state: State, book: _Pass, reservation: tuple[float, frozenset[str]] | None) -> bool:
    """Start all components or none."""
    components = state.components(job)
    nodes = _candidates(job, state, reservation)
    trial = {node.name: node.copy() for node in nodes} if len(components) > 1 else {}
    for component in components if trial else ():
        chosen = place(component.shape, trial.values())
        if not chosen:
            return False
        for node in chosen:
            node.take(component.job_id, component.shape)
    for component in components:
        chosen = place(component.shape, nodes)
        if not chosen:
            return False
        book.count(state.start(component, chosen))
    return True


def _preempt_for(job: SimJob, state: State) -> bool:
    """Make room by taking nodes from jobs that allow it; False if that would not help."""
    if job.preemptible or len(state.components(job)) > 1:
        return False
    victims = [other for other in state.holders() if other.preemptible and other.state == "RUNNING"]
    if not victims:
        return False
    names = state.partitions[job.partition].nodes
    trial = {name: state.nodes[name].copy() for name in names}
    _release(victims, trial)
    chosen = {node.name for node in place(job.shape, trial.values())}
    if not chosen:
        return False
    for victim in victims:
        if chosen & set(victim.placement):
            state.preempt(victim)
    return True


def _release(jobs: Iterable[SimJob], nodes: Mapping[str, SimNode]) -> None:
    for job in jobs:
        for name, gpus in job.placement.items():
            if name in nodes:
                nodes[name].release(job.job_id, job.shape, gpus)


def _reservation(job: SimJob, state: State) -> tuple[float | None, tuple[str, ...]]:
    """When and where the job can start at the latest, if all jobs run to their limits."""
    trial = {name: state.nodes[name].copy() for name in state.partitions[job.partition].nodes}
    ends = sorted(
        ((other.start or 0.0) + other.suspended_s + other.limit_s, other.job_id, other)
        for other in state.holders()
        if not trial.keys().isdisjoint(other.placement)
    )
    for when, _, other in ends:
        _release((other,), trial)
        chosen = place(job.shape, trial.values())
        if chosen:
            return max(when, state.now), tuple(node.name for node in chosen)
    return None, ()


def _unavailable(job: SimJob, state: State) -> str:
    """The reason of a job that not even an empty cluster would start today."""
    nodes = [state.nodes[name] for name in state.partitions[job.partition].nodes]
    shut = [node.name for node in nodes if not node.is_open and node.could_fit(job.shape)]
    if sum(node.could_fit(job.shape) for node in nodes) < job.shape.nodes or not shut:
        return "Resources"
    return f"ReqNodeNotAvail, UnavailableNodes:{','.join(shut)}"
