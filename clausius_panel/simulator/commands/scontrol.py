"""scontrol(1): ping, show config and job, write batch_script, hold, release, requeue."""

from __future__ import annotations

from collections.abc import Callable

from ..catalogue import USERS
from ..job import SimJob
from ..scripts import batch_script
from . import text
from .context import Answer, Context
from .job_ids import read_job_id
from .log_names import expand
from .options import Option, UsageError, parse
from .squeue_fields import FIELDS, Row

__all__ = ["scontrol"]

_OPTIONS = {
    "all": Option("all"),
    "details": Option("details"),
    "oneliner": Option("oneliner"),
    "quiet": Option("quiet"),
    "verbose": Option("verbose"),
    "version": Option("version"),
}
_SHORTS = {
    "a": _OPTIONS["all"],
    "d": _OPTIONS["details"],
    "o": _OPTIONS["oneliner"],
    "Q": _OPTIONS["quiet"],
    "v": _OPTIONS["verbose"],
    "V": _OPTIONS["version"],
}


def scontrol(argv: list[str], context: Context) -> Answer:
    """Answer a command line."""
    try:
        options, words = parse(argv, _SHORTS, _OPTIONS)
    except UsageError as error:
        text_ = f'scontrol: {error.message}\nTry "scontrol --help" for more information\n'
        return Answer(stderr=text_, exit_status=1)
    match words:
        case _ if "version" in options:
            return Answer(stdout=f"{context.sim.spec.version}\n")
        case ["version"]:
            return Answer(stdout=f"{context.sim.spec.version}\n")
        case ["ping"]:
            return Answer(stdout=f"{_ping(context)}\n")
        case ["show"]:
            return _refused("too few arguments for keyword:show")
        case ["write"]:
            return _refused("too few arguments for keyword:write")
        case ["show", "config"]:
            return Answer(stdout=_config(context))
        case ["show", "job" | "jobs", *ids]:
            return _show_jobs(ids, context, one_line="oneliner" in options)
        case ["write", *rest]:
            return _write(rest, context)
        case ["show", entity, *_]:
            return _refused(f"invalid entity:{entity} for keyword:show ")
        case [("hold" | "uhold" | "release" | "requeue") as verb, *ids]:
            return _change(verb, ids, context) if ids else _refused(f"too few arguments for keyword:{verb}")
        case [keyword, *_]:
            return _refused(f"invalid keyword: {keyword}")
        case _:
            return Answer()


def _refused(message: str) -> Answer:
    return Answer(stderr=f"{message}\n", exit_status=1)


def _ping(context: Context) -> str:
    return f"Slurmctld(primary) at {context.sim.spec.name}-ctl is UP"


def _config(context: Context) -> str:
    spec = context.sim.spec
    values = {
        "AccountingStorageHost": f"{spec.name}-dbd",
        "AccountingStorageTRES": f"cpu,mem,node,billing,gres/gpu,gres/gpu:{spec.gpu_type.lower()}",
        "AccountingStorageType": "accounting_storage/slurmdbd",
        "BOOT_TIME": context.time(-40 * 86400.0),
        "ClusterName": spec.name,
        "EnforcePartLimits": "NO",
        "MaxArraySize": "10001",
        "MaxJobCount": "100000",
        "MessageTimeout": "10 sec",
        "MinJobAge": "300 sec",
        "PreemptMode": "REQUEUE",
        "PreemptType": "preempt/partition_prio",
        "PriorityType": "priority/multifactor",
        "PrivateData": "none",
        "SchedulerType": "sched/backfill",
        "SelectType": "select/cons_tres",
        "SlurmctldHost[0]": f"{spec.name}-ctl",
        "SLURM_VERSION": spec.version.split()[-1],
    }
    lines = "".join(f"{name:<23} = {value}\n" for name, value in values.items())
    return f"Configuration data as of {context.time(context.sim.now)}\n{lines}\n{_ping(context)}\n"


def _find(word: str, context: Context) -> list[SimJob]:
    wanted = read_job_id(word)
    return [] if wanted is None else [job for job in context.sim.jobs.values() if wanted.matches(job)]


def _show_jobs(ids: list[str], context: Context, *, one_line: bool) -> Answer:
    stdout = ""
    for word in ids or [str(job_id) for job_id in context.sim.jobs]:
        if read_job_id(word) is None:
            return Answer(
                stdout=stdout, stderr="scontrol_print_job error: Invalid job id specified\n", exit_status=1
            )
        jobs = _find(word, context)
        if not jobs:
            return Answer(stdout=stdout, stderr="slurm_load_jobs error: Invalid job id specified\n", exit_status=1)
        for job in jobs:
            lines = _record(job, context)
            stdout += " ".join(lines) + " \n" if one_line else "\n   ".join(lines) + "\n   \n\n"
    return Answer(stdout=stdout)


def _write(words: list[str], context: Context) -> Answer:
    """Jobs' batch scripts; whatever goes wrong, the real one exits with 0."""
    match words:
        case ["batch_script"]:
            return Answer()
        case ["batch_script", word, *rest]:
            jobs = _find(word, context)
            if not jobs or jobs[0].user != context.user:
                why = "Invalid user id" if jobs else "Invalid job id specified"
                return Answer(stderr=f"job script retrieval failed: {why}\n")
            if rest != ["-"]:
                return _refused("the demo writes batch scripts to standard output only: -")
            return Answer(stdout=batch_script(jobs[0], limit_s=context.seconds(jobs[0].limit_s)))
        case _:
            return _refused(f"invalid write argument:{words[0]}")


def _record(job: SimJob, context: Context) -> list[str]:
    def shown(name: str) -> str:
        return FIELDS[name].get(Row(job), context)

    def moment(name: str) -> str:
        value = shown(name)
        return "Unknown" if value == "N/A" else value

    array = ""
    if job.array_id:
        array = f"ArrayJobId={job.array_id} ArrayTaskId={shown('arraytaskid').partition('%')[0]} "
        array += f"ArrayTaskThrottle={job.array_limit} " * bool(job.array_limit)
    if job.het_id:
        array = f"HetJobId={job.het_id} HetJobOffset={job.het_offset} HetJobIdSet={shown('hetjobidset')} "
    uid, shape = USERS.get(job.user, 0), job.shape
    log = expand(job)
    lines = [
        f"JobId={job.job_id} {array}JobName={job.name}",
        f"UserId={job.user}({uid}) GroupId={job.user}({uid}) MCS_label=N/A",
        f"Priority={shown('prioritylong')} Nice=0 Account={job.account} QOS={job.qos}",
        f"JobState={job.state} Reason={shown('reason')} Dependency={shown('dependency')}",
        f"Requeue={int(job.requeue)} Restarts={job.restarts} BatchFlag=1 Reboot=0 "
        f"ExitCode={'0:0' if job.is_open else job.exit_code}",
        f"RunTime={text.long_time(context.seconds(job.elapsed_s(context.sim.now)))} "
        f"TimeLimit={text.long_time(context.seconds(job.limit_s))} TimeMin=N/A",
        f"SubmitTime={moment('submittime')} EligibleTime={moment('eligibletime')}",
        f"StartTime={moment('starttime')} EndTime={moment('endtime')} Deadline=N/A",
        f"Partition={job.partition} AllocNode:Sid={context.sim.spec.name}-login1:4242",
        "ReqNodeList=(null) ExcNodeList=(null)",
        f"NodeList={shown('nodelist')}",
        f"BatchHost={shown('batchhost')}",
        f"NumNodes={shape.nodes} NumCPUs={shown('numcpus')} NumTasks={shape.nodes} CPUs/Task={shape.cpus}",
        f"TRES={text.tres(job)}",
        f"MinCPUsNode={shape.cpus} MinMemoryNode={text.memory(shape.memory_mib)} MinTmpDiskNode=0",
        f"Features=(null) OverSubscribe=OK Contiguous=0 Licenses={shown('licenses')} Network=(null)",
        f"Command={job.command}",
        f"WorkDir={job.work_dir}",
        f"Comment={job.comment}",
        f"StdErr={log}",
        "StdIn=/dev/null",
        f"StdOut={log}",
        f"TresPerNode={shown('tres-per-node')}",
    ]
    optional = {"Comment=", "TresPerNode=N/A", "BatchHost=n/a"}
    return [line for line in lines if line not in optional]


def _hold(job: SimJob, context: Context) -> None:
    job.held = job.held or "user"


def _release(job: SimJob, context: Context) -> None:
    job.held = ""


def _requeue(job: SimJob, context: Context) -> None:
    context.sim.requeue(job, "REQUEUED")


def _change(verb: str, ids: list[str], context: Context) -> Answer:
    verbs: dict[str, tuple[Callable[[SimJob, Context], None], str]] = {
        "hold": (_hold, "PENDING"),
        "uhold": (_hold, "PENDING"),
        "release": (_release, "PENDING"),
        "requeue": (_requeue, "RUNNING"),
    }
    act, state = verbs[verb]
    tail = "" if verb == "requeue" else "slurm_suspend error: {}\n"
    for word in ",".join(ids).split(","):
        jobs = _find(word, context)
        problem = ""
        if not jobs:
            problem = "Invalid job id specified"
        elif any(job.user != context.user or job.held == "admin" for job in jobs):
            problem = "Access/permission denied"
        elif not any(job.state == state for job in jobs):
            problem = "Job/step already completing or completed"
        elif verb == "requeue" and not all(job.requeue for job in jobs):
            problem = "Requested operation is presently disabled"
        if problem:
            stderr = f"{problem} for job {word}\n{tail.format(problem)}"
            return Answer(stderr=stderr, exit_status=1)
        for job in jobs:
            if job.state == state:
                act(job, context)
    context.sim.settle()
    return Answer()
