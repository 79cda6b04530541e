"""What a job was submitted with: its batch script, its command line, and what the controller knows of it.

One script over the background lane. Accounting is asked for the batch script only where the controller has
forgotten the job.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import CommandFailed, InvalidInput, ParseError
from ..model import Cluster
from ..transport import Transport
from .framing import Command, Frame, build_script, new_sentinel, parse_frames
from .poll import LIMIT_S

__all__ = ["Provenance", "capture", "parse_show_job"]

MAX_SCRIPT_CHARS = 1024 * 1024
_ID = re.compile(r"[0-9]{1,19}")
_FIELD = re.compile(r"(?:^|\s)([A-Za-z][\w/:]*)=")
_FREE = frozenset(
    {"AdminComment", "Command", "Comment", "JobName", "StdErr", "StdIn", "StdOut", "SystemComment", "WorkDir"}
)
_HEAD = re.compile(r"\ABatch Script for [^\n]*\n-{20,}\n")
_NO_SCRIPT = ("NONE", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What could be learned; "" for what could not."""

    batch_script: str
    submit_command: str  # as accounting keeps it: without the quotes of the shell
    work_dir: str
    fields: dict[str, str]  # of `scontrol show job`
    error: str  # why something is missing, in Slurm's words


def capture(cluster: Cluster, transport: Transport, job_id: str, *, limit_s: int = LIMIT_S) -> Provenance:
    """Ask for one job by the number in front of its id. Raises `InvalidInput` and `TransportError`."""
    if not _ID.fullmatch(job_id):
        raise InvalidInput("job id", job_id, "use the number in front of a job's id")
    quoted = shlex.quote(job_id)
    frames = _ask(
        cluster,
        transport,
        [
            Command(name="show", words=("scontrol", "show", "job", quoted), server="ctld"),
            Command(name="script", words=("scontrol", "write", "batch_script", quoted, "-"), server="ctld"),
            Command(
                name="line", words=("sacct", "-X", "-n", "-P", "-j", quoted, "-o", "SubmitLine"), server="dbd"
            ),
        ],
        limit_s,
    )
    script = _script(frames.get("script"))
    if not script:
        stored = Command(name="stored", words=("sacct", "-B", "-j", quoted), server="dbd")
        frames |= _ask(cluster, transport, [stored], limit_s)
        script = _stored_script(frames.get("stored"))
    fields = parse_show_job(_answer(frames.get("show")))
    return Provenance(
        batch_script=script[:MAX_SCRIPT_CHARS],
        submit_command=_answer(frames.get("line")).partition("\n")[0],
        work_dir=fields.get("WorkDir", ""),
        fields=fields,
        error="" if script and fields else _why(frames),
    )


def _ask(cluster: Cluster, transport: Transport, commands: Sequence[Command], limit_s: int) -> dict[str, Frame]:
    sentinel = new_sentinel()
    text = build_script(commands, sentinel=sentinel, slurm_path=cluster.slurm_path, limit_s=limit_s)
    done = transport.run("sh -s", stdin=text, timeout_s=(limit_s + 2.0) * len(commands) + 5, lane="background")
    try:
        return parse_frames(done.stdout, sentinel)
    except ParseError as error:
        raise CommandFailed(transport.host, "sh -s", done.exit_status, done.stderr[:500], done.stdout) from error


def _answer(frame: Frame | None) -> str:
    return frame.stdout if frame is not None and frame.exit_status == 0 else ""


def _script(frame: Frame | None) -> str:
    """The script; where there is none scontrol says so on stderr, with whatever exit status."""
    text = _answer(frame)
    return "" if text.startswith("job script retrieval failed") or not text.strip() else text


def _stored_script(frame: Frame | None) -> str:
    """The script as accounting keeps it, without the head that sacct draws above it."""
    text, found = _HEAD.subn("", _answer(frame), count=1)
    text = text.rstrip("\n") + "\n"
    return text if found and text.strip() not in _NO_SCRIPT else ""


def parse_show_job(text: str) -> dict[str, str]:
    """The fields of the first job in `scontrol show job`, in its order.

    Fields of free text end their lines and are read to that end; a line break in one of them cannot be told from
    another field, so the first value of a name counts.
    """
    fields: dict[str, str] = {}
    record, _, _ = text.strip().partition("\n\n")
    for line in record.splitlines():
        for name, value in _pairs(line.strip()):
            fields.setdefault(name, value)
    return fields


def _pairs(line: str) -> list[tuple[str, str]]:
    """The fields of one line; one of free text takes the rest of it."""
    marks = list(_FIELD.finditer(line))
    pairs = []
    for i, mark in enumerate(marks):
        is_free = mark[1] in _FREE
        end = marks[i + 1].start() if i + 1 < len(marks) and not is_free else len(line)
        pairs.append((mark[1], line[mark.end() : end].strip()))
        if is_free:
            break
    return pairs


def _why(frames: dict[str, Frame]) -> str:
    said = [line.strip() for frame in frames.values() for line in frame.stderr.splitlines() if line.strip()]
    return "; ".join(dict.fromkeys(said))[:500] or "neither the controller nor accounting has it"
