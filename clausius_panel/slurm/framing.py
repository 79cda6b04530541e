"""One script for many commands: each answer framed by a random sentinel, with exit status and stderr.

The script goes to `sh -s` on stdin. Whatever a login shell prints before, between or after the frames is passed
over; a frame that was cut off is missing, never empty.
"""

from __future__ import annotations

import re
import secrets
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..errors import ParseError

__all__ = ["NOT_FOUND", "SKIPPED", "TIMED_OUT", "Command", "Frame", "build_script", "new_sentinel", "parse_frames"]

NOT_FOUND = (126, 127)
"""Exit statuses of the shell for a command that it cannot run."""

SKIPPED = 125
"""Exit status of a command that was not run, because its server had just been silent."""

TIMED_OUT = (124, 137)
"""Exit statuses of `timeout`: ended by TERM, ended by KILL."""

_NAME = re.compile(r"[a-z][a-z0-9_.]*")
_STATUS = re.compile(r"[0-9]{1,3}")
_DIRECTORIES = (
    "/usr/bin",
    "/usr/local/bin",
    "/opt/slurm/bin",
    "/opt/slurm/current/bin",
    "/usr/local/slurm/bin",
    "/cm/shared/apps/slurm/current/bin",
)
"""Where Slurm's commands lie where PATH and /etc/profile do not lead to them."""

_PRELUDE = r"""
unalias -a 2>/dev/null
unset -f squeue sinfo sacct scancel scontrol 2>/dev/null
for _v in $(env 2>/dev/null | sed -n 's/^\(S[A-Z]*_[A-Z0-9_]*\)=.*/\1/p'); do
  case $_v in
    SQUEUE_*|SINFO_*|SACCT_*|SCANCEL_*|SCONTROL_*|SLURM_CLUSTERS|SLURM_JSON|SLURM_YAML|SLURM_DEBUG*) unset "$_v" ;;
  esac
done
if ! command -v squeue >/dev/null 2>&1 && [ -r /etc/profile ]; then
  eval "$( . /etc/profile >/dev/null 2>&1 </dev/null; export -p )" 2>/dev/null
fi
if ! command -v squeue >/dev/null 2>&1; then
  for _d in @DIRECTORIES@; do
    if [ -x "$_d/squeue" ]; then PATH=$_d:$PATH; break; fi
  done
fi
export PATH TZ=UTC0 SLURM_TIME_FORMAT=standard SLURM_BITSTR_LEN=0
_t=
timeout -k 2 5 true >/dev/null 2>&1 </dev/null && _t='timeout -k 2 @LIMIT@'
mark() { printf '\n%s begin %s\n\n%s stderr %s\n\n%s end %s %s\n' "$_s" "$1" "$_s" "$1" "$_s" "$1" @SKIPPED@; }
silent() {
  case $_r:$_e in
    124:*|137:*|*'contact slurm controller'*|*'ocket timed out'*|*'talking to the database'*) return 0 ;;
  esac
  return 1
}
frame() {
  _n=$1; shift
  printf '\n%s begin %s\n' "$_s" "$_n"
  { _e=$( "$@" </dev/null 2>&1 >&3 3>&- ); _r=$?; } 3>&1
  printf '\n%s stderr %s\n%s\n%s end %s %s\n' "$_s" "$_n" "$_e" "$_s" "$_n" "$_r"
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a script. Its words are shell text: whoever makes them quotes what is data."""

    name: str  # of its frame
    words: Sequence[str]
    server: Literal["", "ctld", "dbd"] = ""  # whom it asks; once silent, it is not asked again in this script


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What one command of a script left behind."""

    stdout: str
    stderr: str
    exit_status: int


def new_sentinel() -> str:
    """A word that no output holds by chance or by intent."""
    return f"clausius-{secrets.token_hex(16)}"


def build_script(commands: Iterable[Command], *, sentinel: str, slurm_path: str = "", limit_s: int = 25) -> str:
    """The script that runs `commands` one after the other and frames each answer.

    Each may take `limit_s` seconds where the host has `timeout`, and reads nothing from stdin, which carries the
    script. Every command waits as long for a server that is silent, so one wait for each server is enough.
    `slurm_path` comes first in PATH.
    """
    prelude = _PRELUDE.strip().replace("@DIRECTORIES@", " ".join(_DIRECTORIES))
    prelude = prelude.replace("@LIMIT@", str(int(limit_s))).replace("@SKIPPED@", str(SKIPPED))
    lines = [f"_s={shlex.quote(sentinel)} _quiet="]
    if slurm_path:
        lines.append(f"PATH={shlex.quote(slurm_path)}:$PATH")
    lines.append(prelude)
    for command in commands:
        if not _NAME.fullmatch(command.name):
            raise ValueError(f"frame name {command.name!r}")
        run = f"frame {command.name} $_t {' '.join(command.words)}"
        if server := command.server:
            run = f"{run}; if silent; then _quiet=$_quiet:{server}; fi"
            run = f"case $_quiet in *:{server}*) mark {command.name} ;; *) {run} ;; esac"
        lines.append(run)
    return "\n".join([*lines, "exit 0", ""])


def parse_frames(stdout: str, sentinel: str) -> dict[str, Frame]:
    """The frames that came whole, by name. Raises `ParseError` where there is not a single mark of the script."""
    mark = f"\n{sentinel} "
    frames: dict[str, Frame] = {}
    at = stdout.find(f"{mark}begin ")
    if at < 0:
        raise ParseError("script", 1, stdout[:200], "the shell ran no part of the script")
    while at >= 0:
        start = stdout.find("\n", at + 1)
        following = stdout.find(f"{mark}begin ", at + 1)
        if start >= 0:
            name = stdout[at + len(mark) + len("begin ") : start]
            frame = _frame(stdout[start : following if following >= 0 else len(stdout)], mark, name)
            if frame is not None:
                frames[name] = frame
        at = following
    return frames


def _frame(body: str, mark: str, name: str) -> Frame | None:
    """The frame in `body`, which begins with the line break after its head; None if its end is missing."""
    middle = f"{mark}stderr {name}\n"
    stdout, found_middle, rest = body.partition(middle)
    stderr, found_end, tail = rest.partition(f"{mark}end {name} ")
    status, newline, _ = tail.partition("\n")
    if not (found_middle and found_end and newline and _STATUS.fullmatch(status)):
        return None
    return Frame(stdout=stdout[1:], stderr=stderr, exit_status=int(status))
