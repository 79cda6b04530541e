"""The other end of the shims: a Unix socket that answers Slurm's commands for all clusters of a fleet."""

from __future__ import annotations

import logging
import socket
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from .acceptor import Acceptor
from .clock import Clock
from .commands import COMMANDS, Answer, Context, answer
from .simulation import Simulation

__all__ = ["Controller"]

_log = logging.getLogger(__name__)
_PATIENCE_S = 30.0  # with a shim that does not finish its request


class Controller:
    """Answers on the socket `path` until it is closed."""

    def __init__(self, path: Path, simulations: Mapping[str, Simulation], clock: Clock) -> None:
        self._simulations, self._clock = simulations, clock
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        listener.listen(64)
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="demo-slurmctld")
        self._acceptor = Acceptor("demo-slurmctld", listener, lambda link: self._take(link))

    def close(self) -> None:
        """Answer what was asked, then stop; idempotent."""
        self._acceptor.close()
        self._pool.shutdown(wait=True)

    def _take(self, link: socket.socket) -> None:
        self._pool.submit(self._serve, link).add_done_callback(_report)

    def _serve(self, link: socket.socket) -> None:
        with link:
            link.settimeout(_PATIENCE_S)
            try:
                request = b"".join(iter(lambda: link.recv(1 << 16), b""))
                result = self._answer(request)
                stdout, stderr = (text.encode(errors="surrogateescape") for text in (result.stdout, result.stderr))
                link.sendall(f"{result.exit_status} {len(stdout)}\n".encode() + stdout + stderr)
            except OSError:
                pass  # the shim was killed while it waited

    def _answer(self, request: bytes) -> Answer:
        cluster, command, count, rest = request.split(b"\0", 3)
        *argv, rest = rest.split(b"\0", int(count))
        count, rest = rest.split(b"\0", 1)
        *env, script = rest.split(b"\0", int(count))
        name = _text(command)
        if name not in COMMANDS:
            return Answer(stderr=f"sh: {name}: not found\n", exit_status=127)
        context = Context(
            sim=self._simulations[_text(cluster)],
            clock=self._clock,
            env=dict(_text(variable).split("=", 1) for variable in env),
            stdin=_text(script),
        )
        return answer(name, [_text(word) for word in argv], context)


def _report(served: Future[None]) -> None:
    """Nobody waits for what the pool does: a mistake of ours must be seen all the same."""
    if error := served.exception():
        _log.error("a command of the demo failed", exc_info=error)


def _text(data: bytes) -> str:
    return data.decode(errors="surrogateescape")
