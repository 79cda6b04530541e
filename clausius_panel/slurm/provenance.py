"""What a job was submitted with: its batch script, its command line, and what the controller knows of it.

One script over the background lane. Accounting is asked for the batch script only where the controller has
forgotten the job. Of its environment only what is cheap is asked for: the commit that its directory is at; what
the script itself loads and activates is read from the script.
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
from .script_words import declared_environment

__all__ = ["Provenance", "capture", "parse_show_job"]

MAX_SCRIPT_CHARS = 1024 * 1024
_ID = re.compile(r"[0-9]{1,19}")
_FIELD = re.compile(r"(?:^|\s)([A-Za-z][\w/:]*)=")
_FREE = frozenset(
    {"AdminComment", "Command", "Comment", "JobName", "StdErr", "StdIn", "StdOut", "SystemComment", "WorkDir"}
)
_HEAD = re.compile(r"(?:\A|\n)Batch Script for [0-9][^\n]*\n-{20,}\n")
_NO_SCRIPT = ("NONE", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What could be learned; "" for what could not."""

    batch_script: str
    submit_command: str  # as accounting keeps it: without the quotes of the shell
    work_dir: str
    fields: dict[str, str]  # of `scontrol show job`
    environment: dict[str, str]  # what the script sets up, and the commit of the directory as it is now
    error: str  # why something is missing, in Slurm's words


def capture(
    cluster: Cluster, transport: Transport, job_id: str, *, work_dir: str = "", limit_s: int = LIMIT_S
) -> Provenance:
    """Ask for one job by the number in front of its id.

    With its directory `work_dir` its commit is looked up too. Raises `InvalidInput` and `TransportError`.
    """
    if not _ID.fullmatch(job_id):
        raise InvalidInput("job id", job_id, "use the number in front of a job's id")
    quoted = shlex.quote(job_id)
    frames = _ask(
        cluster,
        transport,
        [
            *_checkout(work_dir),
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
        work_dir=fields.get("WorkDir", "") or work_dir,
        fields=fields,
        environment=declared_environment(script) | _commit(frames.get("checkout")),
        error="" if script and fields else _why(frames),
    )


_CHECKOUT = r"""
cd -- "$1" 2>/dev/null || exit 0
command -v git >/dev/null 2>&1 || exit 0
export GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0
g() { ${_w} git -c core.fsmonitor=false -c core.hooksPath=/dev/null "$@" 2>/dev/null </dev/null; }
_w=; timeout 1 true >/dev/null 2>&1 && _w="timeout 5"
top=$(g rev-parse --show-toplevel) || exit 0
printf 'commit=%s\n' "$(g rev-parse HEAD)"
printf 'branch=%s\n' "$(g rev-parse --abbrev-ref HEAD)"
if [ -O "$top" ] && [ -O "$(g rev-parse --absolute-git-dir)" ]; then
  said=$(g status --porcelain -uno) && printf 'changed=%s\n' "$(printf '%s' "$said" | grep -c '')"
fi
"""
"""Git runs what a repository configures when it looks for changes, so it looks only in our own."""

_CHECKOUT_WORDS = {"commit": "git commit", "branch": "git branch", "changed": "files changed since that commit"}


def _checkout(work_dir: str) -> list[Command]:
    """What git says of a directory; nothing for a path that is none."""
    if not work_dir.startswith("/"):
        return []
    return [Command(name="checkout", words=("sh", "-c", shlex.quote(_CHECKOUT), "sh", shlex.quote(work_dir)))]


def _commit(frame: Frame | None) -> dict[str, str]:
    pairs = (line.partition("=") for line in _answer(frame).splitlines())
    return {
        _CHECKOUT_WORDS[name]: value.strip()
        for name, _, value in pairs
        if name in _CHECKOUT_WORDS and value.strip()
    }


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
    """The script as accounting keeps it, without the head that sacct draws above it; of an array's tasks one."""
    before, *scripts = _HEAD.split(_answer(frame))
    kept = [text for text in scripts if text.strip() not in _NO_SCRIPT]
    return kept[0].rstrip("\n") + "\n" if kept and not before else ""


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
