"""The demo's clusters: cinder (large, H100), tarn (A100, slow to answer), moraine (L40S and CPU, flapping)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .hardware import NodeGroup, PartitionSpec
from .job import Shape
from .workload import HOUR, Campaign

__all__ = ["USERS", "ClusterSpec", "Trouble", "catalogue"]

USERS: Mapping[str, int] = {
    "demo": 5001,
    "ada": 5002,
    "kenji": 5003,
    "lucia": 5004,
    "omar": 5005,
    "priya": 5006,
    "wren": 5007,
}
"""Login names and their uids; "demo" is whoever looks."""

_NLP = (("demo", "nlp"), ("ada", "nlp"), ("kenji", "nlp"))
_VISION = (("lucia", "vision"), ("demo", "vision"))
_CLIMATE = (("omar", "climate"),)
_CHEM = (("priya", "chem"),)
_ROBOTS = (("wren", "robotics"), ("demo", "robotics"))
_DAY = 24 * HOUR
_MIG = "1g.10gb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A node that is not well: from `at_s` (before the start is negative) on, for `lasts_s` (None: for good)."""

    node: str
    kind: str  # drain, down
    reason: str
    at_s: float
    lasts_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSpec:
    """What a simulated cluster is made of."""

    name: str
    description: str
    version: str  # as `squeue --version` prints it
    first_id: int
    gpu_type: str
    groups: tuple[NodeGroup, ...]
    partitions: tuple[PartitionSpec, ...]
    campaigns: tuple[Campaign, ...]
    gap_s: float  # between submissions, on average
    waiting: int  # records in the queue that people find normal
    licences: Mapping[str, int] = field(default_factory=dict)
    max_per_user: Mapping[str, int] = field(default_factory=dict)  # partition: running jobs a user
    account_gpus: Mapping[str, int] = field(default_factory=dict)  # account: GPUs at once
    troubles: tuple[Trouble, ...] = ()
    latency_s: tuple[float, float] = (0.0, 0.0)
    flap_s: tuple[float, float] | None = None  # (up, down)


def _names(pattern: str, first: int, last: int) -> tuple[str, ...]:
    return tuple(pattern.format(number) for number in range(first, last + 1))


def _gpu(count: int, kind: str, *, nodes: int = 1, cpus: int = 8, memory_gib: int = 64) -> Shape:
    return Shape(nodes=nodes, cpus=cpus * count, memory_mib=memory_gib * 1024 * count, gpus=count, gpu_type=kind)


def _cpu(cpus: int, memory_gib: int, *, nodes: int = 1) -> Shape:
    return Shape(nodes=nodes, cpus=cpus, memory_mib=memory_gib * 1024)


def _cinder() -> ClusterSpec:
    gpu_nodes, cpu_nodes = _names("cinder-h{:02d}", 1, 8), _names("cinder-c{:02d}", 1, 2)
    mig_nodes, h = _names("cinder-g{:02d}", 1, 1), "h100"
    campaigns = (
        Campaign(project="llm7b", campaign="pretrain-v3", partition="gpu", users=_NLP, limits_h=(12, 24),
                 shapes=(_gpu(8, h, nodes=2), _gpu(8, h)), weight=0.12, fraction=(0.7, 0.98), kind="chain",
                 boost=250),
        Campaign(project="llm7b", campaign="sft-mix2", partition="gpu", users=_NLP, limits_h=(2, 4, 8),
                 shapes=(_gpu(8, h), _gpu(4, h)), weight=1),
        Campaign(project="llm7b", campaign="evalsweep", partition="gpu", users=_NLP, limits_h=(0.5, 1),
                 shapes=(_gpu(1, h),), weight=3, kind="judged", fraction=(0.2, 0.7)),
        Campaign(project="segany", campaign="finetune", partition="gpu", users=_VISION, limits_h=(4, 6, 12),
                 shapes=(_gpu(1, h), _gpu(2, h), _gpu(4, h)), weight=2),
        Campaign(project="segany", campaign="prompt-abl", partition="scavenge", users=_VISION, limits_h=(2, 6),
                 shapes=(_gpu(1, h), _gpu(2, h)), weight=1.2, qos="scavenger", preemptible=True, boost=-300),
        Campaign(project="grasp", campaign="domrand", partition="gpu", users=_ROBOTS, limits_h=(1, 3),
                 shapes=(_gpu(1, h), _gpu(2, h)), weight=1.5),
        Campaign(project="llm7b", campaign="sft-mix2-het", partition="gpu", users=_NLP, limits_h=(2, 3),
                 shapes=(_gpu(2, h),), weight=0.3, kind="het", rests=("ray{n:02d}",)),
        Campaign(project="llm7b", campaign="tokenize", partition="cpu", users=_NLP, limits_h=(0.5, 1),
                 shapes=(_cpu(8, 32),), weight=0.8, kind="array", tasks=(12, 48), array_limit=4),
        Campaign(project="rerank", campaign="distil", partition="cpu", users=_NLP, limits_h=(1, 2),
                 shapes=(_cpu(4, 16),), weight=0.6, licence="matlab"),
        Campaign(project="grasp", campaign="unit", partition="mig", users=_ROBOTS, limits_h=(1, 2),
                 shapes=(_gpu(1, _MIG, cpus=2, memory_gib=16),), weight=0.4),
        Campaign(project="grasp", campaign="dbg", partition="debug", users=_ROBOTS, limits_h=(0.25, 0.5),
                 shapes=(_gpu(1, h),), weight=1, boost=900, rests=("try{n}",)),
    )  # fmt: skip
    return ClusterSpec(
        name="cinder",
        description="H100, the large one",
        version="slurm 24.11.5",
        first_id=4_812_001,
        gpu_type="H100",
        groups=(
            NodeGroup(names=gpu_nodes, cpus=96, memory_mib=1_031_000, gpus=8, gpu_type=h, features=(h, "nvlink")),
            NodeGroup(names=cpu_nodes, cpus=128, memory_mib=515_000, features=("genoa",)),
            NodeGroup(names=mig_nodes, cpus=64, memory_mib=515_000, gpus=14, gpu_type=_MIG, features=(h, "mig")),
        ),
        partitions=(
            PartitionSpec(name="gpu", nodes=gpu_nodes, limit_s=2 * _DAY, default=True, tier=10),
            PartitionSpec(name="cpu", nodes=cpu_nodes, limit_s=7 * _DAY, tier=10),
            PartitionSpec(name="debug", nodes=gpu_nodes[-2:], limit_s=HOUR / 2, tier=20),
            PartitionSpec(name="mig", nodes=mig_nodes, limit_s=_DAY, tier=10),
            PartitionSpec(name="scavenge", nodes=gpu_nodes, limit_s=_DAY, tier=1),
        ),
        campaigns=campaigns,
        gap_s=150.0,
        waiting=45,
        licences={"matlab": 2},
        max_per_user={"debug": 1},
        account_gpus={"robotics": 6},
        troubles=(
            Trouble(node="cinder-h05", kind="drain", reason="NVLink errors on gpu3 (ticket 4411)", at_s=-5 * HOUR),
            Trouble(node="cinder-h02", kind="down", reason="Not responding", at_s=-30 * HOUR, lasts_s=HOUR),
            Trouble(node="cinder-c02", kind="drain", reason="kernel update", at_s=0.4 * HOUR, lasts_s=0.5 * HOUR),
        ),
    )


def _tarn() -> ClusterSpec:
    nodes = _names("tarn{:02d}", 1, 6)
    a = "a100"
    campaigns = (
        Campaign(project="depthnet", campaign="kitti", partition="batch", users=_VISION, limits_h=(2, 4, 8),
                 shapes=(_gpu(1, a), _gpu(2, a)), weight=2),
        Campaign(project="depthnet", campaign="abl-lr", partition="batch", users=_VISION, limits_h=(1, 2),
                 shapes=(_gpu(1, a),), weight=1, kind="array", tasks=(6, 20), array_limit=3),
        Campaign(project="mof", campaign="screening", partition="batch", users=_CHEM, limits_h=(1, 3),
                 shapes=(_gpu(1, a, cpus=12),), weight=2, kind="judged"),
        Campaign(project="mof", campaign="md-npt", partition="batch", users=_CHEM, limits_h=(12, 20),
                 shapes=(_gpu(4, a), _gpu(2, a)), weight=0.25, kind="chain", fraction=(0.8, 0.99)),
        Campaign(project="llm7b", campaign="distil", partition="batch", users=_NLP, limits_h=(3, 6),
                 shapes=(_gpu(4, a),), weight=1),
        Campaign(project="segany", campaign="export", partition="interactive", users=_VISION, limits_h=(0.5, 1),
                 shapes=(_gpu(1, a),), weight=1.5, boost=600),
    )  # fmt: skip
    group = NodeGroup(names=nodes, cpus=64, memory_mib=515_000, gpus=4, gpu_type=a, features=(a, "ib"))
    return ClusterSpec(
        name="tarn",
        description="A100, answers slowly",
        version="slurm 22.05.8",
        first_id=391_001,
        gpu_type="A100",
        groups=(group,),
        partitions=(
            PartitionSpec(name="batch", nodes=nodes, limit_s=_DAY, default=True, tier=10),
            PartitionSpec(name="interactive", nodes=nodes[-1:], limit_s=2 * HOUR, tier=20),
            PartitionSpec(name="retired", nodes=nodes[:1], limit_s=HOUR / 6, state="down"),
        ),
        campaigns=campaigns,
        gap_s=260.0,
        waiting=22,
        max_per_user={"interactive": 1},
        account_gpus={"chem": 14},
        troubles=(
            Trouble(node="tarn03", kind="down", reason="Not responding", at_s=-1.5 * HOUR),
            Trouble(node="tarn05", kind="drain", reason="scratch not mounted", at_s=-20 * HOUR, lasts_s=2 * HOUR),
        ),
        latency_s=(1.5, 2.5),
    )


def _moraine() -> ClusterSpec:
    gpu_nodes, cpu_nodes = _names("moraine-l{:02d}", 1, 4), _names("moraine-m{:02d}", 1, 5)
    kind = "l40s"
    campaigns = (
        Campaign(project="era5", campaign="downscale", partition="cpu", users=_CLIMATE, limits_h=(0.25, 0.5),
                 shapes=(_cpu(16, 48),), weight=1.2, kind="array", tasks=(20, 60), array_limit=5),
        Campaign(project="era5", campaign="ensemble", partition="cpu", users=_CLIMATE, limits_h=(3, 6),
                 shapes=(_cpu(32, 120, nodes=2),), weight=0.8),
        Campaign(project="mof", campaign="dft-relax", partition="cpu", users=_CHEM, limits_h=(1, 4),
                 shapes=(_cpu(16, 60),), weight=1.5),
        Campaign(project="segany", campaign="render", partition="l40s", users=_VISION, limits_h=(0.5, 2),
                 shapes=(_gpu(1, kind),), weight=1, kind="array", tasks=(6, 24), array_limit=3),
        Campaign(project="grasp", campaign="sim2real", partition="l40s", users=_ROBOTS, limits_h=(2, 4, 6),
                 shapes=(_gpu(1, kind), _gpu(2, kind)), weight=3),
        Campaign(project="rerank", campaign="hardneg", partition="l40s", users=_NLP, limits_h=(1, 2, 4),
                 shapes=(_gpu(1, kind),), weight=1.5, kind="judged"),
    )  # fmt: skip
    return ClusterSpec(
        name="moraine",
        description="L40S and CPU, its login node comes and goes",
        version="slurm 23.11.10",
        first_id=77_001,
        gpu_type="L40S",
        groups=(
            NodeGroup(names=gpu_nodes, cpus=48, memory_mib=385_000, gpus=4, gpu_type=kind, features=(kind,)),
            NodeGroup(names=cpu_nodes, cpus=64, memory_mib=257_000, features=("milan",)),
        ),
        partitions=(
            PartitionSpec(name="l40s", nodes=gpu_nodes, limit_s=_DAY, default=True, tier=10),
            PartitionSpec(name="cpu", nodes=cpu_nodes, limit_s=3 * _DAY, tier=10),
        ),
        campaigns=campaigns,
        gap_s=240.0,
        waiting=22,
        troubles=(
            Trouble(node="moraine-m05", kind="drain", reason="disk full", at_s=-3 * HOUR, lasts_s=3.5 * HOUR),
            Trouble(node="moraine-l02", kind="down", reason="Not responding", at_s=-9 * HOUR, lasts_s=HOUR),
        ),
        flap_s=(200.0, 40.0),
    )


def catalogue() -> tuple[ClusterSpec, ...]:
    """The demo's clusters, in the order in which they are shown."""
    return _cinder(), _tarn(), _moraine()
