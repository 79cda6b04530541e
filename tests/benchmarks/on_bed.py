"""A store and connections of our own on the real clusters of tests/testbed."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clausius_panel.collector import FLOOR_S
from clausius_panel.config import Config
from clausius_panel.model import Cluster
from clausius_panel.runtime import Runtime
from clausius_panel.store import Store, put_cluster, set_setting
from clausius_panel.transport import Completed, Lane, Transport

from .figure import Unmeasured

__all__ = ["Recorder", "bed", "bed_cluster", "bed_config", "catch_up", "runtime_on_bed"]


def bed() -> dict[str, Any]:
    """The bed's inventory."""
    path = Path(os.environ.get("STB_DIR", "/tmp/slurm-testbed")) / "inventory.json"
    if not path.exists():
        raise Unmeasured(f"no Slurm bed: {path} is missing (python -m tests.testbed up)")
    inventory: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return inventory


def bed_cluster(name: str, on: str, *, port: int | None = None) -> Cluster:
    """The bed's cluster `on` under a name of ours, as alice, with everybody's jobs."""
    found = bed()
    address = found["hosts"][on]
    key = found["users"]["alice"]["key"]
    where = {"host": address["host"], "port": port or address["port"]}
    return Cluster(name=name, **where, user="alice", key_file=key, scope="everyone")


def bed_config(directory: Path, clusters: Sequence[Cluster]) -> Config:
    """Knows the host keys of both login nodes at every port that `clusters` name, and nothing of ~/.ssh."""
    keys = [
        Path(bed()["runtime_dir"], f"ssh/{on}_host.pub").read_text(encoding="utf-8") for on in ("alpha", "beta")
    ]
    known = directory / "known_hosts"
    lines = [f"[127.0.0.1]:{cluster.port} {' '.join(key.split()[:2])}\n" for cluster in clusters for key in keys]
    known.write_text("".join(lines), encoding="utf-8")
    return Config(data_dir=directory, known_hosts_files=(known,), ssh_config_file=directory / "no_ssh_config")


def catch_up(store: Store, poll: Callable[[], object]) -> None:
    """What ended before is done with, as after some minutes: each of the first polls asks what fifty jobs used.

    What the next poll asks was settled by the poll before, so one more goes by.
    """
    with store.write() as cur:
        cur.execute("UPDATE jobs SET used_at = end_time WHERE used_at IS NULL AND end_time IS NOT NULL")
    time.sleep(FLOOR_S + 0.2)
    poll()


@contextmanager
def runtime_on_bed(clusters: Sequence[Cluster], **settings: int) -> Iterator[Runtime]:
    """A runtime with a store of its own that knows `clusters`."""
    with (
        tempfile.TemporaryDirectory(prefix="clausius-bench-") as directory,
        Runtime(bed_config(Path(directory), clusters), create=True) as runtime,
    ):
        with runtime.store.write() as cur:
            for cluster in clusters:
                put_cluster(cur, cluster)
            for key, value in settings.items():
                set_setting(cur, key, value)
        yield runtime


class Recorder:
    """A transport that remembers what it carried."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.calls: list[tuple[str, str]] = []

    @property
    def host(self) -> str:
        return self._transport.host

    def run(
        self,
        command: str,
        *,
        stdin: str = "",
        timeout_s: float = 30.0,
        lane: Lane = "primary",
        max_bytes: int = 256 * 1024 * 1024,
    ) -> Completed:
        stdin = self.instead(stdin)
        self.calls.append((command, stdin))
        return self._transport.run(command, stdin=stdin, timeout_s=timeout_s, lane=lane, max_bytes=max_bytes)

    def instead(self, stdin: str) -> str:
        """What is sent in place of a script; the script itself, unless a subclass says otherwise."""
        return stdin

    def close(self) -> None:
        self._transport.close()
