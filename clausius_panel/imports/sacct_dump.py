"""What `sacct -P` or `-p` printed into a file: any fields in any order, with or without steps.

JobID, State and Submit must be among the fields, and the header must be there. A record that cannot be read is
left out with its steps: most often a job's name holds the separator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from functools import lru_cache, partial
from pathlib import Path
from typing import TextIO

from ..errors import InvalidInput, ParseError
from ..model.durations import parse_duration_s
from ..model.history_job import HistoryJob
from ..slurm import sacct_history
from ..slurm.dialect import Dialect
from ..store.history_rows import history_table
from .batch import BATCH, BadRow, Batch, RunMark, time_reader

__all__ = ["SacctDump", "find_header"]

_SEPARATORS = "|\x1f\t;,^~"
_STAND_INS = {"Elapsed": "ElapsedRaw", "Timelimit": "TimelimitRaw", "NCPUS": "AllocCPUS", "AllocNodes": "NNodes"}
"""Fields that say the same as one that we read, and are taken where that one is missing."""

_READ = {
    field.lower(): field for field in (*sacct_history.fields(Dialect(version="99.11")), "Cluster", *_STAND_INS)
}
_NEEDED = ("JobID", "State", "Submit")
_TIMES = ("Submit", "Eligible", "Start", "End")
_LONGEST = 1 << 16  # characters of a record that takes several lines
_HEADER_WITHIN = 50  # lines; a login shell may have talked before

Group = list[tuple[int, list[str]]]
"""A job's record and those of its steps, each with the number of its line."""


def find_header(lines: Sequence[str]) -> tuple[int, str] | None:
    """Which of the first lines names the fields, and their separator; None where none does."""
    for number, line in enumerate(lines[:_HEADER_WITHIN]):
        for separator in _SEPARATORS:
            names = [name.strip().lower() for name in line.rstrip("\r\n").split(separator)]
            if "jobid" in names and len(names) > 1:
                return number, separator
    return None


class SacctDump:
    """The file. Times without a zone are of `zone`."""

    format = "text that sacct printed"
    own_jobs = False

    def __init__(self, path: Path, *, cluster: str, zone: tzinfo) -> None:
        """Reads the header. Raises `InvalidInput` where there is none, or where a field is missing."""
        self._path, self._cluster = path, cluster
        with _opened(path) as file:
            lines = [line for line, _ in zip(file, range(_HEADER_WITHIN), strict=False)]
        found = find_header(lines)
        if found is None:
            raise InvalidInput("path", str(path), "its first lines name no field JobID; print it without -n")
        self._header, self._separator = found
        names = lines[self._header].rstrip("\r\n").split(self._separator)
        self._width = len(names)
        self._names = [_READ.get(name.strip().lower(), "") for name in names]
        if lacking := [name for name in _NEEDED if name not in self._names]:
            raise InvalidInput("path", str(path), f"the fields {', '.join(lacking)} are missing")
        self.used = tuple(dict.fromkeys(filter(None, self._names)))
        self.ignored = tuple(name for name in names if name.strip() and not _READ.get(name.strip().lower()))
        self._to_utc = _to_utc(zone)

    @property
    def clusters_known(self) -> bool:
        """Whether each row says which cluster it is of."""
        return bool(self._cluster) or "Cluster" in self.used

    def marks(self) -> Iterator[RunMark]:
        """None."""
        return iter(())

    def read(self) -> Iterator[Batch]:
        """All records, a job never apart from its steps."""
        groups: list[Group] = []
        bad: list[BadRow] = []
        rows, at = 0, self._names.index("JobID")
        for line, found in self._records():
            rows += 1
            if isinstance(found, str):
                bad.append(BadRow(place=self._place(line), reason=found))
            elif "." in found[at]:
                if groups:
                    groups[-1].append((line, found))
            else:
                if rows >= BATCH:
                    yield self._batch(groups, rows - 1, bad)
                    groups, bad, rows = [], [], 1
                groups.append([(line, found)])
        if rows:
            yield self._batch(groups, rows, bad)

    def _records(self) -> Iterator[tuple[int, list[str] | str]]:
        """Each record with the number of its first line, or why it is none. A name may hold line breaks."""
        held, begun = "", 0
        with _opened(self._path) as file:
            for number, text in enumerate(file, 1):
                if number <= self._header + 1 or (not held and not text.strip()):
                    continue
                line = text.rstrip("\r\n")
                joined = f"{held}\n{line}" if held else line
                if held and (joined.count(self._separator) >= self._width or len(joined) > _LONGEST):
                    yield begun, "the record is cut off"
                    held, joined = "", line
                begun = begun if held else number
                fields = joined.split(self._separator)
                if len(fields) < self._width:
                    held = joined
                    continue
                held = ""
                if len(fields) > self._width:
                    yield begun, f"{len(fields)} fields instead of {self._width}"
                else:
                    yield begun, fields
        if held:
            yield begun, "the record is cut off"

    def _batch(self, groups: Sequence[Group], rows: int, bad: Sequence[BadRow]) -> Batch:
        names = _stood_in([name or f"?{i}" for i, name in enumerate(self._names)])
        jobs, kept, unread = [], [], list(bad)
        for cluster, mine in self._by_cluster(groups).items():
            read = partial(self._jobs, names, cluster)
            for found, lot in _readable(mine, read, unread, self._place):
                jobs += found
                kept += [self._place(group[0][0]) for group in lot]
        return Batch(table=history_table(jobs), rows=rows, bad=tuple(unread), places=kept)

    def _by_cluster(self, groups: Sequence[Group]) -> dict[str, list[Group]]:
        if self._cluster or "Cluster" not in self._names:
            return {self._cluster: list(groups)}
        at = self._names.index("Cluster")
        found: dict[str, list[Group]] = {}
        for group in groups:
            found.setdefault(group[0][1][at].strip(), []).append(group)
        return found

    def _jobs(self, names: Sequence[str], cluster: str, groups: Sequence[Group]) -> list[HistoryJob]:
        rows = [self._normal(names, fields) for group in groups for _, fields in group]
        has_steps = len(rows) > len(groups)
        return sacct_history.history_jobs(
            names, rows, cluster=cluster, used_at=datetime.now(UTC) if has_steps else None
        )

    def _normal(self, names: Sequence[str], fields: Sequence[str]) -> list[str]:
        """The fields with times in UTC and without the words for nothing."""
        row = ["" if field == "Unknown" else field for field in fields]
        for place, name in enumerate(names):
            if name in _TIMES:
                row[place] = self._to_utc(row[place])
            elif name == "ElapsedRaw" and ":" in row[place]:
                row[place] = str(parse_duration_s(row[place]) or 0)
        return row

    def _place(self, line: int) -> str:
        return f"{self._path.name} line {line}"


def _readable(
    groups: list[Group],
    read: Callable[[list[Group]], list[HistoryJob]],
    bad: list[BadRow],
    place: Callable[[int], str],
) -> Iterator[tuple[list[HistoryJob], list[Group]]]:
    """Lots of jobs that can be read, with their records; those that cannot are found by halving, and noted."""
    if not groups:
        return
    try:
        yield read(groups), groups
    except ParseError as error:
        if len(groups) == 1:
            bad.append(BadRow(place=place(groups[0][0][0]), reason=f"{error.why}: {error.text[:80]!r}"))
            return
        middle = len(groups) // 2
        yield from _readable(groups[:middle], read, bad, place)
        yield from _readable(groups[middle:], read, bad, place)


def _stood_in(names: list[str]) -> list[str]:
    """The names, a stand-in under the name of the missing field that it stands for."""
    return [wanted if (wanted := _STAND_INS.get(name, "")) and wanted not in names else name for name in names]


def _to_utc(zone: tzinfo) -> Callable[[str], str]:
    read = time_reader(zone)

    @lru_cache(maxsize=100_000)
    def convert(text: str) -> str:
        when = read(text)
        return when.isoformat() if when else ""

    return convert


def _opened(path: Path) -> TextIO:
    return path.open(encoding="utf-8", errors="replace", newline="\n")
