"""`sacct`: what became of the jobs that left the queue."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from ..errors import ParseError
from ..model import FINAL_STATES, Job, is_final
from ..model.durations import parse_duration_s, parse_time
from ..model.job_id import parse_job_id
from ..model.tres import Gpus, parse_gpus
from .columns import Columns, build
from .dialect import Dialect
from .log_paths import log_paths
from .submit_line import dependency_of
from .values import asked_memory_mib, count, given, number, tres_memory_mib, word

__all__ = [
    "END_STATES",
    "ended_words",
    "fields",
    "found_words",
    "is_switched_off",
    "job_columns",
    "parse",
    "records",
    "refused_field",
]

_FIELDS = (
    "JobID",
    "JobName",
    "User",
    "UID",
    "Account",
    "Partition",
    "QOS",
    "State",
    "ExitCode",
    "Reason",
    "Submit",
    "Eligible",
    "Start",
    "End",
    "ElapsedRaw",
    "TimelimitRaw",
    "NNodes",
    "AllocCPUS",
    "ReqCPUS",
    "ReqMem",
    "AllocTRES",
    "ReqTRES",
    "NodeList",
    "Priority",
    "WorkDir",
    "Comment",
)
_NEWER = {"SubmitLine": (21, 8), "StdOut": (24, 5), "StdErr": (24, 5), "Restarts": (24, 11)}
"""Fields that came later; where the version is wrong here, the cluster refuses one and it is remembered."""

_LAST = "JobIDRaw"
"""Stands last, since no person can put a line break into it: with it a record is whole."""

END_STATES = ",".join(sorted(FINAL_STATES - {"LAUNCH_FAILED"}))
"""What -s takes for all jobs that have ended; sacct knows no LAUNCH_FAILED."""

_LOST_DAYS = 30
_REFUSED = re.compile(r"Invalid field requested: \"([^\"]+)\"")
_SWITCHED_OFF = re.compile(r"accounting storage is disabled|accounting_storage/none", re.IGNORECASE)


def fields(dialect: Dialect) -> tuple[str, ...]:
    """The fields this cluster's version has, as far as we know it."""
    newer = [field for field, since in _NEWER.items() if dialect.release() >= since]
    return tuple(f for f in (*_FIELDS, *newer, _LAST) if f == _LAST or not dialect.lacks("sacct", f))


def ended_words(dialect: Dialect, *, guard: str, age_s: int, user: str = "") -> list[str]:
    """The command for the jobs that ended in the last `age_s` seconds, by the cluster's own clock.

    `user` is a word of shell; "" asks for everybody's jobs.
    """
    whose = ["-u", user] if user else ["-a"]
    # -s needs -E: without it sacct answers nothing
    window = ["-S", f"now-{max(1, age_s)}seconds", "-E", "now", "-s", END_STATES]
    return [*_words(dialect, guard), *whose, *window]


def found_words(dialect: Dialect, *, guard: str, job_ids: Iterable[str]) -> list[str]:
    """The command for single jobs by their raw ids, which must be plain numbers. Raises `ParseError`."""
    ids = list(job_ids)
    for job_id in ids:
        if not (job_id.isascii() and job_id.isdigit()):
            raise ParseError("sacct", 1, job_id, "not a raw job id")
    return [*_words(dialect, guard), "-a", "-S", f"now-{_LOST_DAYS}days", "-E", "now", "-j", ",".join(ids)]


def _words(dialect: Dialect, guard: str) -> list[str]:
    return [
        "sacct",
        "-D",
        "-X",
        "-P",
        "--noconvert",
        f"--delimiter={shlex.quote(guard)}",
        "-o",
        ",".join(fields(dialect)),
    ]


def refused_field(stderr: str) -> str:
    """The field that this version does not know, "" if it complains of none."""
    found = _REFUSED.search(stderr)
    return found[1] if found else ""


def is_switched_off(stderr: str) -> bool:
    """Whether the cluster keeps no accounts at all."""
    return _SWITCHED_OFF.search(stderr) is not None


def parse(text: str, *, cluster: str, guard: str) -> list[Job]:
    """Jobs that have ended, in the order `sacct` printed them; steps and jobs under way are passed over.

    The header tells the fields. Raises `ParseError` where there is none, or where a record has another width.
    """
    lines = text.split("\n")
    start = next((i for i, line in enumerate(lines) if line.startswith("JobID" + guard)), None)
    if start is None:
        raise ParseError("sacct", 1, text[:200], "no header")
    names = lines[start].split(guard)
    rows = Columns.from_rows(
        "sacct", names, [text.split(guard) for text in records(lines, start + 1, guard, names)]
    )
    jobs = build(Job, rows.count, job_columns(rows, cluster))
    return [job for job in jobs if is_final(job.state) and "." not in job.job_id]


def records(lines: Sequence[str], start: int, guard: str, names: Sequence[str]) -> Iterable[str]:
    """Lines joined to records of these fields: a line break inside a name leaves a line with too few.

    Raises `ParseError` where a record has too many, or the last one is cut off.
    """
    held: list[str] = []
    seen, guards = 0, len(names) - 1
    for number_, line in enumerate(lines[start:], start + 1):
        if not line and not held:
            continue
        held.append(line)
        seen += line.count(guard)
        if seen > guards:
            raise ParseError("sacct", number_, "\n".join(held), f"more than {guards + 1} fields")
        if seen == guards:
            yield "\n".join(held)
            held, seen = [], 0
    if held:
        raise ParseError("sacct", len(lines), "\n".join(held), "the last record is cut off")


def job_columns(rows: Columns, cluster: str) -> dict[str, Sequence[object]]:
    """The fields of `Job` from columns named as sacct names them. Raises `ParseError`."""
    ids = rows.read("JobID", parse_job_id)
    array_ids = [found.job if found.task else "" for found in ids]
    tasks = [found.task for found in ids]
    gpus = rows.combine(_gpus, "AllocTRES", "ReqTRES")
    return {
        "cluster": (cluster,) * rows.count,
        "job_id": rows.texts("JobID"),
        "job_id_raw": rows.texts(_LAST),
        "submit_time": rows.read("Submit", parse_time),
        "name": rows.read("JobName", _name),
        "user": rows.texts("User"),
        "account": rows.texts("Account"),
        "partition": rows.texts("Partition"),
        "qos": rows.read("QOS", word),
        "state": rows.read("State", _state),
        "dependency": rows.read("SubmitLine", dependency_of),
        "reason": rows.combine(partial(_reason, _names(rows)), "State", "Reason"),
        "priority": rows.read("Priority", number),
        "array_job_id": array_ids,
        "array_task_id": tasks,
        "het_job_id": [found.job if found.het_offset is not None else "" for found in ids],
        "het_offset": [found.het_offset for found in ids],
        "nodes": rows.read("NNodes", count),
        "cpus": rows.combine(_cpus, "AllocCPUS", "ReqCPUS"),
        "memory_mib": rows.combine(_memory, "AllocTRES", "ReqTRES", "ReqMem", "NNodes", "ReqCPUS"),
        "gpus": [found.count for found in gpus],
        "gpu_type": [found.type for found in gpus],
        "tres": rows.combine(_tres, "AllocTRES", "ReqTRES"),
        "eligible_time": rows.read("Eligible", parse_time),
        "start_time": rows.read("Start", parse_time),
        "end_time": rows.read("End", parse_time),
        "elapsed_s": rows.read("ElapsedRaw", count),
        "time_limit_s": rows.read("TimelimitRaw", parse_duration_s),
        "node_list": rows.read("NodeList", _nodes),
        "work_dir": rows.read("WorkDir", given),
        "stdout_path": _log_paths(rows, "StdOut", array_ids, tasks),
        "stderr_path": _log_paths(rows, "StdErr", array_ids, tasks),
        "comment": rows.read("Comment", given),
        "exit_code": rows.texts("ExitCode"),
        "restarts": rows.read("Restarts", number),
    }


def _log_paths(rows: Columns, field: str, array_ids: Sequence[str], tasks: Sequence[str]) -> list[str]:
    return log_paths(
        rows.texts(field),
        work_dirs=rows.texts("WorkDir"),
        raw_ids=rows.texts(_LAST),
        names=rows.texts("JobName"),
        users=rows.texts("User"),
        array_ids=array_ids,
        tasks=tasks,
        node_lists=rows.texts("NodeList"),
    )


def _name(text: str) -> str:
    """The name; for a moment after a job's end slurmdbd has only this word in its place."""
    return "" if text == "allocation" else text


def _state(text: str) -> str:
    """The state without who brought it about: `CANCELLED by 1000`."""
    return text.partition(" ")[0] or "UNKNOWN"


def _names(rows: Columns) -> dict[str, str]:
    """The login names of uids, as far as these records tell them."""
    return {uid: user for uid, user in zip(rows.texts("UID"), rows.texts("User"), strict=True) if uid and user}


def _reason(names: Mapping[str, str], state: str, reason: str) -> str:
    """Who cancelled it, else why it failed; of a job that went well sacct tells only why it once waited.

    >>> _reason({"7": "ada"}, "CANCELLED by 7", ""), _reason({}, "CANCELLED by 1000", "")
    ('cancelled by ada', 'cancelled by uid 1000')
    >>> _reason({}, "CANCELLED by 0", "Priority"), _reason({}, "COMPLETED", "Priority")
    ('cancelled by root', '')
    """
    _, _, who = state.partition(" by ")
    if who:
        return f"cancelled by {'root' if who == '0' else names.get(who) or f'uid {who}'}"
    return "" if state == "COMPLETED" else word(reason)


def _cpus(allocated: str, requested: str) -> int:
    return count(allocated) or count(requested)


def _memory(allocated: str, requested: str, minimum: str, nodes: str, cpus: str) -> int | None:
    told = tres_memory_mib(_tres(allocated, requested))
    return told if told is not None else asked_memory_mib(minimum, nodes, cpus)


def _tres(allocated: str, requested: str) -> str:
    """What it had; a job that never started had nothing."""
    return allocated or requested


def _gpus(allocated: str, requested: str) -> Gpus:
    return parse_gpus(_tres(allocated, requested))


def _nodes(text: str) -> str:
    return "" if text == "None assigned" else word(text)
