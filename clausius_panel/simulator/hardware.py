"""Nodes and partitions of a simulated cluster, and who holds what on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .job import Placement, Shape

__all__ = ["NodeGroup", "PartitionSpec", "SimNode", "allocate", "build_nodes", "place"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeGroup:
    """Identical nodes."""

    names: tuple[str, ...]
    cpus: int
    memory_mib: int
    gpus: int = 0
    gpu_type: str = ""
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionSpec:
    """A partition; limits in simulated seconds, None is no limit."""

    name: str
    nodes: tuple[str, ...]
    limit_s: float | None
    default: bool = False
    state: str = "up"
    tier: int = 1  # jobs of a higher tier look first


@dataclass(slots=True, kw_only=True)
class SimNode:
    """A node and what is free on it."""

    name: str
    group: NodeGroup
    free_cpus: int
    free_memory_mib: int
    free_gpus: tuple[int, ...]
    jobs: set[int] = field(default_factory=set)
    down: bool = False
    drain: bool = False
    reason: str = ""
    reason_since: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether new work may start here."""
        return not self.down and not self.drain

    def could_fit(self, shape: Shape) -> bool:
        """Whether it would fit into the whole node."""
        group = self.group
        return (
            group.cpus >= shape.cpus
            and group.memory_mib >= shape.memory_mib
            and group.gpus >= shape.gpus
            and (not shape.gpus or not shape.gpu_type or group.gpu_type == shape.gpu_type)
        )

    def take(self, job_id: int, shape: Shape) -> tuple[int, ...]:
        """Allocate one node's part of a job; the lowest free GPU indices."""
        gpus = self.free_gpus[: shape.gpus]
        self.free_gpus = self.free_gpus[shape.gpus :]
        self.free_cpus -= shape.cpus
        self.free_memory_mib -= shape.memory_mib
        self.jobs.add(job_id)
        return gpus

    def release(self, job_id: int, shape: Shape, gpus: tuple[int, ...]) -> None:
        """Give back what `take` gave."""
        self.free_gpus = tuple(sorted((*self.free_gpus, *gpus)))
        self.free_cpus += shape.cpus
        self.free_memory_mib += shape.memory_mib
        self.jobs.discard(job_id)

    def copy(self) -> SimNode:
        """A node to try things on."""
        return SimNode(
            name=self.name,
            group=self.group,
            free_cpus=self.free_cpus,
            free_memory_mib=self.free_memory_mib,
            free_gpus=self.free_gpus,
            jobs=set(self.jobs),
            down=self.down,
            drain=self.drain,
        )


def build_nodes(groups: Iterable[NodeGroup]) -> dict[str, SimNode]:
    """All nodes, idle, by name."""
    return {
        name: SimNode(
            name=name,
            group=group,
            free_cpus=group.cpus,
            free_memory_mib=group.memory_mib,
            free_gpus=tuple(range(group.gpus)),
        )
        for group in groups
        for name in group.names
    }


def place(shape: Shape, nodes: Iterable[SimNode]) -> list[SimNode]:
    """The nodes that a job would get: the fullest that fit, so that whole nodes stay free; [] if too few do."""
    cpus, memory_mib, gpus, gpu_type = shape.cpus, shape.memory_mib, shape.gpus, shape.gpu_type
    fitting = [  # without calls: a start simulates two days, and spends most of its time here
        node
        for node in nodes
        if node.free_cpus >= cpus
        and len(node.free_gpus) >= gpus
        and node.free_memory_mib >= memory_mib
        and not node.down
        and not node.drain
        and (not gpus or not gpu_type or node.group.gpu_type == gpu_type)
    ]
    if len(fitting) < shape.nodes:
        return []
    fitting.sort(key=lambda node: (len(node.free_gpus), node.free_cpus, node.name))
    return fitting[: shape.nodes]


def allocate(job_id: int, shape: Shape, nodes: Iterable[SimNode]) -> Placement:
    """Take `shape` on each of `nodes`."""
    return {node.name: node.take(job_id, shape) for node in nodes}
