"""nvidia-smi in a step of the job itself, on each of its nodes: every GPU that the job holds, one by one.

A step of its own is the only way to see them where Slurm does not account for them, and it takes part in the job:
so nobody runs it without being asked.
"""

from __future__ import annotations

import re
import shlex

from ..errors import InvalidInput, ParseError
from ..model.job_usage import GpuUse

__all__ = ["MAX_NODES", "STEP_LIMIT_S", "complaints", "parse_gpus", "step_words"]

MAX_NODES = 256
"""On more nodes than this no step is started."""

STEP_LIMIT_S = 30
"""Seconds that the step may take, the wait for it included."""

_FIELDS = (
    "index",
    "uuid",
    "name",
    "utilization.gpu",
    "memory.used",
    "memory.total",
    "power.draw",
    "temperature.gpu",
)
_MOST_GPUS = 64  # lines that are read of a node
_LONGEST = 400
_MARK = "clausius-gpu"
_ID = re.compile(r"[0-9]{1,19}")
_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
_NOISE = re.compile(r"^(?:srun|slurmstepd)[^:]*: (?:error: )?")


def step_words(job_id_raw: str, *, nodes: int) -> list[str]:
    """The command in words of shell. Raises `InvalidInput` for more nodes than `MAX_NODES`."""
    if not _ID.fullmatch(job_id_raw):
        raise ParseError("srun", 1, job_id_raw, "not a raw job id")
    if not 1 <= nodes <= MAX_NODES:
        raise InvalidInput("nodes", nodes, f"a step is started on 1 to {MAX_NODES} nodes")
    query = f"nvidia-smi --query-gpu={','.join(_FIELDS)} --format=csv,noheader,nounits"
    # the exit status of the pipe is that of sed: what nvidia-smi says when it fails stands on stderr
    script = f'{query} | head -n {_MOST_GPUS} | cut -c 1-{_LONGEST} | sed "s/^/{_MARK}, $SLURMD_NODENAME, /"'
    return [
        "srun",
        f"--jobid={job_id_raw}",
        "--overlap",
        f"-N{nodes}",
        f"-n{nodes}",
        "--ntasks-per-node=1",
        "--time=1",
        "--input=none",
        "--quiet",
        "sh",
        "-c",
        shlex.quote(script),
    ]


def parse_gpus(text: str) -> list[GpuUse]:
    """The GPUs by node and index; lines that others print are passed over. Raises `ParseError`."""
    found = [_gpu(number, line) for number, line in enumerate(text.splitlines(), 1) if line.startswith(_MARK)]
    return sorted(found, key=lambda gpu: (gpu.node, -1 if gpu.index is None else gpu.index, gpu.uuid))


def complaints(stderr: str) -> str:
    """What was said on the way, each thing once; "" for nothing."""
    lines = [_NOISE.sub("", line.strip()) for line in stderr.splitlines()]
    return "; ".join(dict.fromkeys(line for line in lines if line))[:500]


def _gpu(number: int, line: str) -> GpuUse:
    # a comma inside the name, which stands in the middle, moves none of the others
    cells = [cell.strip() for cell in line.split(",")]
    if len(cells) < len(_FIELDS) + 2:
        raise ParseError("nvidia-smi", number, line, f"{len(cells) - 2} fields, {len(_FIELDS)} are expected")
    _, node, index, uuid, *name = cells[: len(cells) - 5]
    percent, used, total, power, heat = cells[len(cells) - 5 :]
    return GpuUse(
        node=node,
        index=int(index) if index.isascii() and index.isdigit() and len(index) < 6 else None,
        uuid=uuid,
        name=", ".join(name),
        percent=_share(percent),
        memory_mib=_whole(used),
        memory_total_mib=_whole(total),
        power_w=_number(power),
        temperature_c=_number(heat),
    )


def _number(text: str) -> float | None:
    """None for [N/A], [Not Supported], [Unknown Error] and whatever else stands there in place of a number."""
    return float(text) if _NUMBER.fullmatch(text) else None


def _share(text: str) -> float | None:
    value = _number(text)
    return None if value is None else min(100.0, value)


def _whole(text: str) -> int | None:
    value = _number(text)
    return None if value is None else round(value)
