"""`squeue`: the jobs a cluster holds now, and those that ended a few minutes ago."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from ..model import Job, is_final
from ..model.durations import parse_duration_s, parse_time
from ..model.tres import NO_GPUS, Gpus, parse_gpus
from .columns import Columns, build
from .dialect import Dialect
from .formats import Format
from .log_paths import log_paths
from .values import asked_memory_mib, count, given, number, tres_memory_mib, word

__all__ = ["FORMAT", "parse", "words"]

_HEAD = (
    "JobArrayID",
    "JobID",
    "ArrayJobID",
    "ArrayTaskID",
    "Dependency",
    "PriorityLong",
    "SubmitTime",
    "EligibleTime",
    "StartTime",
    "EndTime",
    "TimeUsed",
    "NodeList",
)
"""Fields of `squeue -O` that Slurm itself fills. The first is always there and begins the header."""

_SHARED = (
    "UserName",
    "Account",
    "Partition",
    "QOS",
    "State",
    "Reason",
    "HetJobID",
    "HetJobOffset",
    "NumNodes",
    "NumCPUs",
    "NumTasks",
    "MinMemory",
    "tres-alloc",
    "tres-per-job",
    "tres-per-node",
    "tres-per-socket",
    "tres-per-task",
    "TimeLimit",
    "RestartCnt",
    "exit_code",
)
"""The same, but jobs of one sweep have them in common: read once for all of them."""

_TAIL = ("Name", "WorkDir", "STDOUT", "STDERR", "Comment")
"""Fields that users fill with whatever they like."""

_LETTERS = {
    "JobArrayID": "%i",
    "JobID": "%A",
    "ArrayJobID": "%F",
    "ArrayTaskID": "%K",
    "UserName": "%u",
    "Account": "%a",
    "Partition": "%P",
    "QOS": "%q",
    "State": "%T",
    "Reason": "%r",
    "Dependency": "%E",
    "PriorityLong": "%Q",
    "NumNodes": "%D",
    "NumCPUs": "%C",
    "MinMemory": "%m",
    "tres-per-node": "%b",
    "SubmitTime": "%V",
    "StartTime": "%S",
    "EndTime": "%e",
    "TimeUsed": "%M",
    "TimeLimit": "%l",
    "NodeList": "%N",
    "Name": "%j",
    "WorkDir": "%Z",
    "Comment": "%k",
}
"""What `squeue -o` has of them, for versions whose -O knows no suffix."""

_ASKED = ("tres-per-job", "tres-per-node", "tres-per-task", "tres-per-socket")

FORMAT = Format(command="squeue", head=_HEAD, shared=_SHARED, tail=_TAIL, letters=_LETTERS, first="JOBID\x1f")


def words(dialect: Dialect, *, guard: str, user: str = "") -> list[str]:
    """The command in words of shell; `user` is a word of shell too, "" asks for everybody's jobs."""
    whose = ["-u", user] if user else []
    return ["squeue", "-a", "-t", "all", *whose, *FORMAT.words(dialect, guard=guard)]


def parse(text: str, *, cluster: str, dialect: Dialect, guard: str) -> list[Job]:
    """Jobs in the order `squeue` printed them. Raises `ParseError`."""
    rows = FORMAT.table(text, dialect, guard=guard)
    shared, which = FORMAT.take_apart(rows, dialect)
    common = {name: list(map(values.__getitem__, which)) for name, values in _shared(shared).items()}
    own = _own(rows, users=common["user"])
    return build(Job, rows.count, {"cluster": [cluster] * rows.count, **common, **own})


def _own(rows: Columns, *, users: Sequence[str]) -> dict[str, Sequence[Any]]:
    """The fields that each job has for itself."""
    tasks = rows.read("ArrayTaskID", word)
    array_ids = [array if task else "" for array, task in zip(rows.texts("ArrayJobID"), tasks, strict=True)]
    paths = functools.partial(
        log_paths,
        work_dirs=rows.texts("WorkDir"),
        raw_ids=rows.texts("JobID"),
        names=rows.texts("Name"),
        users=users,
        array_ids=array_ids,
        tasks=tasks,
        node_lists=rows.texts("NodeList"),
    )
    return {
        "job_id": rows.texts("JobArrayID"),
        "job_id_raw": rows.texts("JobID"),
        "submit_time": rows.read("SubmitTime", parse_time),
        "name": rows.texts("Name"),
        "dependency": rows.read("Dependency", word),
        "priority": rows.read("PriorityLong", number),
        "array_job_id": array_ids,
        "array_task_id": tasks,
        "eligible_time": rows.read("EligibleTime", parse_time),
        "start_time": rows.read("StartTime", parse_time),
        "end_time": rows.read("EndTime", parse_time),
        "elapsed_s": rows.read("TimeUsed", _elapsed),
        "node_list": rows.read("NodeList", word),
        "work_dir": rows.read("WorkDir", given),
        "stdout_path": paths(rows.texts("STDOUT")),
        "stderr_path": paths(rows.texts("STDERR")),
        "comment": rows.read("Comment", given),
    }


def _shared(rows: Columns) -> dict[str, Sequence[Any]]:
    """The fields that many jobs have in common."""
    gpus = rows.combine(
        _gpus,
        "tres-alloc",
        "tres-per-job",
        "tres-per-node",
        "tres-per-socket",
        "tres-per-task",
        "NumNodes",
        "NumTasks",
    )
    return {
        "user": rows.texts("UserName"),
        "account": rows.read("Account", word),
        "partition": rows.texts("Partition"),
        "qos": rows.read("QOS", word),
        "state": rows.read("State", _state),
        "reason": rows.read("Reason", word),
        "het_job_id": rows.read("HetJobID", _het_id),
        "het_offset": rows.combine(_het_offset, "HetJobID", "HetJobOffset"),
        "nodes": rows.read("NumNodes", count),
        "cpus": rows.read("NumCPUs", count),
        "memory_mib": rows.combine(_memory, "tres-alloc", "MinMemory", "NumNodes", "NumCPUs"),
        "gpus": [found.count for found in gpus],
        "gpu_type": [found.type for found in gpus],
        "tres": rows.read("tres-alloc", word),
        "time_limit_s": rows.read("TimeLimit", parse_duration_s),
        "exit_code": rows.combine(_exit_code, "exit_code", "State"),
        "restarts": rows.read("RestartCnt", number),
    }


def _state(text: str) -> str:
    return text or "UNKNOWN"


def _elapsed(text: str) -> int:
    return parse_duration_s(text) or 0


def _het_id(text: str) -> str:
    return "" if text in ("", "0", "N/A", "(null)") else text


def _het_offset(het_id: str, offset: str) -> int | None:
    return number(offset) if _het_id(het_id) else None


def _exit_code(text: str, state: str) -> str:
    """Exit status and signal of a job that has ended; squeue prints what waitpid gave, newer ones both parts."""
    if not is_final(state) or text in ("", "N/A"):
        return ""
    if ":" in text:
        return text
    code = number(text) or 0
    signal = code & 0x7F
    return f"{0 if signal else code >> 8 & 0xFF}:{signal}"


def _memory(tres: str, minimum: str, nodes: str, cpus: str) -> int | None:
    """MiB of the whole job: what TRES says, else what it asks for a CPU or a node."""
    told = tres_memory_mib(tres)
    return told if told is not None else asked_memory_mib(minimum, nodes, cpus)


def _gpus(tres: str, per_job: str, per_node: str, per_socket: str, per_task: str, nodes: str, tasks: str) -> Gpus:
    """GPUs of the whole job: what TRES says, else what it asks for times what it asks it for."""
    # how many sockets it will get is not known before it starts: at least one a node
    wanted = (
        (tres, 1),
        (per_job, 1),
        (per_node, count(nodes)),
        (per_task, count(tasks)),
        (per_socket, count(nodes)),
    )
    for text, times in wanted:
        found = parse_gpus(text)
        if found.count:
            return Gpus(found.count * max(1, times), found.type)
    return NO_GPUS
