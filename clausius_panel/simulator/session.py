"""One command on a channel: a real shell in a process group of its own, with the demo cluster's PATH and HOME."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

import paramiko

from .shell import PLAIN

__all__ = ["GONE", "run_command"]

GONE = (OSError, EOFError, paramiko.SSHException)
"""What paramiko raises when the other side, or the connection, is no longer there."""

_CHUNK = 1 << 15
_GRACE_S = 1.0  # between SIGHUP and SIGKILL
_WATCH_S = 0.25  # how soon a command notices that nobody listens any more


def run_command(
    channel: paramiko.Channel,
    command: bytes,
    *,
    env: Mapping[str, str],
    home: Path,
    shell: Sequence[str] = PLAIN,
) -> None:
    """Run `command` as sshd does, until it ends or the channel is closed; then nothing of it is left."""
    process = subprocess.Popen(
        [*shell, "-c", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(env),
        cwd=home,
        start_new_session=True,
    )
    assert process.stdin is not None  # for the type checker: all three are pipes
    assert process.stdout is not None
    assert process.stderr is not None
    done = threading.Event()
    feeder = threading.Thread(target=_feed, args=(channel, process, done), name="demo-stdin", daemon=True)
    errors = threading.Thread(
        target=_drain, args=(process.stderr, channel.sendall_stderr), name="demo-stderr", daemon=True
    )
    feeder.start()
    errors.start()
    _drain(process.stdout, channel.sendall)
    errors.join()
    status = process.wait()
    done.set()
    with contextlib.suppress(*GONE):
        # A shell that was killed has 128 + signal, as most shells say it.
        channel.send_exit_status(status if status >= 0 else 128 - status)
        channel.shutdown_write()
        channel.close()
    feeder.join()


def _feed(channel: paramiko.Channel, process: subprocess.Popen[bytes], done: threading.Event) -> None:
    """Channel to stdin; afterwards watch whether the channel is closed while the command runs."""
    assert process.stdin is not None
    try:
        while data := channel.recv(_CHUNK):
            process.stdin.write(data)
            process.stdin.flush()
    except GONE:
        pass  # the command reads no more, or there is no connection
    with contextlib.suppress(OSError):
        process.stdin.close()
    while not done.wait(_WATCH_S):
        if channel.closed:
            _hang_up(process, done)
            return


def _hang_up(process: subprocess.Popen[bytes], done: threading.Event) -> None:
    for number in (signal.SIGHUP, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        if done.wait(_GRACE_S):
            return


def _drain(pipe: IO[bytes], send: Callable[[bytes], object]) -> None:
    """Pipe to channel; when the channel is gone, read on so that the command can end."""
    with pipe:
        while data := os.read(pipe.fileno(), _CHUNK):
            try:
                send(data)
            except GONE:
                send = _discard


def _discard(data: bytes) -> None:
    pass
