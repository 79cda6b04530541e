"""How Slurm's commands write durations, sizes, resources and lists of nodes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ClusterShell.NodeSet import NodeSet

from ..job import SimJob

__all__ = ["array_tasks", "fold", "gres_used", "long_time", "memory", "memory_m", "short_time", "tres"]


def short_time(seconds: int) -> str:
    """A duration as squeue writes it.

    >>> short_time(0), short_time(925), short_time(7200), short_time(144000)
    ('0:00', '15:25', '2:00:00', '1-16:00:00')
    """
    minutes, second = divmod(max(0, seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days}-{hour:02}:{minute:02}:{second:02}"
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def long_time(seconds: int) -> str:
    """A duration as sacct and scontrol write it.

    >>> long_time(925), long_time(144000)
    ('00:15:25', '1-16:00:00')
    """
    minutes, second = divmod(max(0, seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return f"{days}-" * bool(days) + f"{hour:02}:{minute:02}:{second:02}"


def memory(mib: int) -> str:
    """A size in the largest unit that needs no fraction.

    >>> memory(65536), memory(8000), memory(0)
    ('64G', '8000M', '0')
    """
    if mib and mib % 1048576 == 0:
        return f"{mib // 1048576}T"
    if mib and mib % 1024 == 0:
        return f"{mib // 1024}G"
    return f"{mib}M" if mib else "0"


def memory_m(mib: int) -> str:
    """A size in MiB, as with --noconvert.

    >>> memory_m(65536)
    '65536M'
    """
    return f"{mib}M"


def tres(job: SimJob, *, by_name: bool = False, convert: bool = True) -> str:
    """The job's resources: in squeue's order, or by name as sacct has them."""
    shape = job.shape
    gpus = shape.gpus * shape.nodes
    size = memory(shape.memory_mib * shape.nodes) if convert else memory_m(shape.memory_mib * shape.nodes)
    cpus = shape.cpus * shape.nodes
    parts = [f"cpu={cpus}", f"mem={size}", f"node={shape.nodes}", f"billing={cpus + 10 * gpus}"]
    if gpus:
        parts += [f"gres/gpu={gpus}", f"gres/gpu:{shape.gpu_type}={gpus}"]
    if by_name:  # a typed GPU stands before the untyped one, as ":" sorts before "="
        parts.sort()
    return ",".join(parts)


def gres_used(gpu_type: str, total: int, free: Iterable[int]) -> str:
    """The GRES in use on a node, with indices.

    >>> gres_used("h100", 8, (0, 1, 6)), gres_used("h100", 2, (0, 1)), gres_used("", 0, ())
    ('gpu:h100:5(IDX:2-5,7)', 'gpu:h100:0(IDX:N/A)', 'gpu:0')
    """
    if not total:
        return "gpu:0"
    used = sorted(set(range(total)) - set(free))
    return f"gpu:{gpu_type}:{len(used)}(IDX:{_ranges(used) or 'N/A'})"


def array_tasks(waiting: Iterable[int], limit: int, *, most: int = 64) -> str:
    """The waiting tasks of an array; cut after `most` characters (0: never) as SLURM_BITSTR_LEN says.

    >>> array_tasks([5, 6, 7, 9], 2), array_tasks(range(0, 90, 3), 0, most=16)
    ('5-7,9%2', '0,3,6,9,12,15...')
    """
    text = _ranges(sorted(waiting))
    if most and len(text) > most:
        return text[:most].rpartition(",")[0] + "..."
    return f"{text}%{limit}" if limit else text


def _ranges(numbers: Iterable[int]) -> str:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


@lru_cache(maxsize=4096)
def fold(names: tuple[str, ...]) -> str:
    """A folded list of hosts.

    >>> fold(("tarn01", "tarn02", "tarn04"))
    'tarn[01-02,04]'
    """
    return str(NodeSet.fromlist(names)) if names else ""
