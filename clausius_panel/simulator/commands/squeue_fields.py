"""What squeue can say of a job: the fields of -O and the letters of -o, with their headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..catalogue import USERS
from ..job import Dependency, SimJob
from ..simulation import AGING_S
from . import text
from .context import Context

__all__ = ["CODES", "FIELDS", "LETTERS", "REASONS", "Field", "Row", "exit_number", "priority", "shown_id"]

CODES: Mapping[str, str] = {
    "PENDING": "PD",
    "RUNNING": "R",
    "SUSPENDED": "S",
    "COMPLETED": "CD",
    "CANCELLED": "CA",
    "FAILED": "F",
    "TIMEOUT": "TO",
    "NODE_FAIL": "NF",
    "PREEMPTED": "PR",
    "BOOT_FAIL": "BF",
    "DEADLINE": "DL",
    "OUT_OF_MEMORY": "OOM",
    "COMPLETING": "CG",
    "CONFIGURING": "CF",
    "RESIZING": "RS",
    "RESV_DEL_HOLD": "RD",
    "REQUEUED": "RQ",
    "REQUEUE_FED": "RF",
    "REQUEUE_HOLD": "RH",
    "REVOKED": "RV",
    "SIGNALING": "SI",
    "SPECIAL_EXIT": "SE",
    "STAGE_OUT": "SO",
    "STOPPED": "ST",
}
"""Slurm's states, in the order in which squeue lists them, and their short forms."""

REASONS: Mapping[str, str] = {
    "FAILED": "NonZeroExitCode",
    "OUT_OF_MEMORY": "OutOfMemory",
    "TIMEOUT": "TimeLimit",
    "NODE_FAIL": "NodeDown",
}
"""What squeue gives as the reason of a job that ended badly."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of squeue: a job, or with -r one waiting task of an array."""

    job: SimJob
    task: int | None = None


Getter = Callable[[Row, Context], str]


@dataclass(frozen=True, slots=True)
class Field:
    """A column."""

    header: str
    get: Getter


def exit_number(job: SimJob) -> int:
    """The exit code as wait(2) has it: `1:0` is 256."""
    status, _, signal = job.exit_code.partition(":")
    return int(status) * 256 + int(signal)


def priority(job: SimJob, now: float) -> int:
    """The priority now; held jobs have none."""
    since = job.start if job.start is not None else now
    return 0 if job.held else round(job.priority + max(0.0, since - job.submit) / AGING_S)


def shown_id(row: Row, context: Context) -> str:
    """The id as people write it: `12`, `12_3`, `12_[4-9%2]`, `12+1`."""
    job = row.job
    if job.het_id:
        return f"{job.het_id}+{job.het_offset}"
    task = _task(row, context)
    if task == "N/A":
        return str(job.job_id)
    if job.is_array_rest and row.task is None:
        return f"{job.array_id}_[{task}]"
    return f"{job.array_id}_{task}"


def _task(row: Row, context: Context) -> str:
    job = row.job
    if row.task is not None:
        return str(row.task)
    if job.is_array_rest:
        length = context.env.get("SLURM_BITSTR_LEN", "")
        most = int(length) if length.isdecimal() else 64
        return text.array_tasks(job.waiting, job.array_limit, most=most)
    return "N/A" if job.task is None else str(job.task)


def _dependency(job: SimJob, context: Context) -> str:
    def term(item: Dependency) -> str:
        never = job.reason == "DependencyNeverSatisfied" and item.job_id in context.sim.outcomes
        named = f"{item.kind}:{item.job_id}" if item.job_id else item.kind
        return f"{named}({'failed' if never else 'unfulfilled'})"

    return ",".join(map(term, job.dependencies)) or "(null)"


def _reason(job: SimJob) -> str:
    return job.reason if job.state in ("PENDING", "SUSPENDED") else REASONS.get(job.outcome or job.state, "None")


def _nodes(job: SimJob) -> str:
    return text.fold(tuple(job.placement))


def _start(job: SimJob) -> float | None:
    if job.start is not None:
        return job.start
    return job.end if job.end is not None else job.estimate


def _end(job: SimJob) -> float | None:
    if job.end is not None:
        return job.end
    if job.start is not None:
        return job.start + job.suspended_s + job.limit_s
    return None if job.estimate is None else job.estimate + job.limit_s


def _gres(job: SimJob, context: Context) -> str:
    if not job.shape.gpus:
        return "N/A"
    # From 23.11 on Slurm writes gres/gpu where it wrote gres:gpu.
    mark = "gres:" if context.sim.spec.version < "slurm 23.11" else "gres/"
    return f"{mark}gpu:{job.shape.gpu_type}:{job.shape.gpus}"


def _used(job: SimJob, context: Context) -> int:
    return context.seconds(job.elapsed_s(context.sim.now))


def _held_nodes(row: Row, context: Context) -> str:
    """NODELIST(REASON)."""
    waits = row.job.state in ("PENDING", "CANCELLED", "FAILED", "OUT_OF_MEMORY", "TIMEOUT", "NODE_FAIL")
    return f"({_reason(row.job)})" if waits else _nodes(row.job)


def _time(get: Callable[[SimJob], float | None]) -> Getter:
    return lambda row, context: context.time(get(row.job))


def _plain(get: Callable[[SimJob], object]) -> Getter:
    return lambda row, context: str(get(row.job))


def _always(value: str) -> Getter:
    return lambda row, context: value


def _span(get: Callable[[SimJob, Context], int]) -> Getter:
    return lambda row, context: text.short_time(get(row.job, context))


def _eligible(job: SimJob) -> float | None:
    if job.is_array_rest or (job.dependencies and job.start is None):
        return None
    return job.begin if job.eligible is None and job.begin is not None else job.eligible


def _het(value: Callable[[SimJob], object]) -> Getter:
    return lambda row, context: str(value(row.job)) if row.job.het_id else "N/A"


_F = {
    "account": Field("ACCOUNT", _plain(lambda job: job.account)),
    "arrayjobid": Field("ARRAY_JOB_ID", _plain(lambda job: job.array_id or job.job_id)),
    "arraytaskid": Field("ARRAY_TASK_ID", _task),
    "batchflag": Field("BATCH_FLAG", _always("1")),
    "batchhost": Field("EXEC_HOST", _plain(lambda job: next(iter(job.placement), "n/a"))),
    "cluster": Field("CLUSTER", lambda row, context: context.sim.spec.name),
    "command": Field("COMMAND", _plain(lambda job: job.command)),
    "comment": Field("COMMENT", _plain(lambda job: job.comment or "(null)")),
    "contiguous": Field("CONTIGUOUS", _always("0")),
    "cores": Field("CORES_PER_SOCKET", _always("*")),
    "corespec": Field("CORE_SPEC", _always("N/A")),
    "cpus-per-task": Field("CPUS_PER_TASK", _plain(lambda job: job.shape.cpus)),
    "dependency": Field("DEPENDENCY", lambda row, context: _dependency(row.job, context)),
    "derivedec": Field("DERIVED_EC", _always("0")),
    "eligibletime": Field("ELIGIBLE_TIME", _time(_eligible)),
    "endtime": Field("END_TIME", _time(_end)),
    "exit_code": Field("EXIT_CODE", _plain(lambda job: 0 if job.is_open else exit_number(job))),
    "exclude": Field("EXC_NODES", _always("")),
    "feature": Field("FEATURES", _always("(null)")),
    "gres": Field("TRES_PER_NODE", lambda row, context: _gres(row.job, context)),
    "groupid": Field("GROUP", _plain(lambda job: USERS.get(job.user, 0))),
    "groupname": Field("GROUP", _plain(lambda job: job.user)),
    "hetjobid": Field("HET_JOB_ID", _het(lambda job: job.het_id)),
    "hetjobidset": Field(
        "HET_JOB_ID_SET",
        lambda row, context: (
            f"{row.job.het_id}-{context.sim.components(row.job)[-1].job_id}" if row.job.het_id else "N/A"
        ),
    ),
    "hetjoboffset": Field("HET_JOB_OFFSET", _het(lambda job: job.het_offset)),
    "jobarrayid": Field("JOBID", shown_id),
    "jobid": Field("JOBID", _plain(lambda job: job.job_id)),
    "licenses": Field("LICENSES", _plain(lambda job: f"{job.licence}:1" if job.licence else "(null)")),
    "maxcpus": Field("MAX_CPUS", _plain(lambda job: job.shape.cpus * job.shape.nodes)),
    "maxnodes": Field("MAX_NODES", _plain(lambda job: job.shape.nodes)),
    "mincpus": Field("MIN_CPUS", _plain(lambda job: job.shape.cpus)),
    "minmemory": Field("MIN_MEMORY", _plain(lambda job: text.memory(job.shape.memory_mib))),
    "mintmpdisk": Field("MIN_TMP_DISK", _always("0")),
    "name": Field("NAME", _plain(lambda job: job.name)),
    "nice": Field("NICE", _always("0")),
    "nodelist": Field("NODELIST", _plain(_nodes)),
    "numcpus": Field("CPUS", _plain(lambda job: job.shape.cpus * job.shape.nodes)),
    "numnodes": Field("NODES", _plain(lambda job: job.shape.nodes)),
    "numtasks": Field("TASKS", _plain(lambda job: job.shape.nodes)),
    "oversubscribe": Field("OVER_SUBSCRIBE", _always("OK")),
    "partition": Field("PARTITION", _plain(lambda job: job.partition)),
    "pendingtime": Field(
        "PENDING_TIME",
        lambda row, context: str(context.seconds((row.job.start or context.sim.now) - row.job.submit)),
    ),
    "priority": Field("PRIORITY", lambda row, context: f"{priority(row.job, context.sim.now) / 4294967295:.14f}"),
    "prioritylong": Field("PRIORITY", lambda row, context: str(priority(row.job, context.sim.now))),
    "qos": Field("QOS", _plain(lambda job: job.qos)),
    "reason": Field("REASON", _plain(_reason)),
    "reasonlist": Field("NODELIST(REASON)", _held_nodes),
    "reqnodes": Field("REQ_NODES", _always("")),
    "requeue": Field("REQUEUE", _plain(lambda job: int(job.requeue))),
    "reservation": Field("RESERVATION", _always("(null)")),
    "restartcnt": Field("RESTART_COUNT", _plain(lambda job: job.restarts)),
    "schednodes": Field("SCHEDNODES", _plain(lambda job: text.fold(job.expected_nodes) or "(null)")),
    "sct": Field("S:C:T", _always("*:*:*")),
    "sockets": Field("SOCKETS_PER_NODE", _always("*")),
    "starttime": Field("START_TIME", _time(_start)),
    "state": Field("STATE", _plain(lambda job: job.state)),
    "statecompact": Field("ST", _plain(lambda job: CODES[job.state])),
    "stderr": Field("STDERR", _plain(lambda job: job.stdout)),
    "stdin": Field("STDIN", _always("/dev/null")),
    "stdout": Field("STDOUT", _plain(lambda job: job.stdout)),
    "submittime": Field("SUBMIT_TIME", _time(lambda job: job.submit)),
    "system_comment": Field("SYSTEM_COMMENT", _always("(null)")),
    "threads": Field("THREADS_PER_CORE", _always("*")),
    "timeleft": Field("TIME_LEFT", _span(lambda job, context: context.seconds(job.limit_s) - _used(job, context))),
    "timelimit": Field("TIME_LIMIT", _span(lambda job, context: context.seconds(job.limit_s))),
    "timeused": Field("TIME", _span(_used)),
    "tres-alloc": Field("TRES_ALLOC", _plain(text.tres)),
    "tres-per-job": Field("TRES_PER_JOB", _always("N/A")),
    "tres-per-node": Field("TRES_PER_NODE", lambda row, context: _gres(row.job, context)),
    "tres-per-socket": Field("TRES_PER_SOCKET", _always("N/A")),
    "tres-per-task": Field("TRES_PER_TASK", _always("N/A")),
    "userid": Field("UID", _plain(lambda job: USERS.get(job.user, 0))),
    "username": Field("USER", _plain(lambda job: job.user)),
    "wckey": Field("WCKEY", _always("(null)")),
    "workdir": Field("WORK_DIR", _plain(lambda job: job.work_dir)),
}

FIELDS: Mapping[str, Field] = {name: field for name, field in _F.items() if name != "exclude"}
"""Fields of -O, by their name in small letters."""

_NAMES = (
    "a:account A:jobid b:tres-per-node B:batchhost c:mincpus C:numcpus d:mintmpdisk D:numnodes e:endtime "
    "E:dependency f:feature F:arrayjobid g:groupname G:groupid h:oversubscribe H:sockets i:jobarrayid I:cores "
    "j:name J:threads k:comment K:arraytaskid l:timelimit L:timeleft m:minmemory M:timeused n:reqnodes "
    "N:nodelist o:command O:contiguous p:priority P:partition q:qos Q:prioritylong r:reason R:reasonlist "
    "S:starttime t:statecompact T:state u:username U:userid v:reservation V:submittime w:wckey W:licenses "
    "x:exclude X:corespec y:nice Y:schednodes z:sct Z:workdir"
)
LETTERS: Mapping[str, Field] = {pair[0]: _F[pair[2:]] for pair in _NAMES.split()}
"""Fields of -o."""
