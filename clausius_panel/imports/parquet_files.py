"""Parquet files of a usage history: one a week (`HOST/weekly-data/*.parquet`), one a year (`HOST/data/*.parquet`).

Newer and older names of the columns are understood (see `slurm.exported_columns`): "Elapsed [h]" is
ElapsedHours. What can be told from other columns is: the number of nodes from NodeList, which such files count
wrongly, GPUs from AllocTRES or GPUHours, a start from submission and waiting time. Jobs of files without a JobID
get one that is made of what is told of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from ..errors import ClausiusError, InvalidInput, ParseError
from ..model.durations import parse_duration_s
from ..model.history_job import HistoryJob, base_state
from ..model.hostlist import count_hosts
from ..model.job import FINAL_STATES
from ..model.job_id import parse_job_id
from ..model.made_ids import MadeIds
from ..model.tres import parse_gpus
from ..slurm.exported_columns import column_names, lifetime, measured, of_hours
from ..slurm.values import tres_memory_mib
from ..store.history_rows import history_table
from .batch import BATCH, BadRow, Batch, RunMark, text_of, time_reader

__all__ = ["ParquetFiles"]

_NEEDED = ("State", "Submit")
_LAYERS = ("data", "weekly-data")  # directories below that of the host

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
        ours = {name: column_names([name])[name] for name in everything}
        self.used = tuple(sorted(name for name in everything if ours[name]))
        self.ignored = tuple(sorted(name for name in everything if not ours[name]))

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
    found = column_names(names)
    if lacking := [name for name in _NEEDED if name not in found.values()]:
        raise InvalidInput("path", str(file), f"the columns {', '.join(lacking)} are missing")
    return found


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
    state, gpus = base_state(texts.get("State", "")), parse_gpus(texts.get("AllocTRES", ""))
    start, end, elapsed_s = lifetime(
        submit,
        start,
        end,
        told_s=_told_s(row, texts),
        hours=_number(row, "ElapsedHours"),
        waited_hours=_number(row, "WaitingTimeHours"),
        has_ended=state in FINAL_STATES,
    )
    nodes = texts.get("NodeList", "")
    return HistoryJob(
        cluster=cluster,
        job_id=texts["JobID"],
        job_id_raw=texts.get("JobIDRaw", "") or (texts["JobID"] if texts["JobID"].isdigit() else ""),
        submit_time=submit,
        name=texts.get("JobName", ""),
        user=texts.get("User", ""),
        group=texts.get("Group") or None,
        account=texts.get("Account", ""),
        partition=texts.get("Partition", ""),
        qos=texts.get("QOS", ""),
        state=state,
        array_job_id=found.job if found.task else "",
        array_task_id=found.task,
        het_job_id=found.job if found.het_offset is not None else "",
        het_offset=found.het_offset,
        nodes=max(_nodes(nodes), _count(row, "AllocNodes")),
        cpus=_count(row, "AllocCPUS") or of_hours(_number(row, "CPUHours"), elapsed_s),
        memory_mib=tres_memory_mib(texts.get("AllocTRES", "")),
        gpus=max(gpus.count, _count(row, "AllocGPUS")) or of_hours(_number(row, "GPUHours"), elapsed_s),
        gpu_type=gpus.type,
        tres=texts.get("AllocTRES", ""),
        eligible_time=time(row.get("Eligible")),
        start_time=start,
        end_time=end,
        elapsed_s=elapsed_s,
        time_limit_s=_count(row, "TimelimitSeconds") or None,
        node_list="" if nodes == "None assigned" else nodes,
        exit_code=texts.get("ExitCode", ""),
        work_dir=texts.get("WorkDir", ""),
        **_usage(row, texts),
    )


def _usage(row: Row, texts: Mapping[str, str]) -> dict[str, Any]:
    """What the job used: as numbers where they are there, else as sacct prints it."""
    used = measured(texts)
    told = {
        "total_cpu_s": (_number(row, "TotalCPUSeconds"), used.total_cpu_s),
        "ave_cpu_s": (_number(row, "AveCPUSeconds"), used.ave_cpu_s),
        "max_rss_mib": (_whole(row, "MaxRSSMiB"), used.max_rss_mib),
        "disk_read_mib": (_number(row, "DiskReadMiB"), used.disk_read_mib),
        "disk_written_mib": (_number(row, "DiskWrittenMiB"), used.disk_written_mib),
        "gpu_util": (_number(row, "GPUUtil"), None),
        "gpu_memory_mib": (_whole(row, "GPUMemoryMiB"), None),
        "energy_j": (_whole(row, "EnergyJoules"), None),
    }
    return {name: other if value is None else value for name, (value, other) in told.items()}


def _number(row: Row, name: str) -> float | None:
    given = row.get(name)
    text = "" if isinstance(given, int | float) else text_of(given)
    try:
        value = float(given) if isinstance(given, int | float) else float(text) if text else None
    except ValueError as error:
        raise ParseError(name, 1, text, f"{name} is not a number") from error
    return value if value is not None and 0 <= value < 1e12 else None  # not NaN either


def _whole(row: Row, name: str) -> int | None:
    value = _number(row, name)
    return None if value is None else int(value)


def _count(row: Row, name: str) -> int:
    return _whole(row, name) or 0


def _told_s(row: Row, texts: Mapping[str, str]) -> int | None:
    """Seconds that Slurm itself counted."""
    told = _whole(row, "ElapsedSeconds")
    return parse_duration_s(texts["Elapsed"]) if told is None and texts.get("Elapsed") else told


def _nodes(node_list: str) -> int:
    try:
        return count_hosts(node_list)
    except InvalidInput:
        return 0
