"""srun(1), as far as a step inside a running job goes that asks nvidia-smi for the job's GPUs; nothing is run."""

from __future__ import annotations

import re

from ..job import SimJob
from ..usage import use_of
from .context import Answer, Context
from .job_ids import read_job_id
from .options import Option, UsageError, parse

__all__ = ["srun"]

_N, _R = "no", "required"
_OPTIONS = {
    "input": Option("input", _R),
    "jobid": Option("jobid", _R),
    "nodes": Option("nodes", _R),
    "ntasks": Option("ntasks", _R),
    "ntasks-per-node": Option("ntasks-per-node", _R),
    "overlap": Option("overlap", _N),
    "quiet": Option("quiet", _N),
    "time": Option("time", _R),
}
_LETTERS = {"N": "nodes", "n": "ntasks", "Q": "quiet", "t": "time"}
_SHORTS = {letter: _OPTIONS[name] for letter, name in _LETTERS.items()}
_QUERY = re.compile(r"nvidia-smi --query-gpu=([\w.,]+) --format=csv,noheader,nounits")
_PREFIX = re.compile(r'sed "s/\^/([^/"]*)/"')


def srun(argv: list[str], context: Context) -> Answer:
    """Answer a command line."""
    at = next((i for i, word in enumerate(argv) if not word.startswith("-")), len(argv))
    try:
        options, _ = parse(argv[:at], _SHORTS, _OPTIONS)
    except UsageError as error:
        return _failed(error.message)
    if "jobid" not in options:
        return _failed("error: only steps of a running job can be had here: --jobid")
    wanted = read_job_id(options["jobid"])
    job = context.sim.jobs.get(wanted.number) if wanted is not None else None
    if job is None:
        return _failed(f"error: Unable to confirm allocation for job {options['jobid']}: Invalid job id specified")
    if job.user != context.user:
        return _failed(f"error: Unable to confirm allocation for job {job.job_id}: Access/permission denied")
    if job.state != "RUNNING":
        return _failed(f"error: Unable to confirm allocation for job {job.job_id}: Job is pending execution")
    query, prefix = _QUERY.search(argv[-1]), _PREFIX.search(argv[-1])
    if argv[at : at + 2] != ["sh", "-c"] or query is None:
        return _failed(f"error: task 0: {' '.join(argv[at:])[:80]}: the demo runs nothing but nvidia-smi", 127)
    return Answer(stdout=_table(job, query[1].split(","), prefix[1] if prefix else "", context))


def _table(job: SimJob, fields: list[str], prefix: str, context: Context) -> str:
    lines = []
    seen: dict[str, int] = {}
    for gpu in use_of(job, context.sim.now).gpus:
        index = seen[gpu.node] = seen.get(gpu.node, -1) + 1  # a job counts its own GPUs only
        told = {
            "index": str(index),
            "uuid": gpu.uuid,
            "name": gpu.name,
            "utilization.gpu": "[N/A]" if gpu.percent is None else f"{gpu.percent:.0f}",
            "memory.used": str(gpu.memory_mib),
            "memory.total": str(gpu.memory_total_mib),
            "power.draw": f"{gpu.power_w:.2f}",
            "temperature.gpu": f"{gpu.temperature_c:.0f}",
        }
        head = prefix.replace("$SLURMD_NODENAME", gpu.node)
        lines.append(head + ", ".join(told.get(field, "[N/A]") for field in fields) + "\n")
    return "".join(lines)


def _failed(message: str, status: int = 1) -> Answer:
    return Answer(stderr=f"srun: {message}\n", exit_status=status)
