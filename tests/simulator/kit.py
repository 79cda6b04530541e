"""A small quiet cluster and ways to use it."""

from __future__ import annotations

import shlex
from typing import Any

from clausius_panel.simulator.catalogue import ClusterSpec
from clausius_panel.simulator.clock import Clock
from clausius_panel.simulator.commands import Answer, Context, answer
from clausius_panel.simulator.hardware import NodeGroup, PartitionSpec
from clausius_panel.simulator.job import Shape, SimJob
from clausius_panel.simulator.request import Request
from clausius_panel.simulator.simulation import Simulation

HOUR = 3600.0
EPOCH = 1_790_000_000.0  # 2026-09-21T14:13:20 UTC
GPU_NODES, CPU_NODES = ("fox01", "fox02"), ("elk1",)
SPEC = ClusterSpec(
    name="fox",
    description="two GPU nodes, one without",
    version="slurm 22.05.8",
    first_id=1001,
    gpu_type="A100",
    groups=(
        NodeGroup(names=GPU_NODES, cpus=32, memory_mib=256_000, gpus=4, gpu_type="a100", features=("a100", "ib")),
        NodeGroup(names=CPU_NODES, cpus=16, memory_mib=64_000),
    ),
    partitions=(
        PartitionSpec(name="gpu", nodes=GPU_NODES, limit_s=24 * HOUR, default=True, tier=10),
        PartitionSpec(name="cpu", nodes=CPU_NODES, limit_s=None, tier=10),
        PartitionSpec(name="scavenge", nodes=GPU_NODES, limit_s=24 * HOUR),
        PartitionSpec(name="retired", nodes=CPU_NODES, limit_s=HOUR, state="down"),
    ),
    campaigns=(),
    gap_s=60.0,
    waiting=10,
    licences={"matlab": 1},
    max_per_user={"cpu": 2},
    account_gpus={"robotics": 2},
)


class FrozenClock(Clock):
    """A clock that is moved by hand."""

    def __init__(self, speed: float = 1.0) -> None:
        self.at = 0.0
        super().__init__(epoch=EPOCH, speed=speed, wall=lambda: EPOCH + self.at / speed)


def quiet(spec: ClusterSpec = SPEC) -> Simulation:
    """A cluster on which nothing happens by itself."""
    return Simulation(spec, seed=1, history_s=0.0)


def gpus(count: int, *, nodes: int = 1, cpus: int = 4) -> Shape:
    """So many A100 on each node."""
    return Shape(nodes=nodes, cpus=cpus, memory_mib=32_768, gpus=count, gpu_type="a100")


def want(name: str = "proj_camp_r01", **fields: Any) -> Request:
    """A request for one GPU for two hours that runs for one and ends well."""
    usual: dict[str, Any] = {
        "user": "demo",
        "account": "nlp",
        "partition": "gpu",
        "shape": gpus(1),
        "limit_s": 2 * HOUR,
        "run_s": HOUR,
    }
    return Request(name=name, **{**usual, **fields})


def submit(sim: Simulation, *requests: Request) -> list[SimJob]:
    """Submit and let the scheduler look."""
    ids = [sim.submit(request) for request in requests]
    sim.settle()
    return [sim.jobs[job_id] for job_id in ids]


def ask(sim: Simulation, line: str, *, clock: Clock | None = None, stdin: str = "", **env: str) -> Answer:
    """What a command line answers, at the moment at which the simulation stands; times in UTC."""
    if clock is None:
        clock = FrozenClock()
        clock.at = sim.now
    command, *argv = shlex.split(line)
    return answer(command, argv, Context(sim=sim, clock=clock, env={"TZ": "UTC0", **env}, stdin=stdin))
