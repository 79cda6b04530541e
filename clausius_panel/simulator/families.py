"""Runs that a demo must show: pipelines in every stage, a sweep, a heterogeneous job, and ways to waste a machine.

Those of the cluster `cinder` tell one story: the third attempt to fine-tune a model goes well so far.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from .cast import Stage, base_request
from .job import Dependency, Shape
from .request import Request
from .workload import HOUR

__all__ = ["FAMILIES", "Family"]

_BOOST = 9000.0  # before all others: a demo has no time to wait
_JUDGES = 3
_TASKS = 40


@dataclass(frozen=True, slots=True)
class Family:
    """Something that somebody submits on `cluster` at the moment `at_s`, before the start of the demo."""

    cluster: str
    at_s: float
    submit: Callable[[Stage], None]


def _pipeline(
    name: str, *, train_h: float, verdict: str = "COMPLETED", exit_code: str = "0:0", run: str = ""
) -> Callable[[Stage], None]:
    """Training, its evaluation, several judges of that, a summary; and a rescue should the training fail.

    With `run` their comments name it: what is over leaves no other word of what waited for what.
    """

    def submit(stage: Stage) -> None:
        train = replace(_prompt(stage, name), comment=f"clausius_run={run}" if run else "")
        small = replace(train, shape=Shape(cpus=4, memory_mib=16384), limit_s=HOUR)
        on_train = stage.submit(
            replace(train, limit_s=4 * HOUR, run_s=train_h * HOUR, verdict=verdict, exit_code=exit_code)
        )
        rescue = replace(small, name=f"{name}-rescue", run_s=0.3 * HOUR)
        stage.submit(replace(rescue, dependencies=(Dependency("afternotok", on_train),)))
        evaluation = replace(small, name=f"{name}-eval", run_s=0.4 * HOUR)
        on_eval = stage.submit(replace(evaluation, dependencies=(Dependency("afterok", on_train),)))
        judges = [
            stage.submit(
                replace(
                    small,
                    name=f"{name}-eval-judge-rs{number}",
                    run_s=(0.15 + 0.05 * number) * HOUR,
                    dependencies=(Dependency("afterok", on_eval),),
                )
            )
            for number in range(_JUDGES)
        ]
        summary = replace(small, name=f"{name}-eval-summarize-results", run_s=90.0)
        stage.submit(replace(summary, dependencies=tuple(Dependency("afterok", judge) for judge in judges)))

    return submit


def _sweep(name: str) -> Callable[[Stage], None]:
    def submit(stage: Stage) -> None:
        request = replace(_prompt(stage, name), shape=Shape(cpus=2, memory_mib=8192), limit_s=0.4 * HOUR)
        stage.submit(replace(request, tasks=tuple(range(_TASKS)), array_limit=6))

    return submit


def _heterogeneous(name: str) -> Callable[[Stage], None]:
    def submit(stage: Stage) -> None:
        request = _prompt(stage, name)
        head = Shape(cpus=4, memory_mib=16384)
        stage.submit(replace(request, shape=head, others=(request.shape,), run_s=3.4 * HOUR, limit_s=4 * HOUR))

    return submit


def _single(
    name: str, *, habit: str = "", partition: str = "", gpu_type: str = "", cpus: int = 8
) -> Callable[[Stage], None]:
    def submit(stage: Stage) -> None:
        request = replace(_prompt(stage, name), habit=habit, run_s=7.5 * HOUR, limit_s=8 * HOUR)
        shape = replace(request.shape, cpus=cpus, gpu_type=gpu_type or request.shape.gpu_type)
        shape = replace(shape, memory_mib=4096 * cpus)
        stage.submit(replace(request, shape=shape, partition=partition or request.partition))

    return submit


def _prompt(stage: Stage, name: str) -> Request:
    return replace(base_request(stage.spec), name=name, boost=_BOOST, requeue=False)


FAMILIES = (
    Family("cinder", -8.0 * HOUR, _pipeline("llm7b_sft-mix3_r1", train_h=2.0, run="sft-mix3-r1")),
    Family(
        "cinder",
        -6.5 * HOUR,
        _pipeline("llm7b_sft-mix3_r2", train_h=0.4, verdict="FAILED", exit_code="1:0", run="sft-mix3-r2"),
    ),
    Family("cinder", -5.5 * HOUR, _pipeline("llm7b_sft-mix3_r2", train_h=1.5, run="sft-mix3-r2-again")),
    Family("cinder", -1.6 * HOUR, _pipeline("llm7b_sft-mix3_r3", train_h=2.8)),
    Family(
        "cinder",
        -0.9 * HOUR,
        _pipeline("llm7b_sft-mix4_r1", train_h=0.3, verdict="FAILED", exit_code="1:0", run="sft-mix4-r1"),
    ),
    Family("cinder", -4.0 * HOUR, _single("llm7b_explore_lunch", habit="idle")),
    Family("cinder", -3.0 * HOUR, _single("segany_preproc_tiles", habit="tight")),
    Family("cinder", -2.5 * HOUR, _single("grasp_probe_mig", partition="mig", gpu_type="1g.10gb", cpus=2)),
    Family("cinder", -2.0 * HOUR, _heterogeneous("llm7b_ray-serve_r1")),
    Family("cinder", -1.0 * HOUR, _sweep("grasp_sweep_grid")),
    Family("tarn", -3.0 * HOUR, _pipeline("depthnet_kitti-ft_r1", train_h=1.0, run="kitti-ft-r1")),
    Family("tarn", -2.0 * HOUR, _single("segany_export_idle", habit="idle")),
    Family("moraine", -1.5 * HOUR, _pipeline("rerank_hardneg-v2_r1", train_h=1.2, run="hardneg-v2-r1")),
    Family("moraine", -2.0 * HOUR, _single("grasp_sim2real_tight", habit="tight")),
)
"""All of them."""
