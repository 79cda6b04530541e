"""What sacct can say of a job or a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..catalogue import USERS
from ..job import SimJob
from ..usage import SimUse, use_of
from . import text
from .context import Context
from .sstat import gpu_tres

__all__ = ["FIELDS", "Entry", "Field", "shown_id", "state"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of sacct: an allocation, or with `step` a step of it."""

    job: SimJob
    step: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its header, its width without -P (negative: left), and what it says."""

    header: str
    width: int
    get: Callable[[Entry, Context], str]
    since: str = ""  # the first Slurm version that has it


def state(job: SimJob) -> str:
    """The state as accounting has it: configuring and completing jobs run, and a CANCELLED one says by whom."""
    if job.state == "COMPLETING":
        return "RUNNING"
    if job.state == "CANCELLED" and job.cancelled_by is not None:
        return f"CANCELLED by {job.cancelled_by}"
    return "RUNNING" if job.state == "CONFIGURING" else job.state


def _job(get: Callable[[SimJob], object]) -> Callable[[Entry, Context], str]:
    """A field that steps do not have."""
    return lambda entry, context: "" if entry.step else str(get(entry.job))


def _both(get: Callable[[SimJob], object]) -> Callable[[Entry, Context], str]:
    return lambda entry, context: str(get(entry.job))


def shown_id(entry: Entry) -> str:
    """The id as people read it: with the task, or the tasks that wait, and the step."""
    job = entry.job
    if job.het_id:
        name = f"{job.het_id}+{job.het_offset}"
    elif job.is_array_rest:
        name = f"{job.array_id}_[{text.array_tasks(job.waiting, job.array_limit)}]"
    else:
        name = str(job.job_id) if job.task is None else f"{job.array_id}_{job.task}"
    return name + entry.step


def _end(job: SimJob) -> float | None:
    return None if job.state == "COMPLETING" else job.end


def _elapsed(entry: Entry, context: Context) -> int:
    return context.seconds(entry.job.elapsed_s(context.sim.now))


def _start(entry: Entry, context: Context) -> str:
    job = entry.job
    return context.time(job.start, "None" if job.end is not None else "Unknown")


def _nodes(job: SimJob) -> str:
    return text.fold(tuple(job.placement)) or "None assigned"


def _alloc_tres(entry: Entry, context: Context) -> str:
    job = entry.job
    return text.tres(job, by_name=True, convert=not context.noconvert) if job.placement else ""


def _req_tres(entry: Entry, context: Context) -> str:
    return "" if entry.step else text.tres(entry.job, by_name=True, convert=not context.noconvert)


def _req_mem(entry: Entry, context: Context) -> str:
    mib = entry.job.shape.memory_mib
    if entry.step:
        return ""
    return text.memory_m(mib) if context.noconvert else text.memory(mib)


def _cpu_seconds(entry: Entry, context: Context) -> int:
    return _elapsed(entry, context) * entry.job.shape.cpus * entry.job.shape.nodes


def _used(get: Callable[[SimUse, Context], str]) -> Callable[[Entry, Context], str]:
    """What the batch step used; accounting tells of it after its end."""

    def field(entry: Entry, context: Context) -> str:
        finished = entry.step == ".batch" and not entry.job.is_open
        return get(use_of(entry.job, context.sim.now), context) if finished else ""

    return field


def _size(mib: int, context: Context) -> str:
    return str(mib << 20) if context.noconvert else f"{mib << 10}K"


def _total_cpu(entry: Entry, context: Context) -> str:
    job = entry.job
    if job.is_open or job.start is None or entry.step == ".extern":
        return "00:00:00"
    return text.long_time(context.seconds(use_of(job, context.sim.now).cpu_s))


def _usage_tres(use: SimUse, context: Context) -> str:
    cpu = f"cpu={text.long_time(context.seconds(use.cpu_s))}"
    return ",".join([cpu, "energy=0", *gpu_tres(use, context), f"mem={_size(use.max_rss_mib, context)}"])


def _reason(job: SimJob) -> str:
    return job.reason if job.state == "PENDING" else "None"


def _cpus(job: SimJob) -> int:
    return job.shape.cpus * job.shape.nodes


_LIST = (
    Field("Account", 10, _both(lambda job: job.account)),
    Field("AdminComment", 15, _both(lambda job: "")),
    Field("AllocCPUS", 10, _both(_cpus)),
    Field("AllocNodes", 10, _both(lambda job: job.shape.nodes if job.placement else 0)),
    Field("AllocTRES", 10, _alloc_tres),
    Field("Cluster", 10, lambda entry, context: context.sim.spec.name),
    Field("Comment", 14, _job(lambda job: job.comment)),
    Field("AveCPU", 10, _used(lambda use, context: text.long_time(context.seconds(use.cpu_s)))),
    Field("AveDiskRead", 14, _used(lambda use, context: _size(use.max_rss_mib // 2, context))),
    Field("AveDiskWrite", 14, _used(lambda use, context: _size(use.max_rss_mib // 8, context))),
    Field("AveRSS", 10, _used(lambda use, context: _size(use.rss_mib, context))),
    Field("ConsumedEnergyRaw", 17, lambda entry, context: "0" if entry.step else ""),
    Field("CPUTime", 10, lambda entry, context: text.long_time(_cpu_seconds(entry, context))),
    Field("CPUTimeRAW", 10, lambda entry, context: str(_cpu_seconds(entry, context))),
    Field("DerivedExitCode", 15, _job(lambda job: "0:0")),
    Field("Elapsed", 10, lambda entry, context: text.long_time(_elapsed(entry, context))),
    Field("ElapsedRaw", 10, lambda entry, context: str(_elapsed(entry, context))),
    Field("Eligible", 19, lambda entry, context: context.time(entry.job.eligible, "Unknown")),
    Field("End", 19, lambda entry, context: context.time(_end(entry.job), "Unknown")),
    Field("ExitCode", 8, _both(lambda job: "0:0" if job.is_open else job.exit_code)),
    Field("Flags", 19, _job(lambda job: "SchedMain" if job.placement else "")),
    Field("GID", 6, _job(lambda job: USERS.get(job.user, 0))),
    Field("Group", 9, _job(lambda job: job.user)),
    Field("JobID", -12, lambda entry, context: shown_id(entry)),
    Field("JobIDRaw", -12, lambda entry, context: f"{entry.job.job_id}{entry.step}"),
    Field("JobName", 10, lambda entry, context: entry.step.lstrip(".") or entry.job.name),
    Field("MaxRSS", 10, _used(lambda use, context: _size(use.max_rss_mib, context))),
    Field("NCPUS", 10, _both(_cpus)),
    Field("NNodes", 8, _both(lambda job: job.shape.nodes)),
    Field("NodeList", 15, _both(_nodes)),
    Field("NTasks", 8, lambda entry, context: str(entry.job.shape.nodes) if entry.step else ""),
    Field("Partition", 10, _job(lambda job: job.partition)),
    Field("Priority", 10, _job(lambda job: round(job.priority))),
    Field("QOS", 10, _job(lambda job: job.qos)),
    Field("Reason", 22, _job(_reason)),
    Field("ReqCPUS", 8, _both(_cpus)),
    Field("ReqMem", 10, _req_mem),
    Field("ReqNodes", 8, _both(lambda job: job.shape.nodes)),
    Field("ReqTRES", 10, _req_tres),
    Field("Reservation", 20, _both(lambda job: "")),
    Field("Restarts", 8, _job(lambda job: job.restarts), since="slurm 24.05"),
    Field("Start", 19, _start),
    Field("State", 10, lambda entry, context: state(entry.job)),
    Field("StdErr", 20, _job(lambda job: job.stdout), since="slurm 24.05"),
    Field("StdOut", 20, _job(lambda job: job.stdout), since="slurm 24.05"),
    Field("Submit", 19, lambda entry, context: context.time(entry.job.submit)),
    Field("SubmitLine", 20, _job(lambda job: job.submit_line)),
    Field("Suspended", 10, lambda entry, context: text.long_time(context.seconds(entry.job.suspended_s))),
    Field("SystemComment", 15, _both(lambda job: "")),
    Field("Timelimit", 10, lambda entry, context: _limit(entry, context)),
    Field("TimelimitRaw", 10, lambda entry, context: _limit_raw(entry, context)),
    Field("TotalCPU", 10, _total_cpu),
    Field("TRESUsageInAve", 14, _used(_usage_tres)),
    Field("TRESUsageInMax", 14, _used(_usage_tres)),
    Field("TRESUsageInTot", 14, _used(_usage_tres)),
    Field("UID", 6, _job(lambda job: USERS.get(job.user, 0))),
    Field("User", 9, _job(lambda job: job.user)),
    Field("WCKey", 10, _both(lambda job: "")),
    Field("WorkDir", 20, _job(lambda job: job.work_dir)),
)


def _limit(entry: Entry, context: Context) -> str:
    return "" if entry.step else text.long_time(context.seconds(entry.job.limit_s))


def _limit_raw(entry: Entry, context: Context) -> str:
    return "" if entry.step else str(-(-context.seconds(entry.job.limit_s) // 60))  # minutes, rounded up


FIELDS: Mapping[str, Field] = {field.header.lower(): field for field in _LIST}
"""Fields of --format, by their name in small letters."""
