"""What a file holds, told before anything is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from ..errors import InvalidInput
from ..model import ACTIVE_STATES, FINAL_STATES, Cluster
from .batch import BadRow, Batch, Source
from .parquet_files import ParquetFiles
from .sacct_dump import SacctDump
from .sqlite_file import SqliteFile

__all__ = ["BAD_SHOWN", "Survey", "examine", "open_source"]

BAD_SHOWN = 20
"""How many rows that cannot be read are told one by one."""

_SQLITE = b"SQLite format 3\x00"
_PARQUET = b"PAR1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was understood. Times are in UTC."""

    path: str
    format: str
    rows: int  # that were read, steps included
    jobs: int  # that have ended and can be imported; some may be known already
    unfinished: int  # that had not ended when this was written: they are left out
    bad_rows: int
    bad: tuple[BadRow, ...]  # the first of them
    clusters: dict[str, int]  # jobs by cluster
    users: int
    first_submit: datetime | None
    last_submit: datetime | None
    used: tuple[str, ...]  # columns
    ignored: tuple[str, ...]
    marked_runs: int  # with a star or notes


def open_source(path: Path, *, cluster: str = "", zone: tzinfo = UTC) -> Source:
    """The reader for what lies at a path. `cluster` names the cluster of all rows; `zone` is that of naive times.

    Raises `InvalidInput` where nothing is there, or nothing that we understand, or nobody says of which cluster it
    is.
    """
    if cluster:
        Cluster(name=cluster, kind="local")  # raises for a name that is none
    try:
        if path.is_dir():
            head = _PARQUET
        elif path.exists() and not path.is_file():
            raise InvalidInput("path", str(path), "it is neither a file nor a directory")
        else:
            with path.open("rb") as file:
                head = file.read(len(_SQLITE))
    except OSError as error:
        raise InvalidInput("path", str(path), f"it cannot be read: {error.strerror}") from error
    source: Source
    if head.startswith(_PARQUET):
        source = ParquetFiles(path, cluster=cluster, zone=zone)
    elif head == _SQLITE:
        source = SqliteFile(path, cluster=cluster, zone=zone)
    else:
        source = SacctDump(path, cluster=cluster, zone=zone)
    if not source.clusters_known:
        raise InvalidInput("cluster", cluster, "the file does not say of which cluster it is: name it")
    return source


def examine(path: Path, source: Source) -> Survey:
    """Read everything once and write nothing."""
    clusters, users = Counter[str](), set[str]()
    bad: list[BadRow] = []
    rows = bad_rows = unfinished = 0
    times: list[datetime] = []
    for batch in source.read():
        rows += batch.rows
        bad_rows += len(batch.bad)
        bad += batch.bad[: BAD_SHOWN - len(bad)]
        ended = _ended(batch)
        unfinished += ended.count(False)
        columns = [batch.table.column(name).to_pylist() for name in ("cluster", "user_name", "submit_time")]
        kept = [row for row, has_ended in zip(zip(*columns, strict=True), ended, strict=True) if has_ended]
        clusters.update(row[0] for row in kept)
        users.update(row[1] for row in kept)
        submits = [row[2].replace(tzinfo=UTC) for row in kept]
        times = [min(times[:1] + submits), max(times[1:] + submits)] if submits else times
    return Survey(
        path=str(path),
        format=source.format,
        rows=rows,
        jobs=sum(clusters.values()),
        unfinished=unfinished,
        bad_rows=bad_rows,
        bad=tuple(bad),
        clusters=dict(sorted(clusters.items())),
        users=len(users - {""}),
        first_submit=times[0] if times else None,
        last_submit=times[1] if times else None,
        used=source.used,
        ignored=source.ignored,
        marked_runs=sum(1 for _ in source.marks()),
    )


def _ended(batch: Batch) -> list[bool]:
    """Of each row whether it has ended, as `merge_history` sees it."""
    states, ends = (batch.table.column(name).to_pylist() for name in ("state", "end_time"))
    return [
        state in FINAL_STATES
        or (bool(state) and state not in ACTIVE_STATES and state != "UNKNOWN" and end is not None)
        for state, end in zip(states, ends, strict=True)
    ]
