"""What a board is asked to show, and the same as the query of a URL."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, get_args
from urllib.parse import parse_qs, urlencode

import param

from ..model import ACTIVE_STATES, FINAL_STATES, StateFamily
from ..queries import JobFilters

__all__ = [
    "ALL_COLUMNS",
    "DEFAULT_COLUMNS",
    "ENDED_WITHIN_H",
    "FAMILIES",
    "PAGE_SIZES",
    "JobFilter",
    "Key",
    "read_key",
]

Key = tuple[str, str]
"""Names a job: (cluster, job id)."""

FAMILIES: tuple[StateFamily, ...] = get_args(StateFamily)

ALL_COLUMNS = (
    "cluster",
    "job_id",
    "name",
    "state",
    "why",
    "user",
    "account",
    "partition",
    "qos",
    "nodes",
    "cpus",
    "memory",
    "gpus",
    "submitted",
    "started",
    "ended",
    "time",
    "priority",
    "node_list",
    "exit_code",
)
"""Columns a table of jobs can show, in this order."""

DEFAULT_COLUMNS = (
    "cluster",
    "job_id",
    "name",
    "state",
    "why",
    "user",
    "account",
    "partition",
    "nodes",
    "gpus",
    "submitted",
    "started",
    "time",
)

SORTS = {
    "cluster": "cluster",
    "job_id": "job_id",
    "name": "name",
    "state": "state",
    "why": "reason",
    "user": "user",
    "account": "account",
    "partition": "partition",
    "qos": "qos",
    "nodes": "nodes",
    "cpus": "cpus",
    "memory": "memory_mib",
    "gpus": "gpus",
    "submitted": "submit_time",
    "started": "start_time",
    "ended": "ended",
    "time": "elapsed_s",
    "priority": "priority",
    "node_list": "node_list",
    "exit_code": "exit_code",
}
"""Column: what `queries.jobs` sorts by."""

PAGE_SIZES = (50, 100, 250)

ENDED_WITHIN_H = (1, 6, 24, 72, 168, 0)
"""Hours on offer; 0 is the whole history."""

_LISTS = ("clusters", "states", "users", "partitions", "accounts", "columns")
_MOST = 200
_EPOCH = re.compile(r"[0-9]{1,11}")


class JobFilter(param.Parameterized):
    """Which jobs, in which order, which page of them, which columns, and which one is open."""

    accounts = param.List(default=[], item_type=str, doc="Accounts to show; none means all.")

    attempt = param.Integer(
        default=None,
        allow_None=True,
        doc="When the opened attempt of a job was submitted, in seconds since 1970; None: the newest attempt.",
    )

    cleared = param.Boolean(default=False, doc="Whether jobs that were cleared or dismissed are shown too.")

    clusters = param.List(default=[], item_type=str, doc="Clusters to show; none means all.")

    columns = param.List(
        default=list(DEFAULT_COLUMNS), item_type=str, doc="Columns of the table, out of ALL_COLUMNS."
    )

    descending = param.Boolean(default=False, doc="Whether the greatest value comes first.")

    ended_within_h = param.Integer(
        default=24,
        bounds=(0, 87_600),
        doc="Jobs that ended more hours ago are left out; 0 shows the whole history.",
    )

    mine = param.Boolean(default=False, doc="Only jobs of the login that each cluster is asked with.")

    opened = param.Tuple(
        default=None,
        length=2,
        allow_None=True,
        doc="The (cluster, job id) whose details are open, or None.",
    )

    page = param.Integer(default=1, bounds=(1, None), doc="Which page of the table, from 1.")

    page_size = param.Integer(default=PAGE_SIZES[0], bounds=(1, 1000), doc="Rows on a page.")

    partitions = param.List(default=[], item_type=str, doc="Partitions to show; none means all.")

    sort: str = param.Selector(default="state", objects=list(SORTS), doc="Column to sort by.")  # type: ignore[assignment]

    states = param.List(default=[], item_type=str, doc="State families or Slurm's states; none means all.")

    tab: str = param.Selector(
        default="", objects=["", "log"], doc="What of the open job is shown: '' is its details."
    )  # type: ignore[assignment]

    text = param.String(default="", doc="Words that must all occur in a job's name, id, user, nodes, reason ...")

    users = param.List(default=[], item_type=str, doc="Users to show; none means all.")

    def keywords(self) -> JobFilters:
        """The filters as `queries` takes them."""
        return JobFilters(
            clusters=list(self.clusters),
            users=list(self.users),
            hidden=self.cleared,
            mine=self.mine,
            states=list(self.states),
            partitions=list(self.partitions),
            accounts=list(self.accounts),
            text=self.text,
            max_age_s=self.ended_within_h * 3600.0 if self.ended_within_h else None,
        )

    @property
    def order(self) -> str:
        """What `queries.jobs` is to sort by."""
        return SORTS[self.sort]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the default choice of jobs is asked for."""
        names = ("clusters", "states", "users", "mine", "partitions", "accounts", "text")
        return any(getattr(self, name) for name in names)

    @property
    def submitted(self) -> datetime | None:
        """When the opened attempt was submitted, in UTC; None: the newest one is open."""
        return None if self.attempt is None else datetime.fromtimestamp(self.attempt, UTC)

    def reset(self) -> None:
        """Show every job again."""
        self.param.update(
            clusters=[], states=[], users=[], mine=False, partitions=[], accounts=[], text="", page=1
        )

    def to_query(self) -> str:
        """What differs from the defaults, as the query of a URL without its "?"; "" for the plain board."""
        pairs: list[tuple[str, str]] = []
        for name, key in _KEYS.items():
            value = getattr(self, name)
            if value == self._default(name):
                continue
            if isinstance(value, list):
                pairs += [(key, item) for item in value] or [(key, "")]
            elif isinstance(value, tuple):
                pairs.append((key, ":".join([*value, *([str(self.attempt)] if self.attempt is not None else [])])))
            else:
                pairs.append((key, str(int(value) if isinstance(value, bool) else value)))
        return urlencode(pairs, safe=":,")

    def from_query(self, query: str) -> list[str]:
        """Show what a URL asks for; what it does not name is as by default.

        What it cannot mean is passed over, and given back as it stands there, such as "sort=colour".
        """
        given = parse_qs(query.removeprefix("?"), keep_blank_values=True, max_num_fields=1000)
        # "page" names this page, too, in links of other pages
        given["page"] = [item for item in given.get("page", []) if item != "board"]
        values: dict[str, Any] = {name: self._default(name) for name in _KEYS}
        odd: list[str] = []
        for name, key in _KEYS.items():
            if not given.get(key):
                continue
            value = _read(name, given[key])
            if value is not None:
                values[name] = value
            kept = value if name in _LISTS else [] if value is None else given[key]
            odd += [f"{key}={item[:40]}" for item in given[key][:_MOST] if item and item not in kept][:5]
        values["opened"], values["attempt"] = _attempt_of(values["opened"])
        self.param.update(**values)
        return odd

    def _default(self, name: str) -> Any:
        return self.param[name].default


_KEYS = {
    "clusters": "cluster",
    "states": "state",
    "users": "user",
    "mine": "mine",
    "cleared": "cleared",
    "partitions": "partition",
    "accounts": "account",
    "text": "q",
    "ended_within_h": "ended",
    "sort": "sort",
    "descending": "desc",
    "page": "page",
    "page_size": "rows",
    "columns": "col",
    "opened": "job",
    "tab": "tab",
}
"""Parameter: its key in the URL."""


def _read(name: str, given: list[str]) -> Any:
    """The value a URL gives a parameter; None where it cannot be one."""
    last = given[-1]
    if name in _LISTS:
        return [item for item in dict.fromkeys(given[:_MOST]) if item and _is_known(name, item)]
    if name == "text":
        return last[:_MOST]
    if name == "opened":
        return read_key(last)
    if name == "tab":
        return last if last == "log" else None
    if name == "sort":
        return last if last in SORTS else None
    return _number(name, last)


def read_key(text: str) -> tuple[str, ...] | None:
    """The parts of `cluster:job id[:time of its submission]`; None for text that is none.

    >>> read_key("alpha:12_[3-5%2]"), read_key("alpha:12:1767323045"), read_key("alpha")
    (('alpha', '12_[3-5%2]'), ('alpha', '12', '1767323045'), None)
    """
    parts = tuple(text.split(":", 2))
    if len(parts) < 2 or not all(parts) or (len(parts) == 3 and not _EPOCH.fullmatch(parts[2])):
        return None
    return parts


def _attempt_of(key: tuple[str, ...] | None) -> tuple[Key | None, int | None]:
    """A job, and which attempt of it where that is told."""
    if key is None:
        return None, None
    return (key[0], key[1]), int(key[2]) if len(key) > 2 else None


def _is_known(name: str, item: str) -> bool:
    """Whether a state or column exists; anything may be a user's name."""
    if name == "columns":
        return item in ALL_COLUMNS
    return name != "states" or item in FAMILIES or item in ACTIVE_STATES | FINAL_STATES


def _number(name: str, text: str) -> int | bool | None:
    """A number within the parameter's bounds."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return None
    number = int(text)
    if name in ("mine", "descending", "cleared"):
        return bool(number)
    low, high = JobFilter.param[name].bounds
    return number if number >= low and (high is None or number <= high) else None
