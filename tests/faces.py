"""What the tests of the faces share: a cluster on this host whose Slurm is a handful of scripts."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from clausius_panel import config
from clausius_panel import store as st
from clausius_panel.model import Cluster
from clausius_panel.runtime import Runtime
from tests.scripts import install
from tests.stores import new_store

__all__ = ["CLUSTER", "JOB_NAME", "a_runtime", "changed", "closed_port", "data_directory", "row", "scancelled"]

CLUSTER = "here"
JOB_NAME = "<img src=x> \x1b[31mred"


def row(job_id: int, **facts: object) -> dict[str, object]:
    """A job as squeue tells of it: running on one node, but for `facts`."""
    usual = {
        "JobArrayID": job_id,
        "JobID": job_id,
        "ArrayJobID": job_id,
        "ArrayTaskID": "N/A",
        "Name": f"job-{job_id}",
        "UserName": "alice",
        "Account": "nlp",
        "Partition": "gpu",
        "State": "RUNNING",
        "Reason": "None",
        "NumNodes": 1,
        "NumCPUs": 4,
        "NumTasks": 1,
        "SubmitTime": "2026-01-02T03:04:05",
        "StartTime": "2026-01-02T03:05:05",
        "EndTime": "N/A",
        "TimeUsed": "1-04:12:00",
        "TimeLimit": "2-00:00:00",
        "NodeList": "n1",
    }
    return usual | facts


QUEUE = [
    row(1, Name="llm_pretrain", NumNodes=2, NodeList="n[1-2]", **{"tres-alloc": "cpu=8,node=2,gres/gpu:h100=16"}),
    row(2, Name=JOB_NAME, State="PENDING", Reason="Licenses", StartTime="N/A", NodeList="", TimeUsed="0:00"),
    row(3, UserName="bob", Partition="batch"),
]


def data_directory(root: Path, *, queue: list[dict[str, object]] | None = None) -> Path:
    """A data directory with a store and the cluster `CLUSTER`; its Slurm lies in `root`/slurm."""
    commands = root / "slurm"
    commands.mkdir()
    for name in ("squeue", "sinfo", "sacct", "scontrol", "scancel"):
        install(Path(__file__).with_name("face_slurm.py"), commands / name)
    (commands / "queue.json").write_text(json.dumps(QUEUE if queue is None else queue))
    store = new_store(root / "data" / "clausius.duckdb")
    with store.write() as cur:
        st.put_cluster(
            cur, Cluster(name=CLUSTER, kind="local", scope="everyone", slurm_path=str(commands), gpu_type="H100")
        )
    store.close()
    return root / "data"


def a_runtime(root: Path, **arguments: Any) -> Runtime:
    """A runtime on a new data directory in `root`, whatever the environment says."""
    return Runtime(config.load(environ={}, file="/dev/null", data_dir=data_directory(root), **arguments))


def scancelled(root: Path) -> list[str]:
    """The ids that scancel was called with."""
    found = root / "slurm" / "cancelled"
    return found.read_text().split() if found.exists() else []


def changed(root: Path) -> list[str]:
    """What scontrol was to change, as "verb id field=value"."""
    found = root / "slurm" / "changed"
    return found.read_text().splitlines() if found.exists() else []


def closed_port() -> int:
    """A port of this host where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
