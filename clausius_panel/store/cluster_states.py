"""How we stand with each cluster: when it last answered, what failed since, when to ask again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

from ..errors import ClausiusError, CommandTimeout, ParseError, Refused, StoreBusy, Unreachable
from .engines import Cursor
from .store import Store
from .values import aware, clean, naive

__all__ = ["ClusterState", "ErrorKind", "cluster_states", "error_kind", "forget_failures", "put_cluster_state"]

ErrorKind = Literal["", "unreachable", "refused", "failed", "timeout", "parse", "busy"]
"""The kinds of failure of `Freshness.error_kind`; "" is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterState:
    """One row of the table cluster_state; a cluster that was never asked has the defaults. Times are in UTC."""

    cluster: str
    user_name: str = ""  # who we are there
    slurm_version: str = ""
    dialect: str = "{}"  # JSON: what this version of Slurm can do; see slurm.dialect
    accounting: str = ""  # yes, no, or "" while unknown
    jobs_as_of: datetime | None = None
    nodes_as_of: datetime | None = None
    accounted_until: datetime | None = None  # the end of the last window of accounting that was answered
    last_attempt: datetime | None = None
    last_error: str = ""
    error_kind: ErrorKind = ""
    error_since: datetime | None = None
    warning: str = ""  # what works only in part, in words
    failures: int = 0  # in a row
    next_attempt: datetime | None = None  # no poll before


_NAMES = [field.name for field in fields(ClusterState)]
_LIST = ", ".join(_NAMES)

# a MERGE of so many parameters takes longer to plan than both of these to run
_FORGET = "DELETE FROM cluster_state WHERE cluster = ?"
_PUT = f"INSERT INTO cluster_state ({_LIST}) VALUES ({', '.join('?' * len(_NAMES))})"


def cluster_states(store: Store) -> dict[str, ClusterState]:
    """The state of every cluster that was ever asked, by name."""
    with store.read() as cur:
        rows = cur.execute(f"SELECT {_LIST} FROM cluster_state ORDER BY cluster").fetchall()
    states = [ClusterState(**_in_python(dict(zip(_NAMES, row, strict=True)))) for row in rows]
    return {state.cluster: state for state in states}


def put_cluster_state(cur: Cursor, state: ClusterState) -> None:
    """Remember the state in place of the older one."""
    cur.execute(_FORGET, [state.cluster])
    cur.execute(_PUT, [_in_file(getattr(state, name)) for name in _NAMES])


def forget_failures(cur: Cursor, cluster: str) -> None:
    """Let the next look ask, whatever failed before; the last error stays in words until it has answered.

    An attempt that did not get in reached no Slurm, and so need not be waited for.
    """
    cur.execute(
        "UPDATE cluster_state SET failures = 0, next_attempt = NULL, "
        "last_attempt = CASE WHEN error_kind IN ('unreachable', 'refused') THEN NULL ELSE last_attempt END "
        "WHERE cluster = ? AND failures > 0",
        [cluster],
    )


def error_kind(error: ClausiusError) -> ErrorKind:
    """The word for a failure in the columns error_kind.

    >>> error_kind(CommandTimeout("alpha", "squeue", 30))
    'timeout'
    """
    kinds: Mapping[type[ClausiusError], ErrorKind] = {
        Unreachable: "unreachable",
        Refused: "refused",
        CommandTimeout: "timeout",
        ParseError: "parse",
        StoreBusy: "busy",
    }
    return next((kind for base, kind in kinds.items() if isinstance(error, base)), "failed")


def _in_python(row: dict[str, Any]) -> dict[str, Any]:
    return {name: aware(value) if isinstance(value, datetime) else value for name, value in row.items()}


def _in_file(value: Any) -> Any:
    if isinstance(value, datetime):
        return naive(value)
    return clean(value) if isinstance(value, str) else value
