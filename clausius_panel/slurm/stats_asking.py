"""One look at what a job uses: a script with sstat, with sacct, or with sstat and a step inside the job."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ..errors import ParseError
from ..model import Cluster
from ..model.job_usage import GpuUse, StepUse
from ..transport import Transport
from .framing import Command, Frame
from .judge import failure
from .poll import LIMIT_S, run_script
from .sacct import is_switched_off
from .stats import accounting_words, live_words, parse_accounting, parse_live
from .stats_gpus import STEP_LIMIT_S, complaints, parse_gpus, step_words

__all__ = ["StatsAnswer", "ask_accounting", "ask_live"]

_NO_STEPS = "No steps running"
_NO_RECORD = "accounting has no record of it"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsAnswer:
    """What came back; a part that failed is None, and `problems` says why in words."""

    steps: list[StepUse] | None
    gpus: list[GpuUse] | None = None  # None also where no step was asked for
    problems: tuple[str, ...] = ()
    commands: int = 1  # that were run
    answer_bytes: int = 0


def ask_live(
    cluster: Cluster, transport: Transport, job_id_raw: str, *, step_nodes: int = 0, limit_s: int = LIMIT_S
) -> StatsAnswer:
    """What the steps of one's own running job use; with `step_nodes` also its GPUs, by a step on so many nodes.

    Raises `TransportError`, and `InvalidInput` for more nodes than a step may have.
    """
    commands = [Command(name="sstat", words=live_words(job_id_raw))]
    if step_nodes:
        commands.append(Command(name="srun", words=step_words(job_id_raw, nodes=step_nodes)))
        limit_s = max(limit_s, STEP_LIMIT_S)
    frames, cut_off, size = run_script(transport, commands, slurm_path=cluster.slurm_path, limit_s=limit_s)
    problems: list[str] = []
    read = partial(parse_live, job_id_raw=job_id_raw)
    steps, said = _steps("sstat", frames.get("sstat"), read, limit_s=limit_s, cut_off=cut_off)
    problems += said
    gpus: list[GpuUse] | None = None
    if step_nodes:
        gpus, said = _gpus(frames.get("srun"), limit_s=limit_s, cut_off=cut_off)
        problems += said
    return StatsAnswer(steps=steps, gpus=gpus, problems=tuple(problems), commands=len(commands), answer_bytes=size)


def ask_accounting(
    cluster: Cluster,
    transport: Transport,
    job_id_raw: str,
    *,
    submitted: datetime | None = None,
    limit_s: int = LIMIT_S,
) -> StatsAnswer:
    """What accounting kept of a job and its steps: of its last attempt, or of the one that was `submitted` then.

    Raises `TransportError`.
    """
    words = accounting_words(job_id_raw, all_attempts=submitted is not None)
    commands = [Command(name="sacct", words=words, server="dbd")]
    frames, cut_off, size = run_script(transport, commands, slurm_path=cluster.slurm_path, limit_s=limit_s)
    read = partial(parse_accounting, job_id_raw=job_id_raw, submitted=submitted)
    steps, problems = _steps("sacct", frames.get("sacct"), read, limit_s=limit_s, cut_off=cut_off)
    if submitted is not None and problems == [_NO_RECORD]:
        problems = ["accounting has no record of this attempt; some sites keep only the last one"]
    return StatsAnswer(steps=steps, problems=tuple(problems), answer_bytes=size)


def _steps(
    command: str, frame: Frame | None, read: Callable[[str], list[StepUse]], *, limit_s: int, cut_off: bool
) -> tuple[list[StepUse] | None, Sequence[str]]:
    if frame is not None and is_switched_off(frame.stderr):
        return None, ["this cluster keeps no accounts"]
    failed = failure(frame, command=command, limit_s=limit_s, cut_off=cut_off)
    if failed is not None or frame is None:
        return None, [failed[1] if failed else ""]
    try:
        steps = read(frame.stdout)
    except ParseError as error:
        return None, [str(error)]
    if steps:
        return steps, []
    said = complaints(frame.stderr)
    if "Invalid user id" in said:
        return None, ["Slurm tells what a running job uses only to its owner"]
    if command == "sacct":
        return None, [_NO_RECORD]
    return None, ["none of its steps was sampled yet" if not said or _NO_STEPS in said else f"sstat: {said}"]


def _gpus(frame: Frame | None, *, limit_s: int, cut_off: bool) -> tuple[list[GpuUse] | None, Sequence[str]]:
    failed = failure(frame, command="srun", limit_s=limit_s, cut_off=cut_off)
    said = complaints(frame.stderr) if frame is not None else ""
    try:
        gpus = parse_gpus(frame.stdout) if frame is not None else []
    except ParseError as error:
        return None, [str(error)]
    if gpus:
        return gpus, [f"not every node answered: {said or failed[1]}"] if failed else []
    if "nvidia-smi" in said and "not found" in said:
        return None, ["its nodes have no nvidia-smi: the GPUs were not measured"]
    return None, [f"the step told of no GPU: {failed[1] if failed else said or 'nothing was printed'}"]
