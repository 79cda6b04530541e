"""What befalls a cluster now and then: a node fails or is drained, an administrator suspends a job."""

from __future__ import annotations

import random
from typing import Protocol

from .catalogue import Trouble
from .hardware import SimNode
from .job import SimJob
from .workload import HOUR

__all__ = ["Mishaps", "Victim"]

_KINDS = ("suspend", "drain", "suspend", "down")
_REASONS = ("GPU fell off the bus", "ECC errors on gpu2", "firmware update", "slow InfiniBand link")
_REPAIR_S = 0.7 * HOUR
_SUSPENSION_S = 0.15 * HOUR


class Victim(Protocol):
    """The cluster that it happens to."""

    now: float
    nodes: dict[str, SimNode]

    def holders(self) -> list[SimJob]:
        """Jobs that hold nodes."""
        ...

    def suspend(self, job: SimJob, lasts_s: float) -> None:
        """Stop a job for a while."""
        ...

    def trouble(self, trouble: Trouble) -> None:
        """Something is wrong with a node."""
        ...


class Mishaps:
    """A stream of them, the same for the same seed and the same state of the cluster."""

    def __init__(self, seed: str) -> None:
        self._rng = random.Random(seed)

    def next_gap(self) -> float:
        """Simulated seconds until the next one."""
        return self._rng.uniform(0.5, 4.0) * HOUR

    def strike(self, cluster: Victim) -> None:
        """Let one happen."""
        kind, name = self._rng.choice(_KINDS), self._rng.choice(sorted(cluster.nodes))
        reason = "Not responding" if kind == "down" else self._rng.choice(_REASONS)
        if kind == "suspend":
            running = [job for job in cluster.holders() if job.state == "RUNNING" and not job.shape.gpus]
            if running:
                cluster.suspend(min(running, key=lambda job: (job.priority, job.job_id)), _SUSPENSION_S)
        elif cluster.nodes[name].is_open:
            cluster.trouble(Trouble(node=name, kind=kind, reason=reason, at_s=cluster.now, lasts_s=_REPAIR_S))
