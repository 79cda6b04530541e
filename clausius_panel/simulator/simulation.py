"""The discrete-event simulation of one Slurm cluster."""

from __future__ import annotations

import copy
import heapq
import itertools
import random
import threading
from bisect import insort
from collections.abc import Iterable
from dataclasses import replace

from .cast import cast
from .catalogue import USERS, ClusterSpec, Trouble
from .families import FAMILIES, Family
from .hardware import SimNode, allocate, build_nodes
from .job import SimJob
from .mishaps import Mishaps
from .request import Request, new_job
from .scheduler import dependency_verdict, schedule
from .workload import HOUR, Workload, fate

__all__ = ["AGING_S", "Simulation"]

AGING_S = 40.0
"""A waiting job gains one point of priority in so many seconds."""

_GIVE_UP_S = 1.5 * HOUR  # after which people cancel what can never start
_Event = tuple[float, int, str, object, int]


class Simulation:
    """A cluster from `-history_s` to whenever it is asked for. Hold `lock` while using it from several threads.

    Everything follows from the seed: asking more or less often, or at other moments, changes nothing.
    """

    def __init__(
        self,
        spec: ClusterSpec,
        *,
        seed: int,
        history_s: float = 36 * HOUR,
        min_job_age_s: float = 300.0,
        jobs: int = 0,
        home: str = "/home/demo",
    ) -> None:
        self.spec, self.seed, self.home = spec, seed, home
        self.lock = threading.RLock()
        self.now = -history_s
        self.min_job_age_s = min_job_age_s
        self.nodes = build_nodes(spec.groups)
        self.partitions = {partition.name: partition for partition in spec.partitions}
        self.jobs: dict[int, SimJob] = {}  # open, or ended a moment ago: what squeue knows
        self.records: list[SimJob] = []  # ended attempts in order of their end: what sacct knows
        self.pending: list[SimJob] = []  # in order of priority
        self.outcomes: dict[int, str] = {}
        self._holders: dict[int, SimJob] = {}
        self._ended: list[SimJob] = []  # those still in `jobs`
        self._groups: dict[int, list[SimJob]] = {}  # arrays and heterogeneous jobs
        self._ids = itertools.count(spec.first_id)
        self._sequence = itertools.count()
        self._events: list[_Event] = []
        self._dirty = False
        self._normal = spec.waiting  # so many waiting jobs keep nobody from submitting
        self._workload = Workload(spec.campaigns, gap_s=spec.gap_s, seed=f"{seed}/{spec.name}")
        self._mishaps = Mishaps(f"{seed}/{spec.name}/mishaps")
        if spec.campaigns:  # without any a cluster is quiet: nothing happens but what is submitted
            self._push(self.now, "arrive", None)
            self._push(self.now, "mishap", None)
            self._push(max(self.now, -0.3 * HOUR), "cast", None)
            for family in FAMILIES:
                if family.cluster == spec.name and family.at_s >= self.now:
                    self._push(family.at_s, "family", family)
            self._push(max(self.now, -6 * HOUR), "filler", jobs)
        for trouble in spec.troubles:
            self._push(max(self.now, trouble.at_s), "trouble", trouble)

    def advance(self, to: float) -> None:
        """Let everything happen until the moment `to`."""
        while self._events and self._events[0][0] <= to:
            at, _, kind, subject, generation = heapq.heappop(self._events)
            self.now = at
            self._happen(kind, subject, generation)
            if self._dirty:
                self._dirty = False
                schedule(self)
        self.now = max(self.now, to)
        self._forget()

    def submit(self, request: Request) -> int:
        """Take a submission; the answer is the (array's, or het leader's) job id."""
        job_id = next(self._ids)
        ids = [job_id, *(next(self._ids) for _ in request.others)]
        for offset, (own_id, shape) in enumerate(zip(ids, (request.shape, *request.others), strict=True)):
            tier = self.partitions[request.partition].tier
            job = new_job(self._known(request), own_id, shape, now=self.now, tier=tier, home=self.home)
            if request.others:
                job.het_id, job.het_offset = job_id, offset
            self._queue(job)
        if request.begin_s is not None:
            self._push(self.now + request.begin_s, "wake", None)
        self._dirty = True
        return job_id

    def cancel(self, job: SimJob, uid: int, tasks: Iterable[int] | None = None) -> None:
        """Cancel a job, or of an array's rest only `tasks`."""
        if tasks is not None and job.is_array_rest:
            self._cancel_tasks(job, uid, set(tasks))
            return
        for component in self.components(job):
            if component.state != "COMPLETING":
                component.cancelled_by = uid
            if component.holds_nodes and component.state != "COMPLETING":
                self._verdict(component, "CANCELLED")
            elif component.state == "PENDING":
                self.pending.remove(component)
                self._finish(component, "CANCELLED")
        self.settle()

    def settle(self) -> None:
        """Let the scheduler look at once, after something was changed by hand."""
        self._dirty = False
        schedule(self)

    def wake_at(self, when: float) -> None:
        """Let the scheduler look at the moment `when`."""
        self._push(when, "wake", None)

    def requeue(self, job: SimJob, state: str, *, delay_s: float = 120.0) -> None:
        """Take a running job's nodes and put it back; this attempt stays in the records with `state`."""
        attempt = copy.copy(job)
        attempt.state, attempt.reason, attempt.end = state, "None", self.now
        self.records.append(attempt)
        self._release(job)
        job.placement = {}
        waited = self.now - job.submit
        job.state, job.reason = "PENDING", "BeginTime"
        job.start, job.suspended_at, job.suspended_s = None, None, 0.0
        job.submit, job.priority, job.eligible = self.now, job.priority + waited / AGING_S, None
        job.begin = self.now + delay_s
        job.restarts += 1
        job.generation += 1
        self._insert(job)
        self.wake_at(job.begin)

    def holders(self) -> list[SimJob]:
        """Jobs that hold nodes."""
        return list(self._holders.values())

    def relatives(self, job: SimJob) -> list[SimJob]:
        """Open jobs of the same user and name."""
        candidates = itertools.chain(self.pending, self._holders.values())
        return [other for other in candidates if other.name == job.name and other.user == job.user]

    def array_members(self, array_id: int) -> list[SimJob]:
        """Open records of an array."""
        return [job for job in self._groups.get(array_id, ()) if job.is_open]

    def components(self, job: SimJob) -> list[SimJob]:
        """All components of a heterogeneous job, or the job alone."""
        return self._groups[job.het_id] if job.het_id else [job]

    def start(self, job: SimJob, nodes: list[SimNode]) -> SimJob:
        """Start a job, or the next task of an array's rest; the answer is what started."""
        if job.is_array_rest:
            job = self._next_task(job)
        else:
            self.pending.remove(job)
        job.placement = allocate(job.job_id, job.shape, nodes)
        job.start, job.reason, job.estimate, job.expected_nodes = self.now, "None", None, ()
        self._holders[job.job_id] = job
        if job.shape.nodes > 1:
            job.state = "CONFIGURING"
            self._push(self.now + 8.0, "configured", job, job.generation)
        else:
            job.state = "RUNNING"
        self._push(self.now + min(job.run_s, job.limit_s), "verdict", job, job.generation)
        return job

    def preempt(self, job: SimJob) -> None:
        """Take a job's nodes for one that matters more."""
        if job.requeue:
            self.requeue(job, "PREEMPTED")
        else:
            self._finish(job, "PREEMPTED")

    def _happen(self, kind: str, subject: object, generation: int) -> None:
        match kind, subject:
            case "arrive", _:
                self._workload.submit_one(self.submit)
                self._push(self.now + self._workload.next_gap(len(self.pending), self._normal), "arrive", None)
            case "cast", _:
                cast(self)
            case "family", Family() as family:
                family.submit(self)
            case "filler", int(count):
                self._normal += count
                self._workload.filler(count, self.submit)
            case "trouble", Trouble() as trouble:
                self.trouble(trouble)
            case "recover", str(name):
                node = self.nodes[name]
                node.down, node.drain, node.reason = False, False, ""
                self._dirty = True
            case "mishap", _:
                self._mishaps.strike(self)
                self._push(self.now + self._mishaps.next_gap(), "mishap", None)
            case "wake", _:
                self._dirty = True
            case _, SimJob() as job if job.generation == generation:
                self._job_event(kind, job)

    def _job_event(self, kind: str, job: SimJob) -> None:
        match kind:
            case "configured" if job.state == "CONFIGURING":
                job.state = "RUNNING"
            case "verdict" if job.state in ("RUNNING", "CONFIGURING"):
                self._verdict(job, job.verdict if job.run_s <= job.limit_s else "TIMEOUT")
            case "ended" if job.state == "COMPLETING":
                self._finish(job, job.outcome)
            case "give up" if job.state == "PENDING":
                self.cancel(job, USERS.get(job.user, 0))
            case "resume" if job.state == "SUSPENDED":
                self._unsuspend(job)
                job.state = "RUNNING"
                self._push(
                    self.now + max(1.0, job.run_s - job.elapsed_s(self.now)), "verdict", job, job.generation
                )
            case _:
                pass  # the job went another way in the meantime

    def suspend(self, job: SimJob, lasts_s: float) -> None:
        """Stop a running job for a while; it keeps its nodes."""
        job.state, job.suspended_at = "SUSPENDED", self.now
        job.generation += 1
        self._push(self.now + lasts_s, "resume", job, job.generation)

    def _unsuspend(self, job: SimJob) -> None:
        if job.suspended_at is not None:
            job.suspended_s += self.now - job.suspended_at
            job.suspended_at = None

    def trouble(self, trouble: Trouble) -> None:
        """Drain a node, or lose it with the jobs on it, from now on."""
        node = self.nodes[trouble.node]
        node.reason, node.reason_since = trouble.reason, self.now
        node.drain, node.down = trouble.kind == "drain", trouble.kind == "down"
        for job_id in sorted(node.jobs) if node.down else ():
            job = self._holders[job_id]
            if job.requeue and job.state != "COMPLETING":
                self.requeue(job, "NODE_FAIL")
            else:
                self._finish(job, job.outcome or "NODE_FAIL")
        if trouble.lasts_s is not None:
            self._push(self.now + trouble.lasts_s, "recover", trouble.node)
        self._dirty = True

    def _push(self, at: float, kind: str, subject: object, generation: int = 0) -> None:
        heapq.heappush(self._events, (at, next(self._sequence), kind, subject, generation))

    def _known(self, request: Request) -> Request:
        """The request without dependencies on jobs that never were: Slurm takes them for fulfilled."""
        terms = (
            term for term in request.dependencies if term.job_id in self.jobs.keys() | self.outcomes.keys() | {0}
        )
        return replace(request, dependencies=tuple(terms))

    def _queue(self, job: SimJob) -> None:
        self.jobs[job.job_id] = job
        if job.array_id or job.het_id:
            self._groups.setdefault(job.array_id or job.het_id, []).append(job)
        self._insert(job)

    def _insert(self, job: SimJob) -> None:
        insort(self.pending, job, key=_order)

    def _next_task(self, rest: SimJob) -> SimJob:
        """The record of the next task; the array's own record becomes its last task."""
        task = rest.waiting.pop(0)
        if rest.waiting:
            job = copy.copy(rest)
            job.job_id, job.waiting, job.estimate, job.expected_nodes = next(self._ids), [], None, ()
            self.jobs[job.job_id] = job
            self._groups[rest.array_id].append(job)
        else:
            self.pending.remove(rest)
            job = rest
        job.task, job.eligible = task, self.now
        rng = random.Random(f"{self.seed}/{self.spec.name}/{rest.array_id}/{task}")
        job.run_s, job.verdict, job.exit_code = fate(rng, job.limit_s, (0.2, 0.8))
        return job

    def _verdict(self, job: SimJob, state: str) -> None:
        """The work is over; the nodes are cleaned up for some seconds."""
        self._unsuspend(job)
        if state == "CANCELLED" and job.cancelled_by is None:
            job.cancelled_by = USERS.get(job.user, 0)
        job.outcome, job.state, job.end = state, "COMPLETING", self.now
        job.generation += 1
        self._push(self.now + 1.0 + 2.0 * job.shape.nodes, "ended", job, job.generation)

    def _finish(self, job: SimJob, state: str) -> None:
        if job.holds_nodes:
            self._release(job)
        if state != job.verdict:
            job.exit_code = "0:0"
        job.state, job.end = state, self.now if job.end is None else job.end
        job.generation += 1
        self.records.append(job)
        self._ended.append(job)
        whole = self.outcomes.get(job.array_id or job.job_id, "COMPLETED")
        self.outcomes[job.array_id or job.job_id] = state if whole == "COMPLETED" else whole
        for other in self.pending:
            if any(dependency_verdict(term, other, self) == "never" for term in other.dependencies):
                self._push(self.now + _GIVE_UP_S, "give up", other, other.generation)
        self._dirty = True

    def _release(self, job: SimJob) -> None:
        for name, gpus in job.placement.items():
            self.nodes[name].release(job.job_id, job.shape, gpus)
        del self._holders[job.job_id]
        self._dirty = True

    def _cancel_tasks(self, rest: SimJob, uid: int, tasks: set[int]) -> None:
        kept = [task for task in rest.waiting if task not in tasks]
        if not kept:
            self.cancel(rest, uid)
            return
        rest.waiting = kept

    def _forget(self) -> None:
        """Drop from the queue what ended longer ago than MinJobAge."""
        limit = self.now - self.min_job_age_s
        while self._ended and (self._ended[0].end or 0.0) < limit:
            job = self._ended.pop(0)
            del self.jobs[job.job_id]
            group = job.array_id or job.het_id
            if not any(other.job_id in self.jobs for other in self._groups.get(group, ())):
                self._groups.pop(group, None)


def _order(job: SimJob) -> tuple[float, int]:
    return -(job.priority - job.submit / AGING_S), job.job_id
