"""A slow or failing network in front of a bed's sshd, on loopback.

Forwards with half the round trip time each way; can limit the rate, cut each connection after a while, or fall
silent without closing it, as a dead VPN does.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from .layout import CHECKOUT
from .process import say

__all__ = ["Network", "add_arguments", "far_away", "main", "serve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How bad it is; 0 switches a fault off."""

    rtt_ms: float = 50
    kbps: float = 0
    cut_after_s: float = 0
    stall_after_s: float = 0


async def _deliver(queue: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter, kbps: float) -> None:
    while True:
        due, data = await queue.get()
        if not data:
            return
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        writer.write(data)
        await writer.drain()
        if kbps:
            await asyncio.sleep(len(data) * 8 / (kbps * 1000))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, network: Network, born: float) -> None:
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(2000)
    delivery = asyncio.create_task(_deliver(queue, writer, network.kbps))
    try:
        while data := await reader.read(16384):
            if network.stall_after_s and time.monotonic() - born > network.stall_after_s:
                await asyncio.Event().wait()
            await queue.put((time.monotonic() + network.rtt_ms / 2000, data))
        await queue.put((0.0, b""))
        await delivery
    except ConnectionError:
        pass  # the other end is gone: so is this one, below
    finally:
        delivery.cancel()
        writer.close()


async def serve(listen: int, target: int, network: Network) -> asyncio.Server:
    """Forward 127.0.0.1:`listen` (0: any free port) to 127.0.0.1:`target`; the running server."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            writer.close()
            return
        born = time.monotonic()
        pumps = asyncio.gather(_pump(reader, far_writer, network, born), _pump(far_reader, writer, network, born))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(pumps, network.cut_after_s or None)
        for end in (writer, far_writer):
            end.transport.abort()

    return await asyncio.start_server(connected, "127.0.0.1", listen)


async def _forever(listen: int, target: int, network: Network) -> None:
    server = await serve(listen, target, network)
    port = server.sockets[0].getsockname()[1]
    say(f"127.0.0.1:{port} -> {target}, {network}")
    async with server:
        await server.serve_forever()


@contextlib.contextmanager
def far_away(target: int, *options: str) -> Iterator[int]:
    """A port behind which 127.0.0.1:`target` is far away, served by another process. `options`: see add_arguments.

    >>> with far_away(22, "--rtt", "10") as port:
    ...     0 < port < 65536
    True
    """
    command = [sys.executable, "-u", "-m", "tests.testbed", "lagproxy", f"0:{target}", *options]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as proxy:
        try:
            first = proxy.stdout.readline() if proxy.stdout else ""
            yield int(first.partition(" ")[0].rpartition(":")[2])
        finally:
            proxy.terminate()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `lagproxy`."""
    parser.add_argument("pair", help="LISTEN:TARGET ports; LISTEN 0 takes a free one and says which")
    parser.add_argument("--rtt", type=float, default=50, help="milliseconds")
    parser.add_argument("--kbps", type=float, default=0)
    parser.add_argument("--cut-after", type=float, default=0, help="seconds")
    parser.add_argument("--stall-after", type=float, default=0, help="seconds")


def main(options: argparse.Namespace) -> None:
    """Forward until interrupted."""
    listen, target = map(int, options.pair.split(":"))
    network = Network(
        rtt_ms=options.rtt, kbps=options.kbps, cut_after_s=options.cut_after, stall_after_s=options.stall_after
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_forever(listen, target, network))
