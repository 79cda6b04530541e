"""What stands on a demo cluster's PATH under the names of Slurm's commands.

It runs once a command, in an interpreter of its own (`python -ISs shim.py SOCKET CLUSTER COMMAND ARGUMENT...`),
passes everything to the simulation over a Unix socket and relays the answer. It imports only what is built in, so
that it costs some 15 ms.
"""

from __future__ import annotations

import _socket
import posix
import sys

__all__ = ["main"]

_PREFIXES = (b"SLURM_", b"SQUEUE_", b"SINFO_", b"SACCT_", b"SCANCEL_", b"SCONTROL_", b"SBATCH_", b"TZ=", b"PWD=")


def _encoded(word: str) -> bytes:
    return word.encode(sys.getfilesystemencoding(), "surrogateescape")


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[posix.write(descriptor, data) :]


def main() -> int:
    """Pass the command line on, relay the answer; the result is the exit status."""
    socket_path, cluster, command, *words = sys.argv[1:]
    variables = [name + b"=" + value for name, value in posix.environ.items()]
    env = [variable for variable in variables if variable.startswith(_PREFIXES)]
    script = sys.stdin.buffer.read() if command == "sbatch" and not sys.stdin.isatty() else b""
    parts = [cluster, command, str(len(words)), *words, str(len(env))]
    request = b"".join(_encoded(part) + b"\0" for part in parts) + b"".join(each + b"\0" for each in env)
    link = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        link.connect(socket_path)
        view = request + script
        while view:
            view = view[link.send(view) :]
        link.shutdown(_socket.SHUT_WR)
        reply = b""
        while chunk := link.recv(1 << 20):
            reply += chunk
    except OSError:
        reply = b""
    if not reply:
        _write(2, f"{command}: error: Unable to contact slurm controller (connect failure)\n".encode())
        return 1
    head, _, body = reply.partition(b"\n")
    status, size = map(int, head.split())
    try:
        _write(2, body[size:])
        _write(1, body[:size])
    except BrokenPipeError:
        return 141
    return status


if __name__ == "__main__":
    sys.exit(main())
