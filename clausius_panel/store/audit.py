"""The record of every change that was made or tried."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from .engines import Cursor
from .store import Store
from .values import aware, clean, naive

__all__ = ["AuditRow", "append_audit", "audit_rows", "last_acts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One thing that was done or tried; `at` is in UTC."""

    at: datetime
    actor: str
    action: str
    cluster: str
    target: str
    outcome: str
    detail: str


_APPEND = """
    INSERT INTO audit (at_time, actor, action, cluster, target, outcome, detail) VALUES (?, ?, ?, ?, ?, ?, ?)
"""


def append_audit(
    cur: Cursor, *, actor: str, action: str, cluster: str, target: str, outcome: str, detail: str = ""
) -> None:
    """Note who did what to which target, and what became of it, now."""
    texts = [clean(text) for text in (actor, action, cluster, target, outcome, detail)]
    cur.execute(_APPEND, [naive(datetime.now(UTC)), *texts])


def audit_rows(store: Store, *, limit: int = 100) -> list[AuditRow]:
    """The latest changes, newest first."""
    sql = """
        SELECT at_time, actor, action, cluster, target, outcome, detail FROM audit
        ORDER BY at_time DESC, rowid DESC LIMIT ?
    """
    with store.read() as cur:
        rows = cur.execute(sql, [limit]).fetchall()
    names = ("actor", "action", "cluster", "target", "outcome", "detail")
    return [AuditRow(at=aware(at), **dict(zip(names, texts, strict=True))) for at, *texts in rows]


def last_acts(store: Store, actions: Collection[str], *, since: datetime) -> dict[str, datetime]:
    """When one of these actions was last done on each cluster, or tried, in UTC. `since`: aware."""
    sql = """
        SELECT cluster, max(at_time) FROM audit
        WHERE at_time >= ? AND split_part(action, ' ', 1) IN (SELECT unnest(?)) GROUP BY 1
    """
    with store.read() as cur:
        rows = cur.execute(sql, [naive(since), list(actions)]).fetchall()
    return {cluster: aware(at) for cluster, at in rows}
