"""Eight clusters at once, against the slowest of them alone: alpha and beta under four names each.

Eight real clusters are eight machines at the end of a network. Here they, their sshd and we share one machine's
cores, so that on loopback all time is somebody's CPU time and nothing can run at once. The figure is therefore
taken with a round trip of 80 ms in front of each; the one on bare loopback is told beside it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack

from clausius_panel.collector import FLOOR_S
from clausius_panel.model import Cluster

from ..testbed.lagproxy import far_away
from .figure import Figure, median, spread, timed
from .on_bed import bed, bed_cluster, catch_up, runtime_on_bed

__all__ = ["measure"]

ROUNDS = 3
RTT_MS = 80
WHAT = "refresh of 8 clusters at once / slowest one alone"


def _sample(clusters: Sequence[Cluster]) -> tuple[list[float], list[float]]:
    together: list[float] = []
    slowest: list[float] = []
    with runtime_on_bed(clusters) as runtime:
        runtime.refresh()  # opens the connections, learns the dialects
        catch_up(runtime)
        for _ in range(ROUNDS):
            time.sleep(FLOOR_S + 0.2)
            together.append(timed(lambda: runtime.refresh(force=True)))
            time.sleep(FLOOR_S + 0.2)
            alone = []
            for cluster in clusters:
                begun = time.perf_counter()
                runtime.refresh([cluster.name], force=True)
                alone.append(time.perf_counter() - begun)
            slowest.append(max(alone))
    return together, slowest


def _names(ports: dict[str, int]) -> list[Cluster]:
    return [bed_cluster(f"{on}-{number}", on, port=ports[on]) for number in range(4) for on in ports]


def measure() -> list[Figure]:
    """Medians of the rounds; each round asks all at once, then each alone."""
    near = {on: bed()["hosts"][on]["port"] for on in ("alpha", "beta")}
    with ExitStack() as stack:
        far = {on: stack.enter_context(far_away(port, "--rtt", str(RTT_MS))) for on, port in near.items()}
        together, slowest = _sample(_names(far))
    near_together, near_slowest = _sample(_names(near))
    how = "all at once {}; slowest alone {}; 8 names of 2 real clusters on this machine"
    return [
        Figure(
            what=f"{WHAT}, {RTT_MS} ms away",
            value=median(together) / median(slowest),
            reach=1.5,
            how=how.format(spread(together), spread(slowest)),
        ),
        Figure(
            what=f"{WHAT}, on loopback (all share these cores)",
            value=median(near_together) / median(near_slowest),
            reach=None,
            how=how.format(spread(near_together), spread(near_slowest)),
        ),
    ]
