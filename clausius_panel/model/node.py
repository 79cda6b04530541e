"""A node, and a partition of nodes, as `sinfo` knows them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Node", "Partition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node. `state` is Slurm's base state in capitals, `flags` what it appends."""

    cluster: str
    name: str
    state: str  # IDLE, MIXED, ALLOCATED, DOWN, ... or Slurm's raw text
    flags: tuple[str, ...] = ()  # DRAIN, NOT_RESPONDING, POWERED_DOWN, ...
    reason: str = ""
    partitions: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    cpus: int = 0
    cpus_alloc: int = 0
    memory_mib: int = 0
    memory_alloc_mib: int = 0
    gpus: int = 0
    gpus_alloc: int = 0
    gpu_type: str = ""
    gres: str = ""
    gres_used: str = ""

    @property
    def is_available(self) -> bool:
        """Whether a new job may start here."""
        return self.state in {"IDLE", "MIXED"} and not {"DRAIN", "NOT_RESPONDING", "MAINT"} & set(self.flags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """One partition. Times in seconds; None is no limit."""

    cluster: str
    name: str
    state: str  # UP, DOWN, DRAIN, INACTIVE
    is_default: bool = False
    time_limit_s: int | None = None
    nodes: int = 0
    nodes_alloc: int = 0
    nodes_idle: int = 0
    nodes_other: int = 0
    cpus: int = 0
    gpus: int = 0
    gpu_type: str = ""
