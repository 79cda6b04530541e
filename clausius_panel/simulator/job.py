"""A job inside the simulation."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["OPEN_STATES", "Dependency", "Placement", "Shape", "SimJob"]

OPEN_STATES = frozenset({"PENDING", "CONFIGURING", "RUNNING", "SUSPENDED", "COMPLETING"})
"""States of a job that has not ended; a COMPLETING job has a verdict but still holds its nodes."""

Placement = dict[str, tuple[int, ...]]
"""Node name to the indices of the GPUs taken there."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """One term of a dependency expression: `afterok:12`, or `singleton` with id 0."""

    kind: str
    job_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a job asks for, on each of `nodes` nodes."""

    nodes: int = 1
    cpus: int = 1
    memory_mib: int = 1024
    gpus: int = 0
    gpu_type: str = ""


@dataclass(slots=True, kw_only=True, eq=False)
class SimJob:
    """One job record, equal only to itself. Moments are simulated seconds; see `clock.Clock`."""

    job_id: int
    name: str
    user: str
    account: str
    partition: str
    shape: Shape
    submit: float
    limit_s: float
    run_s: float  # how long it would run, were there no limit
    verdict: str = "COMPLETED"  # the state that it ends in
    exit_code: str = "0:0"
    qos: str = "normal"
    priority: float = 1000.0  # at submission; all waiting jobs gain at the same rate
    state: str = "PENDING"
    reason: str = "None"
    dependencies: tuple[Dependency, ...] = ()
    begin: float | None = None
    held: str = ""  # "user", "admin" or ""
    licence: str = ""
    comment: str = ""
    requeue: bool = True  # a lost node puts it back in the queue
    array_id: int = 0
    task: int | None = None  # index of a started task
    waiting: list[int] = field(default_factory=list)  # indices not started yet: this is the rest of an array
    array_limit: int = 0
    het_id: int = 0
    het_offset: int = 0
    command: str = ""
    work_dir: str = ""
    stdout: str = ""
    submit_line: str = ""
    script: str = ""  # what was submitted; "" for one made up on demand
    habit: str = ""  # how it treats what it was given: "", "idle" (its GPUs), "tight" (its memory)
    eligible: float | None = None
    start: float | None = None
    end: float | None = None
    estimate: float | None = None  # when the scheduler expects to start it
    expected_nodes: tuple[str, ...] = ()
    placement: Placement = field(default_factory=dict)
    outcome: str = ""  # what a COMPLETING job will be called
    suspended_at: float | None = None
    suspended_s: float = 0.0
    restarts: int = 0
    generation: int = 0  # events of an earlier attempt carry an older number
    cancelled_by: int | None = None  # uid
    preemptible: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state in OPEN_STATES

    @property
    def is_array_rest(self) -> bool:
        """Whether this is the record of an array's tasks that wait."""
        return bool(self.waiting)

    @property
    def holds_nodes(self) -> bool:
        """Whether resources are taken."""
        return self.state in {"CONFIGURING", "RUNNING", "SUSPENDED", "COMPLETING"}

    def elapsed_s(self, now: float) -> float:
        """Simulated seconds it has run, suspensions left out."""
        if self.start is None:
            return 0.0
        until = self.end if self.end is not None else now
        if self.suspended_at is not None:
            until = min(until, self.suspended_at)
        return max(0.0, until - self.start - self.suspended_s)
