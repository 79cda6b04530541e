"""A refresh of one cluster, against the same script over a warm OpenSSH ControlMaster.

The refresh is all of it: script, wire, reading, merging into the store. OpenSSH gets the very script that our last
refresh sent, and only throws the answer away.
"""

from __future__ import annotations

import itertools
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from clausius_panel.collector import FLOOR_S, Collector
from clausius_panel.runtime import Runtime
from clausius_panel.slurm import SlurmClient
from clausius_panel.store import get_cluster

from .figure import Figure, median, spread, timed
from .on_bed import Recorder, bed, bed_cluster, catch_up, runtime_on_bed

__all__ = ["measure"]

NAMES = [f"name-{number}" for number in range(12)]
"""One cluster under many names: no name may be polled more often than every 10 s."""


@contextmanager
def control_master(host: str) -> Iterator[list[str]]:
    """The words of an ssh command that goes through a master that is already there."""
    with tempfile.TemporaryDirectory(prefix="cm-") as directory:
        words = ["ssh", "-F", bed()["ssh_config"], "-o", f"ControlPath={directory}/%C"]
        master = [*words, "-o", "ControlMaster=auto", "-o", "ControlPersist=120", host, "true"]
        subprocess.run(master, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
        try:
            yield [*words, "-o", "ControlMaster=no", host]
        finally:
            subprocess.run([*words, "-O", "exit", host], check=True, capture_output=True, timeout=30)


def _sample(runtime: Runtime, ssh: list[str]) -> tuple[list[float], list[float]]:
    recorders: dict[str, Recorder] = {}

    def client(name: str) -> SlurmClient:
        config = get_cluster(runtime.store, name)
        recorder = recorders.setdefault(name, Recorder(runtime.transport(config)))
        return SlurmClient(config, recorder)

    collector = Collector(runtime.store, client, locks=runtime.config.data_dir / "locks")
    collector.refresh_many(NAMES)  # opens the connections, learns the dialect
    catch_up(runtime.store, lambda: collector.refresh_many(NAMES, force=True))
    time.sleep(FLOOR_S + 0.2)
    ours, theirs = [], []
    for name in NAMES:
        ours.append(timed(lambda name=name: collector.refresh(name, force=True)))  # type: ignore[misc]
        command, script = recorders[name].calls[-1]
        theirs.append(
            timed(lambda: subprocess.run([*ssh, command], input=script.encode(), check=True, capture_output=True))  # noqa: B023 - called at once
        )
    collector.close()
    return ours[2:], theirs[2:]  # the first two warm up caches on both sides


def measure() -> list[Figure]:
    """The refresh that asks for everything, and the one that asks for the queue alone, as most do.

    The queue of alpha rests most of the time; in that of beta the scheduler moves waiting jobs all the time.
    """
    parts = {
        "queue, nodes and accounting": {"nodes_interval_s": 10, "accounting_interval_s": 10},
        "queue alone": {},
    }
    figures = []
    for (what, settings), on in itertools.product(parts.items(), ("alpha", "beta")):
        clusters = [bed_cluster(name, on) for name in NAMES]
        with runtime_on_bed(clusters, **settings) as runtime, control_master(f"alice@{on}-login") as ssh:
            ours, theirs = _sample(runtime, ssh)
        figures.append(
            Figure(
                what=f"refresh of {on} ({what}) / the same script over a warm ControlMaster",
                value=median(ours) / median(theirs),
                reach=1.3,
                how=f"refresh {spread(ours)}; ssh {spread(theirs)}",
            )
        )
    return figures
