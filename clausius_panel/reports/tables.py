"""What a report consists of: headed tables of text for people, and the same facts as JSON and CSV for programs."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ..queries.reports import Report
from ..queries.usage import top

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Table", "as_csv", "as_json", "number", "subtitle", "tables"]

_FIGURES = {
    "jobs": "Jobs",
    "started": "Jobs that ran",
    "users": "Active users",
    "cpu_hours": "CPU hours",
    "gpu_hours": "GPU hours",
    "node_hours": "Node hours",
    "wait_h_mean": "Waiting time, mean (h)",
    "wait_h_median": "Waiting time, median (h)",
    "run_h_mean": "Running time, mean (h)",
    "run_h_median": "Running time, median (h)",
    "success_rate": "Completed, of all that ended (preempted, requeued and revoked ones aside)",
}
_DIMENSIONS = {"account": "accounts", "partition": "partitions", "state": "states", "qos": "QOS", "user": "users"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table for people: all cells are text; the columns after the first `left` ones are figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1


def subtitle(report: Report) -> str:
    """What the report is about, in one line."""
    clusters = ", ".join(report.clusters) or "all clusters"
    hidden = "; users bear pseudonyms" if report.anonymous else ""
    return (
        f"{report.start} to {report.end} ({report.tz}), {clusters}; compared with {report.before_start} to "
        f"{report.before_end}{hidden}"
    )


def tables(report: Report) -> list[Table]:
    """The report's tables in their order."""
    return [
        _changes(report),
        *(_top(report, dimension, words) for dimension, words in _DIMENSIONS.items()),
        _timeline(report),
        _waiting(report),
        _efficiency(report),
    ]


def number(value: Any, digits: int = 1) -> str:
    """A figure as people read it; "-" where it is not known.

    >>> number(1234567.891), number(12), number(None), number(float("nan"))
    ('1,234,567.9', '12', '-', '-')
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "-"
    return f"{value:,.{digits}f}" if isinstance(value, float) else f"{value:,}"


def _changes(report: Report) -> Table:
    rows = [
        (
            _FIGURES[name],
            _figure(name, now),
            _figure(name, before),
            "-" if differs is None else f"{differs:+,.1f} {'pt' if unit == 'points' else '%'}",
        )
        for name, now, before, differs, unit in _figures(report)
    ]
    return Table(title="In figures", columns=("Figure", "Now", "Before", "Change"), rows=tuple(rows))


def _figures(report: Report) -> list[tuple[str, float | None, float | None, float | None, str]]:
    """Every figure, what it was before, by how much it differs, and the unit of that; None is not known.

    Figures differ by "percent" of what they were, a rate by "points".
    """
    changes = {change.figure: change for change in report.changes}
    found = []
    for name in _FIGURES:
        change, now, before = changes.get(name), getattr(report.summary, name), getattr(report.earlier, name)
        if name == "success_rate":
            points = None if change is None else 100 * (change.now - change.before)
            found.append((name, now, before, points, "points"))
        else:
            found.append((name, now, before, None if change is None else change.percent, "percent"))
    return found


def _figure(name: str, value: float | None) -> str:
    if name == "success_rate":
        return "-" if value is None else f"{number(100 * value)} %"
    return number(value, 0 if name in ("jobs", "started", "users") else 1)


def _top(report: Report, dimension: str, words: str) -> Table:
    shown = top(report.breakdown, dimension, count=15)
    rows = [
        (str(row["value"]) or "(none)", *(number(row[name], 0) for name in ("jobs", "cpu_hours", "gpu_hours")))
        for row in shown.to_dict("records")
    ]
    return Table(title=f"Top {words}", columns=("Name", "Jobs", "CPU hours", "GPU hours"), rows=tuple(rows))


def _timeline(report: Report) -> Table:
    rows = [
        (row["period"], *(number(row[name], 0) for name in ("jobs", "users", "cpu_hours", "gpu_hours")))
        for row in report.timeline.to_dict("records")
    ]
    columns = ("Period", "Jobs", "Users", "CPU hours", "GPU hours")
    return Table(title="Over time", columns=columns, rows=tuple(rows))


def _waiting(report: Report) -> Table:
    names = ("mean", "p50", "p90", "p99", "max")
    waited = report.waiting[report.waiting["measure"] == "wait_h"]
    rows = [(row["period"], *(number(row[name], 2) for name in names)) for row in waited.to_dict("records")]
    columns = ("Period", "Mean", "Median", "90 %", "99 %", "Longest")
    return Table(title="Hours waited, by jobs that started", columns=columns, rows=tuple(rows))


def _efficiency(report: Report) -> Table:
    names = (
        "cpu_percent",
        "gpu_percent",
        "memory_percent",
        "time_percent",
        "cpu_hours_wasted",
        "gpu_hours_wasted",
    )
    rows = [
        (str(row["group"]) or "(none)", *(number(row[name], 0) for name in names))
        for row in report.efficiency.to_dict("records")
    ]
    if all(cell == "-" for row in rows for cell in row[1:]):  # a table of nothing else would say no more
        rows = [("(accounting told nothing of what jobs used)", *("-" for _ in names))]
    columns = ("Account", "CPU %", "GPU %", "Memory %", "Time %", "CPU h unused", "GPU h unused")
    return Table(title="Use of what was held", columns=columns, rows=tuple(rows))


def as_json(report: Report) -> bytes:
    """All facts; times are ISO 8601, what is not known is null."""
    plain = {name: _plain(getattr(report, name)) for name in type(report).__dataclass_fields__}
    return (json.dumps(plain, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def _plain(value: Any) -> Any:
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        return [{name: _plain(each) for name, each in row.items()} for row in value.to_dict("records")]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(each) for name, each in asdict(value).items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def as_csv(report: Report) -> bytes:
    """One long table: section, name, figure, value. A text that a spreadsheet would run gets an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("section", "name", "figure", "value"))
    for figure, *values, unit in _figures(report):
        for name, value in zip(("now", "before", unit), values, strict=True):
            writer.writerow(("summary", figure, name, _cell(value)))
    frames: list[tuple[str, pd.DataFrame, list[str]]] = [
        ("timeline", report.timeline, ["period"]),
        ("waiting", report.waiting, ["measure", "period"]),
        ("efficiency", report.efficiency, ["group"]),
    ]
    for dimension, rows in report.breakdown.groupby("dimension"):
        frames.append((f"by {dimension}", rows.drop(columns="dimension"), ["value"]))
    for section, frame, names in frames:
        _write(writer, section, frame, names)
    return out.getvalue().encode()


def _write(writer: Any, section: str, frame: pd.DataFrame, names: list[str]) -> None:
    for row in frame.to_dict("records"):
        name = " ".join(str(row[each]) for each in names)
        for figure, value in row.items():
            if figure not in (*names, "period_start", "period_end", "is_complete"):
                writer.writerow((section, _cell(name), figure, _cell(value)))


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return "" if value is None or (isinstance(value, float) and not math.isfinite(value)) else value
