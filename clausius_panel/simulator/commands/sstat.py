"""sstat(1): what the steps of running jobs use. Clusters of 22.05 do not account for their GPUs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..job import SimJob
from ..usage import SimUse, use_of
from . import text
from .context import Answer, Context
from .job_ids import read_job_id
from .options import Option, UsageError, parse

__all__ = ["gpu_tres", "sstat"]

_N, _R = "no", "required"
_OPTIONS = {
    "allsteps": Option("allsteps", _N),
    "format": Option("format", _R),
    "helpformat": Option("helpformat", _N),
    "jobs": Option("jobs", _R),
    "noconvert": Option("noconvert", _N),
    "noheader": Option("noheader", _N),
    "parsable": Option("parsable", _N),
    "parsable2": Option("parsable2", _N),
    "version": Option("version", _N),
}
_LETTERS = {
    "a": "allsteps",
    "e": "helpformat",
    "j": "jobs",
    "n": "noheader",
    "o": "format",
    "p": "parsable",
    "P": "parsable2",
    "V": "version",
}
_SHORTS = {letter: _OPTIONS[name] for letter, name in _LETTERS.items()}


def _tres(job: SimJob, use: SimUse, context: Context) -> str:
    parts = [f"cpu={text.long_time(_cpu(use, context))}", "energy=0", "fs/disk=66661"]
    return ",".join([*parts, *gpu_tres(use, context), f"mem={use.rss_mib << 20}", "pages=0", "vmem=294715392"])


def gpu_tres(use: SimUse, context: Context) -> list[str]:
    """GPU use in a TRES text, summed over the GPUs; nothing where this version does not sample it."""
    if not use.gpus or context.sim.spec.version < "slurm 23":
        return []
    memory = sum(gpu.memory_mib for gpu in use.gpus) << 20
    shares = [gpu.percent for gpu in use.gpus if gpu.percent is not None]
    return [f"gres/gpumem={memory}", *([f"gres/gpuutil={round(sum(shares))}"] if shares else [])]


def _cpu(use: SimUse, context: Context) -> int:
    return context.seconds(use.cpu_s)


_Get = Callable[[SimJob, SimUse, Context], str]
_LIST: Mapping[str, _Get] = {
    "AveCPU": lambda job, use, context: text.long_time(_cpu(use, context)),
    "AveRSS": lambda job, use, context: str(use.rss_mib << 20),
    "JobID": lambda job, use, context: f"{job.job_id}.batch",
    "MaxRSS": lambda job, use, context: str(use.max_rss_mib << 20),
    "Nodelist": lambda job, use, context: text.fold(tuple(job.placement)),
    "NTasks": lambda job, use, context: "1",
    "TRESUsageInAve": _tres,
    "TRESUsageInMax": _tres,
    "TRESUsageInTot": _tres,
}
_FIELDS = {name.lower(): (name, get) for name, get in _LIST.items()}


def sstat(argv: list[str], context: Context) -> Answer:
    """Answer a command line; sizes are bytes, as with --noconvert."""
    try:
        options, _ = parse(argv, _SHORTS, _OPTIONS)
        columns = _columns(options.get("format", "JobID,MaxRSS,AveRSS,NTasks,AveCPU"))
    except UsageError as error:
        return Answer(stderr=f"sstat: {error.message}\n", exit_status=error.exit_status)
    if "version" in options:
        return Answer(stdout=f"{context.sim.spec.version}\n")
    if not options.get("jobs"):
        return Answer(stderr="sstat: error: No jobs specified\n", exit_status=1)
    lines = [] if "noheader" in options else ["|".join(name for name, _ in columns)]
    stderr = ""
    for word in options["jobs"].split(","):
        job, complaint = _find(word, context)
        if job is None:
            stderr += complaint
            continue
        use = use_of(job, context.sim.now)
        lines.append("|".join(get(job, use, context) for _, get in columns))
    return Answer(stdout="".join(f"{line}\n" for line in lines), stderr=stderr)


def _columns(names: str) -> list[tuple[str, _Get]]:
    columns = []
    for name in names.split(","):
        if name.lower() not in _FIELDS:
            raise UsageError(f'error: Invalid field requested: "{name}"')
        columns.append(_FIELDS[name.lower()])
    return columns


def _find(word: str, context: Context) -> tuple[SimJob | None, str]:
    """The running job of a raw id, or what the real one says instead; its exit status is 0 all the same."""
    wanted = read_job_id(word.partition(".")[0])
    job = context.sim.jobs.get(wanted.number) if wanted is not None else None
    if job is None:
        return None, f"sstat: error: couldn't get steps for job {word}\n"
    if job.state != "RUNNING" or job.is_array_rest:
        return None, f"sstat: error: No steps running for job {word}\n"
    if job.user != context.user:
        return None, f"sstat: error: problem getting step_layout for StepId={word}.batch: Invalid user id\n"
    return job, ""
