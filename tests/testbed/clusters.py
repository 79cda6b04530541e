"""The two clusters, as data: nodes, GPUs, partitions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .layout import OFFSET

__all__ = ["CLUSTERS", "Cluster", "NodeGroup", "view_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeGroup:
    """Nodes of one make: `prefix`01 to `prefix`NN."""

    prefix: str
    count: int
    definition: str
    gpus: int = 0

    @property
    def names(self) -> list[str]:
        return [f"{self.prefix}{number:02d}" for number in range(1, self.count + 1)]

    @property
    def folded(self) -> str:
        return f"{self.prefix}[01-{self.count:02d}]" if self.count > 1 else f"{self.prefix}01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One Slurm cluster. Job ids start at `first_job`; below it there is room for invented history."""

    name: str
    control_port: int
    first_node_port: int
    first_job: int
    gpu_type: str
    gpus_per_node: int
    groups: tuple[NodeGroup, ...]
    partitions: tuple[str, ...]

    def nodes(self) -> Iterator[tuple[str, int, int]]:
        """Name, slurmd port and number of GPUs of each node."""
        port = self.first_node_port
        for group in self.groups:
            for name in group.names:
                yield name, port, group.gpus
                port += 1

    @property
    def node_names(self) -> list[str]:
        return [name for name, _, _ in self.nodes()]

    @property
    def partition_names(self) -> list[str]:
        return [line.split()[0] for line in self.partitions]


_ALPHA = Cluster(
    name="alpha",
    control_port=26817 + OFFSET,
    first_node_port=26831 + OFFSET,
    first_job=1_000_001,
    gpu_type="h100",
    gpus_per_node=8,
    groups=(
        NodeGroup(
            prefix="alpha-gpu",
            count=4,
            definition="Sockets=2 CoresPerSocket=32 ThreadsPerCore=1 RealMemory=1031000 Feature=h100,nvlink",
            gpus=8,
        ),
        NodeGroup(
            prefix="alpha-cpu",
            count=2,
            definition="Sockets=2 CoresPerSocket=48 ThreadsPerCore=1 RealMemory=380000 Feature=genoa",
        ),
    ),
    partitions=(
        "gpu Nodes=alpha-gpu[01-04] Default=YES MaxTime=2-00:00:00 DefaultTime=04:00:00 DefMemPerCPU=8000 "
        "PriorityTier=10 PriorityJobFactor=10 TRESBillingWeights=CPU=0.25,Mem=0.02G,GRES/gpu=10",
        "cpu Nodes=alpha-cpu[01-02] MaxTime=7-00:00:00 DefaultTime=08:00:00 DefMemPerCPU=3500 "
        "PriorityTier=10 TRESBillingWeights=CPU=1.0,Mem=0.1G",
        "debug Nodes=alpha-gpu04 MaxTime=00:30:00 DefaultTime=00:10:00 MaxNodes=1 DefMemPerCPU=8000 "
        "PriorityTier=20 PriorityJobFactor=50 QOS=part_debug",
        "scavenge Nodes=alpha-gpu[01-04] MaxTime=1-00:00:00 DefaultTime=02:00:00 DefMemPerCPU=4000 "
        "PriorityTier=1 AllowQos=scavenger",
    ),
)

_BETA = Cluster(
    name="beta",
    control_port=26827 + OFFSET,
    first_node_port=26861 + OFFSET,
    first_job=400_001,
    gpu_type="a100",
    gpus_per_node=4,
    groups=(
        NodeGroup(
            prefix="beta-n",
            count=4,
            definition="Sockets=1 CoresPerSocket=16 ThreadsPerCore=2 RealMemory=256000 Feature=a100,ib",
            gpus=4,
        ),
        NodeGroup(
            prefix="beta-fat",
            count=1,
            definition="Sockets=4 CoresPerSocket=16 ThreadsPerCore=1 RealMemory=2060000 Feature=bigmem",
        ),
    ),
    partitions=(
        "batch Nodes=beta-n[01-04] Default=YES MaxTime=1-00:00:00 DefaultTime=01:00:00 DefMemPerCPU=4000 "
        "MaxMemPerCPU=16000",
        "interactive Nodes=beta-n04 MaxTime=02:00:00 DefaultTime=00:30:00 MaxNodes=1 DefMemPerCPU=4000 "
        "PriorityTier=5",
        "bigmem Nodes=beta-fat01 MaxTime=3-00:00:00 DefaultTime=02:00:00 DefMemPerCPU=32000 "
        "AllowAccounts=vision,robotics",
        "retired Nodes=beta-n01 MaxTime=00:10:00 State=DOWN",
    ),
)

CLUSTERS = {cluster.name: cluster for cluster in (_ALPHA, _BETA)}


def view_of(place: str) -> str:
    """The machine room a place is in: a cluster's name for the cluster and its nodes, else the place itself."""
    return next((name for name, spec in CLUSTERS.items() if place in (name, *spec.node_names)), place)
