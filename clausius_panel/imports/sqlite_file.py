"""The `history.db` of a job board: an SQLite file with the tables job_history and runs.

It knows no owner, CPUs, memory or time limits. Its times are those of the cluster, without a zone. GPUs are
written a node ("gpu:8"). Stars and notes of runs come along; a project is told anew by each job's name.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from ..errors import InvalidInput, ParseError
from ..model.durations import parse_duration_s
from ..model.history_job import HistoryJob, base_state
from ..model.job_id import parse_job_id
from ..model.tres import parse_gpus
from ..store.history_rows import history_table
from .batch import BATCH, BadRow, Batch, RunMark, text_of, time_reader

__all__ = ["SqliteFile"]

_USED = (
    "cluster",
    "job_id",
    "job_name",
    "state",
    "exit_code",
    "reason",
    "elapsed",
    "nodes",
    "gres",
    "partition",
    "submitted",
    "started",
    "ended_at",
    "log_path",
    "node_list",
    "account",
)
_NEEDED = ("job_id", "state", "submitted")
_LONGEST = 1 << 20  # bytes of a row


class SqliteFile:
    """The file, opened for reading only."""

    format = "history.db of a job board (SQLite)"
    own_jobs = True

    def __init__(self, path: Path, *, cluster: str, zone: tzinfo) -> None:
        """Reads the columns' names. Raises `InvalidInput` where it is no such file."""
        self._path, self._cluster, self._time = path, cluster, time_reader(zone)
        # a view could be without an end
        [(has_table,)] = self._ask(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'job_history'"
        )
        names = [row[1] for row in self._ask("PRAGMA table_info(job_history)")] if has_table else []
        if lacking := [name for name in _NEEDED if name not in names]:
            why = f"its table job_history lacks {', '.join(lacking)}" if names else "it has no table job_history"
            raise InvalidInput("path", str(path), why)
        self.used = tuple(name for name in _USED if name in names)
        self.ignored = tuple(sorted(set(names) - set(_USED)))

    @property
    def clusters_known(self) -> bool:
        """Whether each row says which cluster it is of."""
        return bool(self._cluster) or "cluster" in self.used

    def marks(self) -> Iterator[RunMark]:
        """Runs with a star or notes."""
        if self._ask("SELECT 1 FROM sqlite_schema WHERE type = 'view' AND name = 'runs'"):
            return
        names = {row[1] for row in self._ask("PRAGMA table_info(runs)")}
        if not {"cluster", "root_job_id", "starred", "notes"} <= names:
            return
        sql = "SELECT cluster, root_job_id, starred, notes FROM runs WHERE starred OR coalesce(notes, '') <> ''"
        for cluster, root, starred, notes in self._ask(sql):
            yield RunMark(
                cluster=self._cluster or text_of(cluster),
                job_id=text_of(root),
                starred=bool(starred),
                notes=str(notes or ""),
            )

    def read(self) -> Iterator[Batch]:
        """All rows by their number."""
        last = -1
        while rows := self._ask(
            f"SELECT rowid, {', '.join(self.used)} FROM job_history WHERE rowid > ? ORDER BY rowid LIMIT ?",
            last,
            BATCH,
        ):
            last = rows[-1][0]
            yield self._batch([dict(zip(("rowid", *self.used), row, strict=True)) for row in rows])

    def _batch(self, rows: Sequence[Mapping[str, Any]]) -> Batch:
        jobs, kept, bad = [], [], []
        for row in rows:
            place = f"{self._path.name} row {row['rowid']}"
            try:
                jobs.append(_job(row, self._cluster or text_of(row.get("cluster")), self._time))
                kept.append(place)
            except ParseError as error:
                bad.append(BadRow(place=place, reason=f"{error.why}: {error.text[:80]!r}"))
        return Batch(table=history_table(jobs), rows=len(rows), bad=tuple(bad), places=kept)

    def _ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            with closing(sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
                connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
                connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
                return connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise InvalidInput("path", str(self._path), f"SQLite says: {error}") from error


def _job(row: Mapping[str, Any], cluster: str, time: Callable[[Any], datetime | None]) -> HistoryJob:
    """One row. Raises `ParseError`."""
    texts = {name: text_of(value) for name, value in row.items()}
    found = parse_job_id(texts["job_id"])
    submit = time(texts["submitted"])
    if submit is None:
        raise ParseError("submitted", 1, "", "no time of submission")
    nodes = int(texts.get("nodes", "")[:10]) if texts.get("nodes", "").isdecimal() else 0
    gpus = parse_gpus(texts.get("gres", ""))
    start, end = time(texts.get("started", "")), time(texts.get("ended_at", ""))
    elapsed_s = parse_duration_s(texts.get("elapsed", "")) or 0
    return HistoryJob(
        cluster=cluster,
        job_id=texts["job_id"],
        job_id_raw=texts["job_id"] if texts["job_id"].isdigit() else "",
        submit_time=submit,
        name=texts.get("job_name", ""),
        account=texts.get("account", ""),
        partition=texts.get("partition", ""),
        state=base_state(texts["state"]),
        reason=texts.get("reason", ""),
        array_job_id=found.job if found.task else "",
        array_task_id=found.task,
        het_job_id=found.job if found.het_offset is not None else "",
        het_offset=found.het_offset,
        nodes=nodes,
        gpus=gpus.count * max(1, nodes),
        gpu_type=gpus.type,
        start_time=start,
        end_time=end,
        elapsed_s=elapsed_s or (max(0, int((end - start).total_seconds())) if start and end else 0),
        node_list=texts.get("node_list", ""),
        stdout_path=texts.get("log_path", ""),
        exit_code=texts.get("exit_code", ""),
    )
