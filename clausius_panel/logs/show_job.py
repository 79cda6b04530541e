"""Where a job writes, as Slurm tells: `scontrol show job` while it remembers the job, then accounting."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from ..errors import CommandFailed, InvalidInput
from ..model import Cluster
from ..model.job_id import valid_job_id
from ..slurm.framing import Command, Frame
from ..slurm.poll import run_script
from ..transport import Transport
from .submitted import output_patterns

__all__ = ["JobOutput", "ShownJob", "parse", "show_job"]

_LIMIT_S = 15
_FIELD = re.compile(r"^ *(WorkDir|StdErr|StdOut)=(.*)$", re.MULTILINE)
_HEAD = re.compile(r"^JobId=([0-9]+)(?: ArrayJobId=([0-9]+) ArrayTaskId=(\S+))?", re.MULTILINE)
_USER = re.compile(r"^ *UserId=([^\s(]+)\(", re.MULTILINE)
_NO_TASK = "4294967294"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownJob:
    """Where one job, or one task of an array, writes."""

    job_id_raw: str
    array_job_id: str  # "" outside arrays
    array_task_id: str  # "" outside arrays and of the unstarted rest of one
    user: str
    work_dir: str
    stdout_path: str  # "" where Slurm names none
    stderr_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOutput:
    """What Slurm says about where a job writes."""

    shown: list[ShownJob]  # by the controller; [] where it has forgotten the job
    stdout_pattern: str  # by accounting: what sbatch was told; "" where nothing was said, or nobody knows
    stderr_pattern: str


def show_job(transport: Transport, cluster: Cluster, job_id: str) -> JobOutput:
    """All that Slurm knows of one job, or of all tasks of an array, in one round trip.

    Raises `InvalidInput` for what is no job id, `TransportError`; `CommandFailed` too where the controller does
    not answer.
    """
    if not valid_job_id(job_id):
        raise InvalidInput("job id", job_id, "use forms such as 123 or 123_4")
    quoted = shlex.quote(job_id)
    commands = [
        Command(name="job", words=("scontrol", "show", "job", quoted), server="ctld"),
        Command(name="line", words=("sacct", "-nXP", "-o", "SubmitLine", "-j", quoted), server="dbd"),
        Command(name="script", words=("sacct", "-B", "-j", quoted), server="dbd"),
    ]
    frames, _, _ = run_script(transport, commands, slurm_path=cluster.slurm_path, limit_s=_LIMIT_S)
    stdout, stderr = output_patterns(_first_line(frames.get("line")), _script(frames.get("script")))
    job = frames.get("job")
    if job is None or (job.exit_status != 0 and "Invalid job id" not in job.stderr):
        status, said = (1, "the answer was cut off") if job is None else (job.exit_status, job.stderr)
        raise CommandFailed(transport.host, "scontrol show job", status, said)
    return JobOutput(shown=parse(job.stdout), stdout_pattern=stdout, stderr_pattern=stderr)


def _first_line(frame: Frame | None) -> str:
    if frame is None or frame.exit_status != 0:
        return ""  # no accounting, or a version that keeps no command lines
    return frame.stdout.strip().partition("\n")[0]


def _script(frame: Frame | None) -> str:
    """The batch script without what sacct prints above it."""
    if frame is None or frame.exit_status != 0:
        return ""
    return frame.stdout.partition("\n---")[2].partition("\n")[2]


def parse(text: str) -> list[ShownJob]:
    r"""The jobs in the answer.

    >>> parse("JobId=7 JobName=x\n   UserId=ada(100) GroupId=g(1)\n   StdOut=/w/a b.out\n")[0].stdout_path
    '/w/a b.out'
    """
    heads = list(_HEAD.finditer(text))
    ends = [*(head.start() for head in heads), len(text)][1:]
    return [_shown(head, text[head.start() : end]) for head, end in zip(heads, ends, strict=True)]


def _shown(head: re.Match[str], body: str) -> ShownJob:
    fields = dict(_FIELD.findall(body))  # the last one counts: names and comments stand in front of the paths
    user = _USER.search(body)
    task = head[3] or ""
    return ShownJob(
        job_id_raw=head[1],
        array_job_id=head[2] or "",
        array_task_id=task if task.isdigit() else "",
        user=user[1] if user else "",
        work_dir=fields.get("WorkDir", ""),
        stdout_path=_path(fields.get("StdOut", "")),
        stderr_path=_path(fields.get("StdErr", "")),
    )


def _path(text: str) -> str:
    return text if text.startswith("/") and _NO_TASK not in text else ""
