"""A store, and files of other programs' histories."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clausius_panel.store import Store
from tests.stores import new_store

BOARD_COLUMNS = (
    "cluster", "job_id", "job_name", "state", "exit_code", "reason", "elapsed", "nodes", "gres", "partition",
    "submitted", "ended_at", "log_path", "board_visible", "dependency", "started", "project", "run_id",
    "node_list", "account",
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = new_store(tmp_path / "store" / "clausius.duckdb")
    yield store
    store.close()


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[..., Path]:
    """Writes columns to a Parquet file: `parquet("gauss/data/jobs_2026.parquet", JobID=["1"], ...)`."""

    def write(name: str, columns: dict[str, list[Any]]) -> Path:
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), path)
        return path

    return write


@pytest.fixture
def board(tmp_path: Path) -> Callable[..., Path]:
    """Writes a history.db: `board([{"job_id": "1", ...}], runs=[("eos", "1", 1, "notes")])`."""

    def write(jobs: list[dict[str, Any]], *, runs: list[tuple[Any, ...]] = ()) -> Path:  # type: ignore[assignment]
        path = tmp_path / "history.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"CREATE TABLE job_history (id INTEGER PRIMARY KEY, {', '.join(BOARD_COLUMNS)})")
            connection.execute("CREATE TABLE runs (id INTEGER PRIMARY KEY, cluster, root_job_id, starred, notes)")
            for job in jobs:
                marks = ", ".join("?" * len(job))
                connection.execute(
                    f"INSERT INTO job_history ({', '.join(job)}) VALUES ({marks})", list(job.values())
                )
            connection.executemany(
                "INSERT INTO runs (cluster, root_job_id, starred, notes) VALUES (?, ?, ?, ?)", runs
            )
            connection.commit()
        return path

    return write


@pytest.fixture
def dump(tmp_path: Path) -> Callable[..., Path]:
    """Writes lines to a text file."""

    def write(*lines: str) -> Path:
        path = tmp_path / "sacct.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write
