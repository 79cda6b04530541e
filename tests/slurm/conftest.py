"""A cluster made of shell scripts: the real script of a poll runs in the real /bin/sh, only Slurm is not there."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clausius_panel.model import Cluster
from clausius_panel.slurm import SlurmClient
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import Completed

DATA = Path(__file__).parent / "data"
GUARD = "\x1fGUARD"

_SCRIPT = r"""#!/bin/sh
printf '%s %s\n' @NAME@ "$*" >> @CALLS@
fs=$(printf '\037')
g=$(printf '%s' "$*" | grep -o "$fs[A-Za-z]\{8\}" | head -n 1)
letters=$(printf '%s' "$g" | tr -d "$fs")
end=$(printf '%s' "$letters" | tr 'A-Za-z' 'a-zA-Z')
rs=$(printf '\036')
recorded() { sed "s/${fs}GUARD/$fs$letters/g; s/${rs}guard/$rs$end/g" "$1"; }
"""


class FakeCluster:
    """Commands in a directory of their own, and a transport that finds only these."""

    def __init__(self, root: Path) -> None:
        self.bin, self.calls_file = root / "bin", root / "calls"
        self.bin.mkdir()
        self.preface = ""  # what a login shell does before it runs our command
        self.environment: dict[str, str] = {}
        self.path = f"{self.bin}:/usr/bin:/bin"
        self.transport = FakeTransport(self._run, host="ada@fake")

    def script(self, command: str, body: str) -> None:
        """Let `command` run `body`; there `recorded FILE` prints a recorded answer with the guard of this poll."""
        head = _SCRIPT.replace("@NAME@", command).replace("@CALLS@", shlex.quote(str(self.calls_file)))
        file = self.bin / command
        file.write_text(f"{head}{body}\n", encoding="utf-8")
        file.chmod(0o755)

    def answer(self, command: str, stdout: str = "", *, stderr: str = "", exit_status: int = 0) -> None:
        """Let `command` print this text, in which GUARD stands for the guard, and guard for a record's end."""
        file = self.bin.parent / f"{command}.out"
        file.write_text(stdout, encoding="utf-8")
        complain = f"printf '%s' {shlex.quote(stderr)} >&2\n" if stderr else ""
        self.script(command, f"recorded {shlex.quote(str(file))}\n{complain}exit {exit_status}")

    def answer_as_recorded(self, cluster: str = "alpha", version: str = "22.05") -> None:
        """Let all commands print what the bed's did."""
        for command, name in {
            "squeue": "squeue",
            "sinfo": "sinfo",
            "sacct": "sacct",
            "scontrol": "config",
        }.items():
            self.answer(command, (DATA / f"{name}-{version}-{cluster}.txt").read_text(encoding="utf-8"))

    def calls(self) -> list[str]:
        """The command lines that were run."""
        return self.calls_file.read_text(encoding="utf-8").split("\n")[:-1] if self.calls_file.exists() else []

    def client(self, *, limit_s: int = 20, **config: Any) -> SlurmClient:
        """A client of this cluster."""
        cluster = Cluster(**{"name": "fake", "host": "fake", "scope": "everyone", **config})
        return SlurmClient(cluster, self.transport, limit_s=limit_s)

    def _run(self, command: str, stdin: str) -> Completed:
        done = subprocess.run(
            ["/bin/sh", "-c", f"{self.preface}\n{command}"],
            input=stdin.encode(),
            capture_output=True,
            env={"PATH": self.path, "HOME": str(self.bin.parent), **self.environment},
            timeout=60,
            check=False,
        )
        return Completed(
            stdout=done.stdout.decode(errors="replace"),
            stderr=done.stderr.decode(errors="replace"),
            exit_status=done.returncode,
        )


@pytest.fixture
def fake_cluster(tmp_path: Path) -> FakeCluster:
    """A cluster without any command yet."""
    return FakeCluster(tmp_path)


@pytest.fixture
def recorded_cluster(fake_cluster: FakeCluster) -> FakeCluster:
    """A cluster that answers as the bed's alpha did."""
    fake_cluster.answer_as_recorded()
    return fake_cluster


@pytest.fixture
def bed_client(bed: dict[str, Any]) -> Callable[..., SlurmClient]:
    """Clients of the real bed, over the plain ssh client."""
    config = Path(os.environ.get("STB_DIR", "/tmp/slurm-testbed")) / "ssh_config"

    def client(cluster: str, user: str = "alice", **changes: Any) -> SlurmClient:
        def run(command: str, stdin: str) -> Completed:
            argv = ["ssh", "-F", str(config), f"{user}@{cluster}-login", command]
            done = subprocess.run(argv, input=stdin.encode(), capture_output=True, timeout=60, check=False)
            return Completed(
                stdout=done.stdout.decode(errors="replace"),
                stderr=done.stderr.decode(errors="replace"),
                exit_status=done.returncode,
            )

        assert cluster in bed["clusters"]
        transport = FakeTransport(run, host=f"{user}@{cluster}")
        return SlurmClient(Cluster(**{"name": cluster, "host": cluster, **changes}), transport)

    return client
