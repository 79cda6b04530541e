"""Parquet files of a usage history: one a week (`HOST/weekly-data/*.parquet`), one a year (`HOST/data/*.parquet`).

Newer and older names of the columns are understood, whatever their case and punctuation: "Elapsed [h]" is
ElapsedHours, "CPU-hours" is CPUHours. What can be told from other columns is: the number of nodes from NodeList,
which such files count wrongly, GPUs from AllocTRES or GPUHours, a start from submission and waiting time. Jobs of
files without a JobID get one that is made of what is told of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from ..errors import ClausiusError, InvalidInput, ParseError
from ..model.durations import parse_duration_s
from ..model.history_job import HistoryJob, base_state
from ..model.hostlist import count_hosts
from ..model.job_id import parse_job_id
from ..model.made_ids import MadeIds
from ..model.tres import parse_gpus
from ..slurm.sacct_steps import USAGE_FIELDS, Usage, fold_steps
from ..slurm.values import tres_memory_mib
from ..store.history_rows import history_table
from .batch import BATCH, BadRow, Batch, RunMark, text_of, time_reader

__all__ = ["ParquetFiles"]

_ALIASES = {
    "jobid": "JobID",
    "user": "User",
    "account": "Account",
    "partition": "Partition",
    "qos": "QOS",
    "state": "State",
    "jobname": "JobName",
    "cluster": "Cluster",
    "submit": "Submit",
    "start": "Start",
    "end": "End",
    "elapsed": "Elapsed",
    "elapsedh": "ElapsedHours",
    "elapsedhours": "ElapsedHours",
    "waitingtime": "WaitingHours",
    "waitingtimeh": "WaitingHours",
    "waitingtimehours": "WaitingHours",
    "cpuhours": "CPUHours",
    "gpuhours": "GPUHours",
    "nodes": "Nodes",
    "allocnodes": "Nodes",
    "nnodes": "Nodes",
    "cpus": "CPUs",
    "alloccpus": "CPUs",
    "ncpus": "CPUs",
    "gpus": "GPUs",
    "allocgpus": "GPUs",
    "nodelist": "NodeList",
    "alloctres": "AllocTRES",
    "totalcpu": "TotalCPU",
    "avecpu": "AveCPU",
    "maxrss": "MaxRSS",
    "avediskread": "AveDiskRead",
    "avediskwrite": "AveDiskWrite",
}
_NEEDED = ("State", "Submit")
_LAYERS = ("data", "weekly-data")  # directories below that of the host
_NO_USAGE = Usage()
_PUNCTUATION = re.compile(r"[^a-z0-9]")

Row = Mapping[str, Any]


class ParquetFiles:
    """One file, or all below a directory. A host's directory names its cluster unless `cluster` does."""

    own_jobs = False

    def __init__(self, path: Path, *, cluster: str, zone: tzinfo) -> None:
        """Reads the columns' names. Raises `InvalidInput` where there is no such file or a column is missing."""
        self.files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
        if not self.files:
            raise InvalidInput("path", str(path), "there is no *.parquet file in it")
        self._cluster, self._time = cluster, time_reader(zone)
        self._names = {file: _names(file) for file in self.files}
        everything = {name for names in self._names.values() for name in names}
        self.used = tuple(sorted(name for name in everything if _canonical(name)))
        self.ignored = tuple(sorted(name for name in everything if not _canonical(name)))

    @property
    def format(self) -> str:
        """What it is, and how many of the files lack ids."""
        bare = sum("JobID" not in names.values() for names in self._names.values())
        lack = f"; {bare} of {len(self.files)} without job ids: these are made from what is told of a job"
        return "Parquet files of a usage history" + (lack if bare else "")

    @property
    def clusters_known(self) -> bool:
        """Whether each file says which cluster it is of."""
        return bool(self._cluster) or all(
            "Cluster" in names.values() or _host(file) for file, names in self._names.items()
        )

    def marks(self) -> Iterator[RunMark]:
        """None."""
        return iter(())

    def read(self) -> Iterator[Batch]:
        """All rows, file by file. Raises `InvalidInput` where a file turns out to be damaged."""
        import pyarrow as pa

        for file in self.files:
            try:
                yield from self._read(file)
            except (OSError, ValueError, OverflowError, pa.ArrowException) as error:
                if isinstance(error, ClausiusError):
                    raise
                why = f"it cannot be read further: {str(error).partition(chr(10))[0][:200]}"
                raise InvalidInput("path", str(file), why) from error

    def _read(self, file: Path) -> Iterator[Batch]:
        import pyarrow.parquet as pq

        names = {name: canonical for name, canonical in self._names[file].items() if canonical}
        number, ids = 0, None if "JobID" in names.values() else MadeIds()
        with pq.ParquetFile(file) as parquet:
            for record_batch in parquet.iter_batches(batch_size=BATCH, columns=list(names)):
                rows = record_batch.rename_columns([names[name] for name in record_batch.schema.names]).to_pylist()
                if ids:
                    rows = [{**row, "JobID": ids.of(row)} for row in rows]
                yield self._batch(
                    rows, [f"{file.name} row {i}" for i in range(number + 1, number + len(rows) + 1)], file
                )
                number += len(rows)
            if number != parquet.metadata.num_rows:
                raise ValueError(f"{number} rows instead of {parquet.metadata.num_rows}")

    def _batch(self, rows: Sequence[Row], places: Sequence[str], file: Path) -> Batch:
        cluster = self._cluster or _host(file)
        jobs, kept, bad = [], [], []
        for row, place in zip(rows, places, strict=True):
            try:
                jobs.append(_job(row, self._cluster or text_of(row.get("Cluster")) or cluster, self._time))
                kept.append(place)
            except ParseError as error:
                bad.append(BadRow(place=place, reason=f"{error.why}: {error.text[:80]!r}"))
            except OverflowError:
                bad.append(BadRow(place=place, reason="a time outside the calendar"))
        return Batch(table=history_table(jobs), rows=len(rows), bad=tuple(bad), places=kept)


def _names(file: Path) -> dict[str, str]:
    """Column of the file -> our name of it, "" for one that is not understood."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as parquet:
            names: list[str] = parquet.schema_arrow.names
    except (OSError, pa.ArrowInvalid) as error:
        raise InvalidInput(
            "path", str(file), f"it cannot be read as Parquet: {str(error).splitlines()[0]}"
        ) from error
    found: dict[str, str] = {}
    for name in names:
        canonical = _canonical(name)
        found[name] = canonical if canonical not in found.values() else ""
    if lacking := [name for name in _NEEDED if name not in found.values()]:
        raise InvalidInput("path", str(file), f"the columns {', '.join(lacking)} are missing")
    return found


def _canonical(name: str) -> str:
    return _ALIASES.get(_PUNCTUATION.sub("", name.lower()), "")


def _host(file: Path) -> str:
    """The host whose directory the file lies in."""
    parent = file.resolve().parent
    return parent.parent.name if parent.name in _LAYERS else ""


def _job(row: Row, cluster: str, time: Callable[[Any], datetime | None]) -> HistoryJob:
    """One row. Raises `ParseError`."""
    texts = {name: text_of(value) for name, value in row.items() if not isinstance(value, datetime)}
    found = parse_job_id(texts.get("JobID", ""))
    if found.step:
        raise ParseError("job id", 1, texts["JobID"], "a step, not a job")
    submit, start, end = (time(row.get(name)) for name in ("Submit", "Start", "End"))
    if submit is None:
        raise ParseError("Submit", 1, "", "no time of submission")
    waited, elapsed_s = _hours(row, "WaitingHours"), _elapsed_s(row, texts, start, end)
    if start is None and waited is not None and elapsed_s:
        start = submit + waited
    if end is None and start is not None and elapsed_s:
        end = start + timedelta(seconds=elapsed_s)
    tres, nodes = texts.get("AllocTRES", ""), texts.get("NodeList", "")
    gpus = parse_gpus(tres)
    usage = fold_steps(texts, [], gpus=gpus.count) if texts.keys() & set(USAGE_FIELDS) else _NO_USAGE
    return HistoryJob(
        cluster=cluster,
        job_id=texts["JobID"],
        job_id_raw=texts["JobID"] if texts["JobID"].isdigit() else "",
        submit_time=submit,
        name=texts.get("JobName", ""),
        user=texts.get("User", ""),
        account=texts.get("Account", ""),
        partition=texts.get("Partition", ""),
        qos=texts.get("QOS", ""),
        state=base_state(texts.get("State", "")),
        array_job_id=found.job if found.task else "",
        array_task_id=found.task,
        het_job_id=found.job if found.het_offset is not None else "",
        het_offset=found.het_offset,
        nodes=_nodes(nodes) or _count(row, "Nodes"),
        cpus=_count(row, "CPUs") or _share(row, "CPUHours", elapsed_s),
        memory_mib=tres_memory_mib(tres),
        gpus=max(gpus.count, _count(row, "GPUs")) or _share(row, "GPUHours", elapsed_s),
        gpu_type=gpus.type,
        tres=tres,
        start_time=start,
        end_time=end,
        elapsed_s=elapsed_s,
        node_list="" if nodes == "None assigned" else nodes,
        total_cpu_s=usage.total_cpu_s,
        ave_cpu_s=usage.ave_cpu_s,
        max_rss_mib=usage.max_rss_mib,
        disk_read_mib=usage.disk_read_mib,
        disk_written_mib=usage.disk_written_mib,
    )


def _number(row: Row, name: str) -> float | None:
    given = row.get(name)
    text = "" if isinstance(given, int | float) else text_of(given)
    try:
        value = float(given) if isinstance(given, int | float) else float(text) if text else None
    except ValueError as error:
        raise ParseError(name, 1, text, f"{name} is not a number") from error
    return value if value is not None and 0 <= value < 1e12 else None  # not NaN either


def _count(row: Row, name: str) -> int:
    return int(_number(row, name) or 0)


def _hours(row: Row, name: str) -> timedelta | None:
    hours = _number(row, name)
    return None if hours is None or hours > 1e7 else timedelta(seconds=round(hours * 3600))


def _share(row: Row, name: str, elapsed_s: int) -> int:
    """How many CPUs or GPUs these hours were."""
    hours = _number(row, name)
    return round(hours * 3600 / elapsed_s) if hours and elapsed_s else 0


def _elapsed_s(row: Row, texts: Mapping[str, str], start: datetime | None, end: datetime | None) -> int:
    if texts.get("Elapsed"):
        return parse_duration_s(texts["Elapsed"]) or 0
    if (hours := _hours(row, "ElapsedHours")) is not None:
        return int(hours.total_seconds())
    return max(0, int((end - start).total_seconds())) if start and end else 0


def _nodes(node_list: str) -> int:
    try:
        return count_hosts(node_list)
    except InvalidInput:
        return 0
