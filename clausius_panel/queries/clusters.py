"""Questions about clusters: how they are configured, how fresh our picture is, how much they have to do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ..errors import UnknownCluster
from ..model import Cluster, Freshness
from ..store import Store, list_clusters
from .filters import FAMILY_SQL, names, where

__all__ = ["ClusterStatus", "cluster_configs", "cluster_status", "freshness"]

RATE_WINDOW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterStatus:
    """One cluster at a glance. Jobs are those in the queue, plus those that ended within a day."""

    cluster: str
    host: str
    user: str  # who we are there; "" until it told
    scope: str  # whose jobs are asked for: mine or everyone
    freshness: Freshness
    warning: str  # what works only in part, in words
    accounting: str  # yes, no, or "" while unknown
    slurm_version: str
    jobs: dict[str, int]  # by state family: running, pending, failed, ...
    gpus: dict[str, int]  # the same for GPUs
    nodes: int
    nodes_available: int
    gpus_total: int
    gpus_idle: int  # on nodes that take new jobs
    gpu_type: str
    commands_per_min: float  # Slurm commands we run there, mean of the last 5 minutes
    next_attempt: datetime | None  # UTC; while it backs off

    @property
    def is_up(self) -> bool:
        """Whether the last attempt was answered."""
        return self.freshness.as_of is not None and not self.freshness.error


def cluster_configs(store: Store, *, clusters: Collection[str] = ()) -> list[Cluster]:
    """The configured clusters in their order, or those of these names (a single one may be plain text).

    Raises `UnknownCluster` for a name that is not among them.
    """
    known, wanted = list_clusters(store), names(clusters)
    there = tuple(cluster.name for cluster in known)
    for name in wanted:
        if name not in there:
            raise UnknownCluster(name, there)
    return [cluster for cluster in known if not wanted or cluster.name in wanted]


def freshness(store: Store, *, clusters: Collection[str] = ()) -> list[Freshness]:
    """How old each cluster's data are. Raises `UnknownCluster`."""
    asked = [cluster.name for cluster in cluster_configs(store, clusters=clusters)]
    sql = "SELECT cluster, jobs_as_of, last_error, error_kind, error_since FROM cluster_state"
    with store.read() as cur:
        rows = {row[0]: row[1:] for row in cur.execute(sql).fetchall()}
    return [_freshness(name, *rows.get(name, (None, "", "", None))) for name in asked]


def _freshness(cluster: str, as_of: Any, error: str, kind: Any, since: Any) -> Freshness:
    return Freshness(
        cluster=cluster,
        as_of=_utc(as_of),
        source="store" if as_of else "none",
        error=error,
        error_kind=kind,
        error_since=_utc(since),
    )


def _utc(when: datetime | None) -> datetime | None:
    return when.replace(tzinfo=UTC) if when else None


_STATE = """
    SELECT cluster, user_name, slurm_version, accounting, jobs_as_of, last_error, error_kind, error_since, warning,
           next_attempt
    FROM cluster_state
"""
_NODES = """
    SELECT cluster, count(*), count(*) FILTER (free), coalesce(sum(gpus), 0)::BIGINT,
           coalesce(sum(gpus - gpus_alloc) FILTER (free), 0)::BIGINT,
           coalesce(string_agg(DISTINCT gpu_type, ', ') FILTER (gpu_type <> ''), '')
    FROM (SELECT *, state IN ('IDLE', 'MIXED')
                 AND NOT list_has_any(flags, ['DRAIN', 'NOT_RESPONDING', 'MAINT']) AS free FROM nodes)
    GROUP BY 1
"""
_RATE = """
    SELECT cluster, sum(commands) / greatest(1, least(?, date_diff('second', min(at_time), ?) / 60.0))
    FROM polls WHERE at_time > ? GROUP BY 1
"""


def cluster_status(
    store: Store, *, clusters: Collection[str] = (), now: datetime | None = None
) -> list[ClusterStatus]:
    """Each cluster at a glance, in the configured order. Raises `UnknownCluster`."""
    configs = cluster_configs(store, clusters=clusters)
    naive = (now or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)
    condition, values = where(store, {"clusters": [config.name for config in configs]})
    sums = f"SELECT cluster, {FAMILY_SQL}, count(*), sum(gpus)::BIGINT FROM jobs WHERE {condition} GROUP BY ALL"
    rate = [RATE_WINDOW.total_seconds() / 60, naive, naive - RATE_WINDOW]
    with store.read() as cur:
        states = {row[0]: row[1:] for row in cur.execute(_STATE).fetchall()}
        nodes = {row[0]: row[1:] for row in cur.execute(_NODES).fetchall()}
        rates = dict(cur.execute(_RATE, rate).fetchall())
        counts = cur.execute(sums, values).fetchall()
    return [_status(config, states.get(config.name), nodes, rates, counts) for config in configs]


def _status(
    config: Cluster,
    state: tuple[Any, ...] | None,
    nodes: dict[str, tuple[Any, ...]],
    rates: dict[str, float],
    counts: list[tuple[Any, ...]],
) -> ClusterStatus:
    user, version, accounting, as_of, error, kind, since, warning, later = state or (
        "",
        "",
        "",
        None,
        "",
        "",
        None,
        "",
        None,
    )
    total, available, gpus, idle, gpu_type = nodes.get(config.name, (0, 0, 0, 0, ""))
    return ClusterStatus(
        cluster=config.name,
        host=config.host or "this host",
        user=user or config.user,
        scope=config.scope,
        freshness=_freshness(config.name, as_of, error, kind, since),
        warning=warning,
        accounting=accounting,
        slurm_version=version,
        jobs={family: n for name, family, n, _ in counts if name == config.name},
        gpus={family: g for name, family, _, g in counts if name == config.name},
        nodes=total,
        nodes_available=available,
        gpus_total=gpus,
        gpus_idle=idle,
        gpu_type=config.gpu_type or gpu_type,
        commands_per_min=round(float(rates.get(config.name, 0.0)), 1),
        next_attempt=_utc(later),
    )
