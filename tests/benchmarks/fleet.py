"""Eight clusters at once, against the slowest of them alone: alpha and beta under four names each.

Eight real clusters are eight machines at the end of a network. Here they, their sshd and we share one machine's
cores. So the figure is taken with a round trip of 80 ms in front of each, and with a pause in place of the work
of Slurm's commands, which other machines do elsewhere: after as long as they took, the same answer comes over the
same sshd. What it is where all of it runs on this machine is told beside it, and what OpenSSH takes for the same.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial

from clausius_panel.collector import FLOOR_S, Collector
from clausius_panel.model import Cluster
from clausius_panel.slurm import SlurmClient
from clausius_panel.store import get_cluster
from clausius_panel.transport import Transport

from ..testbed.lagproxy import far_away
from .figure import Figure, median, spread, timed
from .on_bed import Recorder, bed, bed_cluster, catch_up, runtime_on_bed
from .refresh import control_master

__all__ = ["measure"]

ROUNDS = 3
RTT_MS = 80
_SENTINEL = re.compile(r"clausius-[0-9a-f]{32}")
_GUARD = re.compile(r"\x1f([A-Za-z]{8})")

Samples = tuple[list[float], list[float]]
"""Seconds of all at once, and of the slowest alone, of each round."""


class SlurmElsewhere(Recorder):
    """Lets a host work once, and has it pause for as long and say the same when the script comes again."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport)
        self._known = self._path = ""
        self._pause_s = 0.0

    def learn(self) -> None:
        """From now on the answer is that to the latest script."""
        command, script = self.calls[-1]
        begun = time.perf_counter()
        said = self.run(command, stdin=script).stdout
        worked_s = time.perf_counter() - begun
        bare_s = timed(lambda: self.run("cat >/dev/null", stdin=script))
        self._pause_s = max(0.0, worked_s - bare_s)
        self._path = f"/tmp/bench-{_SENTINEL.findall(script)[0]}"
        self.run(f"cat >{self._path}", stdin=said)
        self._known = script

    def forget(self) -> None:
        """Remove the answer from the host."""
        self._known = ""
        self.run(f"rm -f {self._path}")

    def instead(self, stdin: str) -> str:
        """Wait, and say what was said, with what is random in this script in place of what was in the other."""
        if not self._known:
            return stdin
        changes = "".join(f"s/{old}/{new}/g;" for old, new in _randoms(self._known, stdin))
        return f"sleep {self._pause_s:.3f}; sed '{changes}' {self._path}\n"


def _randoms(script: str, other: str) -> Iterator[tuple[str, str]]:
    yield _SENTINEL.findall(script)[0], _SENTINEL.findall(other)[0]
    guard, new = _GUARD.findall(script)[0], _GUARD.findall(other)[0]
    yield guard, new
    yield guard.swapcase(), new.swapcase()


@contextmanager
def _polling(clusters: Sequence[Cluster], carriers: dict[str, SlurmElsewhere]) -> Iterator[Collector]:
    """A collector in its steady state, whose transports are in `carriers`."""
    with runtime_on_bed(clusters, nodes_interval_s=10, accounting_interval_s=10) as runtime:

        def client(name: str) -> SlurmClient:
            config = get_cluster(runtime.store, name)
            if name not in carriers:
                carriers[name] = SlurmElsewhere(runtime.transport(config))
            return SlurmClient(config, carriers[name])

        collector = Collector(runtime.store, client, locks=runtime.config.data_dir / "locks")
        names = [cluster.name for cluster in clusters]
        collector.refresh_many(names)  # opens the connections, learns the dialects
        catch_up(runtime.store, lambda: collector.refresh_many(names, force=True))
        try:
            yield collector
        finally:
            collector.close()


def _rounds(
    together: Callable[[], object], alone: Sequence[Callable[[], object]], *, pause_s: float = FLOOR_S + 0.2
) -> Samples:
    """Both of them in turns; no cluster may be polled more often than every 10 s."""
    at_once, slowest = [], []
    for _ in range(ROUNDS):
        time.sleep(pause_s)
        at_once.append(timed(together))
        time.sleep(pause_s)
        slowest.append(max(map(timed, alone)))
    return at_once, slowest


def _ours(clusters: Sequence[Cluster], *, elsewhere: bool = False) -> tuple[Samples, list[tuple[str, str]]]:
    """Seconds, and the command and script of each cluster's last poll."""
    carriers: dict[str, SlurmElsewhere] = {}
    names = [cluster.name for cluster in clusters]
    with _polling(clusters, carriers) as collector, ExitStack() as stack:
        time.sleep(FLOOR_S + 0.2)
        collector.refresh_many(names, force=True)  # the first script that is as all to come
        for carrier in carriers.values() if elsewhere else ():
            carrier.learn()
            stack.callback(carrier.forget)
        samples = _rounds(
            lambda: collector.refresh_many(names, force=True),
            [partial(collector.refresh, name, force=True) for name in names],
        )
        return samples, [carriers[name].calls[-1] for name in names]


def _openssh(calls: Sequence[tuple[str, str]]) -> Samples:
    """Seconds for the same over warm masters; the answers are thrown away."""
    hosts = ("alice@alpha-login", "alice@beta-login")
    with ExitStack() as stack, ThreadPoolExecutor(len(calls)) as pool:
        acts = [
            partial(
                subprocess.run,
                [*stack.enter_context(control_master(hosts[number % 2])), command],
                input=script.encode(),
                check=True,
                capture_output=True,
            )
            for number, (command, script) in enumerate(calls)
        ]
        return _rounds(lambda: list(pool.map(lambda act: act(), acts)), acts, pause_s=0)


def _names(ports: dict[str, int]) -> list[Cluster]:
    return [bed_cluster(f"{on}-{number}", on, port=ports[on]) for number in range(4) for on in ports]


def _figure(where: str, samples: Samples, *, reach: float | None = None) -> Figure:
    together, slowest = samples
    return Figure(
        what=f"refresh of 8 clusters at once / slowest one alone, {where}",
        value=median(together) / median(slowest),
        reach=reach,
        how=f"all at once {spread(together)}; slowest alone {spread(slowest)}; 8 names of 2 real clusters",
    )


def measure() -> list[Figure]:
    """Medians of the rounds; each round asks all at once, then each alone."""
    near = {on: bed()["hosts"][on]["port"] for on in ("alpha", "beta")}
    with ExitStack() as stack:
        far = {on: stack.enter_context(far_away(port, "--rtt", str(RTT_MS))) for on, port in near.items()}
        elsewhere, _ = _ours(_names(far), elsewhere=True)
    here, calls = _ours(_names(near))
    return [
        _figure(f"{RTT_MS} ms away, Slurm's commands as long a pause", elsewhere, reach=1.5),
        _figure("on loopback, all on our cores", here),
        _figure("on loopback, OpenSSH with the same scripts", _openssh(calls)),
    ]
