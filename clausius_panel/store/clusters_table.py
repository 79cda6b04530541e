"""The configured clusters."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import UTC, datetime

from ..errors import InvalidInput, StoreError, UnknownCluster
from ..model import Cluster
from .engines import Cursor
from .jobs import mark_left
from .store import Store
from .values import naive

__all__ = ["delete_cluster", "get_cluster", "list_clusters", "put_cluster"]

_FIELDS = {field.name for field in fields(Cluster)}
_PICTURE = ("cluster_state", "nodes", "partitions")
_HISTORY = ("jobs", "job_events", "job_dependencies", "job_stats", "runs", "polls")

_PUT = """
    MERGE INTO clusters t USING (
        SELECT $name AS name, $config::JSON AS config, $now AS now,
               (SELECT coalesce(max(position), 0) + 1 FROM clusters) AS position) s USING (name)
    WHEN MATCHED THEN UPDATE SET config = s.config, updated = s.now
    WHEN NOT MATCHED THEN INSERT (name, config, position, created, updated)
        VALUES (s.name, s.config, s.position, s.now, s.now)
"""


def list_clusters(store: Store) -> list[Cluster]:
    """All configured clusters, in the order in which they were added."""
    return list(store.remembered("clusters", _clusters))


def _clusters(cur: Cursor) -> tuple[Cluster, ...]:
    rows = cur.execute("SELECT name, config FROM clusters ORDER BY position, name").fetchall()
    return tuple(_cluster(name, config) for name, config in rows)


def get_cluster(store: Store, name: str) -> Cluster:
    """The cluster of this name. Raises `UnknownCluster`, which names those there are."""
    known = {cluster.name: cluster for cluster in list_clusters(store)}
    if name not in known:
        raise UnknownCluster(name, tuple(known))
    return known[name]


def put_cluster(cur: Cursor, cluster: Cluster) -> None:
    """Add a cluster, or replace the one of this name, which keeps its place."""
    now = naive(datetime.now(UTC))
    cur.execute(_PUT, {"name": cluster.name, "config": json.dumps(asdict(cluster)), "now": now})


def delete_cluster(cur: Cursor, name: str, *, history: bool = False) -> None:
    """Forget a cluster and the picture of it; its jobs stay unless `history`. Raises `UnknownCluster`.

    Nobody asks any more what became of those in its queue: they are UNKNOWN from now on, and use nothing further.
    """
    known = [row[0] for row in cur.execute("SELECT name FROM clusters ORDER BY position, name").fetchall()]
    if name not in known:
        raise UnknownCluster(name, tuple(known))
    cur.execute("DELETE FROM clusters WHERE name = ?", [name])
    mark_left(cur, name, at=datetime.now(UTC))
    for table in _PICTURE + (_HISTORY if history else ()):
        cur.execute(f"DELETE FROM {table} WHERE cluster = ?", [name])


def _cluster(name: str, config: str) -> Cluster:
    """A stored cluster; what another version of this program wrote and this one does not know is left out."""
    try:
        return Cluster(**{key: value for key, value in json.loads(config).items() if key in _FIELDS})
    except (InvalidInput, TypeError, AttributeError, json.JSONDecodeError) as exc:
        raise StoreError(f"the configuration of cluster {name} cannot be read: {exc}") from exc
