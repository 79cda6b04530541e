"""A cluster whose Slurm answers as a test wishes, through a real shell and the real local transport."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clausius_panel import store as st
from clausius_panel.collector import Collector
from clausius_panel.model import Cluster
from clausius_panel.slurm import SlurmClient
from clausius_panel.store import Store
from clausius_panel.transport import LocalTransport
from tests.scripts import install
from tests.stores import new_store

COMMANDS = ("squeue", "sinfo", "sacct", "scancel", "scontrol")
SOURCE = Path(__file__).with_name("command.py")


@dataclass
class FakeSlurm:
    """The commands of one cluster in a directory, and what they shall answer."""

    directory: Path

    def answer(self, **state: Any) -> None:
        """From now on `queue`, `accounted`, `nodes`, `faults`, ... are this."""
        (self.directory / "state").write_text(repr(state), encoding="utf-8")

    @property
    def calls(self) -> list[str]:
        """The commands that were run, in order."""
        log = self.directory / "calls.log"
        return [line.split()[1] for line in log.read_text().splitlines()] if log.exists() else []


@pytest.fixture
def slurm(tmp_path: Path) -> FakeSlurm:
    directory = tmp_path / "bin"
    directory.mkdir()
    for command in COMMANDS:
        install(SOURCE, directory / command)
    fake = FakeSlurm(directory)
    fake.answer()
    return fake


@pytest.fixture
def alpha_store(tmp_path: Path, slurm: FakeSlurm) -> Iterator[Store]:
    store = new_store(tmp_path / "data" / "clausius.duckdb")
    with store.write() as cur:
        st.put_cluster(cur, Cluster(name="alpha", kind="local", scope="everyone", slurm_path=str(slurm.directory)))
    yield store
    store.close()
    shutil.rmtree(tmp_path / "data")


@pytest.fixture
def new_collector(alpha_store: Store, tmp_path: Path) -> Iterator[Callable[[], Collector]]:
    """Makes collectors that share the store and the lock files, as processes do."""
    made: list[tuple[Collector, LocalTransport]] = []

    def make() -> Collector:
        transport = LocalTransport()
        collector = Collector(
            alpha_store,
            lambda name: SlurmClient(st.get_cluster(alpha_store, name), transport),
            locks=tmp_path / "locks",
        )
        made.append((collector, transport))
        return collector

    yield make
    for collector, transport in made:
        collector.close()
        transport.close()


@pytest.fixture
def collector(new_collector: Callable[[], Collector]) -> Collector:
    return new_collector()


@pytest.fixture
def look(collector: Collector, alpha_store: Store) -> Callable[[], Any]:
    """Polls now, as if the floor had passed."""

    def poll_now() -> Any:
        with alpha_store.write() as cur:
            cur.execute(
                "UPDATE cluster_state SET last_attempt = NULL, accounted_until = NULL, next_attempt = NULL"
            )
        return collector.refresh("alpha", force=True, wait_s=60)

    return poll_now
