"""Ended jobs for tests of what a history makes of them, and a cluster whose accounting is a script."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clausius_panel.model import Cluster
from clausius_panel.model.history_job import HistoryJob
from clausius_panel.store import Store
from tests.scripts import install

__all__ = ["START", "Accounting", "a_record", "an_ended_job", "job_rows"]

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def an_ended_job(job_id: str = "1", **facts: Any) -> HistoryJob:
    """A job of alice's on gauss that went well."""
    usual: dict[str, Any] = {
        "cluster": "gauss",
        "job_id": job_id,
        "job_id_raw": job_id,
        "submit_time": START,
        "user": "alice",
        "state": "COMPLETED",
        "start_time": START + timedelta(minutes=5),
        "end_time": START + timedelta(minutes=65),
        "elapsed_s": 3600,
    }
    return HistoryJob(**{**usual, **facts})


def job_rows(store: Store, *columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    """These columns of all jobs, in the order of their ids."""
    with store.read() as cur:
        sql = f"SELECT {', '.join(columns)} FROM jobs WHERE {where} ORDER BY cluster, job_id_raw, submit_time"
        return cur.execute(sql).fetchall()


def a_record(job_id: str, end: datetime, **fields: str) -> dict[str, str]:
    """A job as the scripted sacct prints it."""
    text = "%Y-%m-%dT%H:%M:%S"
    usual = {
        "JobID": job_id,
        "JobIDRaw": job_id,
        "JobName": "train",
        "User": "alice",
        "Owner": "me",
        "State": "COMPLETED",
        "Submit": f"{end - timedelta(hours=2):{text}}",
        "Start": f"{end - timedelta(hours=1):{text}}",
        "End": f"{end:{text}}",
        "ElapsedRaw": "3600",
        "NNodes": "1",
        "AllocCPUS": "4",
        "TotalCPU": "01:00:00",
    }
    return {**usual, **fields}


class Accounting:
    """A directory with a scripted sacct."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        install(Path(__file__).with_name("fake_accounting.py"), directory / "sacct")
        self.jobs([])
        self.limits()

    def cluster(self, name: str = "fake") -> Cluster:
        """The configuration of its cluster."""
        return Cluster(name=name, kind="local", slurm_path=str(self.directory))

    def jobs(self, records: list[dict[str, str]]) -> None:
        """What it knows."""
        (self.directory / "jobs").write_text(repr(records), encoding="utf-8")

    def limits(self, **limits: Any) -> None:
        """What it cannot do."""
        (self.directory / "limits").write_text(repr(limits), encoding="utf-8")

    @property
    def calls(self) -> list[str]:
        """The command lines so far."""
        log = self.directory / "calls.log"
        return log.read_text().splitlines() if log.exists() else []
