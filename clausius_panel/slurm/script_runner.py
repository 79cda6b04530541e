"""A person's script on a login node: over stdin, bounded in time and output, with its exit status."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass
from typing import Literal, get_args

from ..errors import CommandFailed, CommandTimeout, InvalidInput
from ..transport import Transport
from .framing import TIMED_OUT, new_sentinel

__all__ = ["Interpreter", "ScriptOutcome", "check_script", "named_interpreter", "run_script"]

Interpreter = Literal["python3", "python", "bash", "sh"]

MAX_SCRIPT_BYTES = 1024 * 1024
MAX_TIMEOUT_S = 3600
MAX_OUTPUT_BYTES = 16 * 1024 * 1024

_PATIENCE_S = 15.0
"""How much longer than the far side this side waits: the far side says how the script ended."""

_SCRIPT = r"""
_s=@SENTINEL@
_t=
timeout -k 5 5 true >/dev/null 2>&1 </dev/null && _t='timeout -k 5 @LIMIT@'
_b=
stdbuf -o0 true >/dev/null 2>&1 </dev/null && _b='stdbuf -o0'
bound() { $_b head -c @BYTES@; cat >/dev/null; }
body() { $_t @INTERPRETER@ /dev/fd/9 </dev/null 9<<'@SENTINEL@'
@BODY@
@SENTINEL@
}
printf '\n%s begin\n' "$_s"
printf '\n%s begin\n' "$_s" >&2
exec 3>&1
_r=$( {
  { { body 3>&- 4>&- 2>&5 5>&-; printf %s "$?" >&4; } | bound >&3 4>&- 5>&-; } 5>&1 | bound >&2 3>&- 4>&-
} 4>&1 )
exec 3>&-
printf '\n%s end %s\n' "$_s" "$_r"
exit 0
"""
# 3 is the answer's stdout, 4 catches the exit status, 5 leads the script's stderr to a bound of its own, 9 is the
# script. What is beyond a bound is read and thrown away, so that the script comes to its own end.


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptOutcome:
    """What a script left behind. Bytes that are not UTF-8 are U+FFFD."""

    exit_code: int | None  # None: it did not end in time
    stdout: str
    stderr: str
    timed_out: bool
    truncated: bool  # it printed more than was asked for; the rest is lost
    seconds: float


def named_interpreter(script: str) -> Interpreter:
    r"""What the first line asks for, where it can be had; else bash.

    >>> named_interpreter("#!/usr/bin/env python3\nprint(1)"), named_interpreter("hostname")
    ('python3', 'bash')
    """
    first = script.partition("\n")[0]
    words = first[2:].split() if first.startswith("#!") else []
    names = [word.rpartition("/")[2] for word in words]
    return next((known for name in names for known in get_args(Interpreter) if name == known), "bash")


def check_script(script: str, *, interpreter: str, timeout_s: int, max_bytes: int) -> None:
    """Raise `InvalidInput` for what cannot be run."""
    if interpreter not in get_args(Interpreter):
        raise InvalidInput("interpreter", interpreter, f"use one of {', '.join(get_args(Interpreter))}")
    if not script.strip():
        raise InvalidInput("script", script, "write at least one command")
    if "\x00" in script:
        raise InvalidInput("script", script[:80], "take out the NUL byte")
    if len(script.encode("utf-8", "surrogateescape")) > MAX_SCRIPT_BYTES:
        raise InvalidInput("script", f"{len(script)} characters", "use at most 1 MiB")
    if not 1 <= timeout_s <= MAX_TIMEOUT_S:
        raise InvalidInput("timeout_s", timeout_s, f"use 1 to {MAX_TIMEOUT_S} seconds")
    if not 1 <= max_bytes <= MAX_OUTPUT_BYTES:
        raise InvalidInput("max_bytes", max_bytes, f"use 1 to {MAX_OUTPUT_BYTES}")


def run_script(
    transport: Transport,
    script: str,
    *,
    interpreter: Interpreter,
    timeout_s: int = 120,
    max_bytes: int = 1024 * 1024,
) -> ScriptOutcome:
    """Run a script on the login node and wait for it. Its stdin is empty.

    It goes over the background lane, so that Slurm's commands need not wait for it. `timeout_s` holds over there,
    and here a little later; `max_bytes` holds for stdout and stderr each. What the script leaves running is waited
    for as long as it holds the output open. Raises `InvalidInput` and `TransportError`; a script that fails or is
    too slow is an outcome, not an error.
    """
    check_script(script, interpreter=interpreter, timeout_s=timeout_s, max_bytes=max_bytes)
    sentinel, started, late = new_sentinel(), time.monotonic(), False
    text = _script(script, sentinel=sentinel, interpreter=interpreter, limit_s=timeout_s, max_bytes=max_bytes)
    try:
        done = transport.run(
            "sh -s",
            stdin=text,
            timeout_s=timeout_s + _PATIENCE_S,
            lane="background",
            max_bytes=2 * max_bytes + 1024 * 1024,
        )
        stdout, stderr = done.stdout, done.stderr
    except CommandTimeout as error:
        stdout, stderr, late = error.stdout, error.stderr, True
    found = _after_mark(stdout, sentinel)
    if found is None and not late:
        raise CommandFailed(
            transport.host, "sh -s", 1, stderr.strip()[:500] or "the shell ran no part of the script"
        )
    out, status = _end(found or "", sentinel)
    err = _after_mark(stderr, sentinel) or ""
    seconds = time.monotonic() - started
    timed_out = late or (status in TIMED_OUT and seconds >= timeout_s)
    return ScriptOutcome(
        exit_code=None if timed_out else status,
        stdout=_cut(out, max_bytes),
        stderr=_cut(err, max_bytes),
        timed_out=timed_out,
        truncated=max(_size(out), _size(err)) > max_bytes,
        seconds=seconds,
    )


def _script(script: str, *, sentinel: str, interpreter: str, limit_s: int, max_bytes: int) -> str:
    """The shell's script; the person's is last to be put in, so that nothing in it is replaced."""
    values = {
        "SENTINEL": shlex.quote(sentinel),
        "LIMIT": str(int(limit_s)),
        "BYTES": str(int(max_bytes) + 1),  # one more tells that there was more
        "INTERPRETER": shlex.quote(interpreter),
    }
    text = _SCRIPT.lstrip()
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text.replace("@BODY@", script.removesuffix("\n"))


def _after_mark(text: str, sentinel: str) -> str | None:
    """What follows the mark; login shells talk before it."""
    _, mark, rest = text.partition(f"\n{sentinel} begin\n")
    return rest if mark else None


def _end(text: str, sentinel: str) -> tuple[str, int | None]:
    """What was printed, and the exit status if it is there."""
    out, mark, tail = text.rpartition(f"\n{sentinel} end ")
    status = tail.partition("\n")[0]
    if not mark:
        return text, None
    return out, int(status) if status.isascii() and status.isdigit() else None


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _cut(text: str, max_bytes: int) -> str:
    return text.encode("utf-8", "replace")[:max_bytes].decode("utf-8", "ignore")
