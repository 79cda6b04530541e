"""Jobs that a demo must show: one for every way of waiting and ending, submitted shortly before the start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from .catalogue import ClusterSpec
from .job import Dependency, Shape
from .request import Request
from .workload import HOUR

__all__ = ["Stage", "base_request", "cast"]


class Stage(Protocol):
    """What submissions are given to."""

    spec: ClusterSpec

    def submit(self, request: Request) -> int:
        """Take a submission; the answer is its job id."""
        ...


def cast(stage: Stage) -> None:
    """Submit them, in the cluster's default partition."""
    base = base_request(stage.spec)
    for request in _waiting(base):
        stage.submit(request)
    for request in _ending(base):
        stage.submit(request)
    failing = stage.submit(_quick(base, "llm7b_evalsweep_r00", 200.0, "FAILED", "1:0"))
    stage.submit(
        replace(base, name="llm7b_evalsweep_r00-judge-rs0", dependencies=(Dependency("afterok", failing),))
    )


def base_request(spec: ClusterSpec) -> Request:
    """One GPU for three hours in the default partition, for the demo's user."""
    partition = next(partition for partition in spec.partitions if partition.default)
    shape = Shape(cpus=8, memory_mib=65536, gpus=1, gpu_type=spec.gpu_type.lower())
    return Request(
        name="llm7b_sft-mix2_base",
        user="demo",
        account="nlp",
        partition=partition.name,
        shape=shape,
        limit_s=4 * HOUR,
        run_s=3 * HOUR,
    )


def _waiting(base: Request) -> Iterator[Request]:
    yield replace(base, name="llm7b_sft-mix2_lr2e-5", held="user", comment="waits for the new mix")
    yield replace(base, name="llm7b_sft-mix2_lr4e-5", held="admin", user="ada")
    yield replace(base, name="llm7b_pretrain-v3_tonight", begin_s=7 * HOUR)
    yield replace(base, name="segany_finetune_toolong", limit_s=120 * HOUR)
    small = Shape(cpus=1, memory_mib=1024)
    yield replace(
        base, name="llm7b_evalsweep_shards", shape=small, tasks=tuple(range(200)), array_limit=4, limit_s=HOUR / 2
    )


def _ending(base: Request) -> Iterator[Request]:
    """Runs that end in the minutes around the start, each in its own way."""
    yield _quick(base, "segany_finetune_r41", 780.0, "OUT_OF_MEMORY", "0:125")
    yield _quick(base, "segany_finetune_r42", 900.0, "TIMEOUT", "0:0", limit_s=900.0)
    yield _quick(base, "segany_finetune_r43", 1020.0, "FAILED", "1:0")
    yield _quick(base, "segany_finetune_r44", 1060.0, "COMPLETED", "0:0")
    yield _quick(base, "segany_finetune_r45", 1200.0, "COMPLETED", "0:0")


def _quick(
    base: Request, name: str, run_s: float, verdict: str, exit_code: str, *, limit_s: float = HOUR
) -> Request:
    shape = Shape(cpus=2, memory_mib=8192)
    return replace(
        base,
        name=name,
        shape=shape,
        limit_s=limit_s,
        run_s=run_s,
        verdict=verdict,
        exit_code=exit_code,
        boost=9000.0,
        requeue=False,
    )
