"""Nodes and partitions: only the newest picture of each cluster is kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from operator import attrgetter

from ..model import Node, Partition
from .engines import Cursor
from .values import Kind, arrow_table, naive

__all__ = ["replace_nodes"]

_KINDS: dict[str, Kind] = {
    "str": "text",
    "tuple[str, ...]": "texts",
    "int": "int32",
    "int | None": "int64",
    "bool": "bool",
}


def replace_nodes(
    cur: Cursor, cluster: str, nodes: Collection[Node], partitions: Collection[Partition], *, at: datetime
) -> None:
    """The cluster has these nodes and partitions, and no others, as `sinfo` showed at `at`."""
    _replace(cur, cluster, "nodes", Node, nodes, at=at)
    _replace(cur, cluster, "partitions", Partition, partitions, at=at)


def _replace(
    cur: Cursor,
    cluster: str,
    table: str,
    kind: type[Node | Partition],
    rows: Collection[Node] | Collection[Partition],
    *,
    at: datetime,
) -> None:
    cur.execute(f"DELETE FROM {table} WHERE cluster = ?", [cluster])
    latest = list({row.name: row for row in rows}.values())
    names = [field.name for field in fields(kind) if field.name != "cluster"]
    kinds = {field.name: _KINDS[str(field.type)] for field in fields(kind)}
    columns = {name: (kinds[name], list(map(attrgetter(name), latest))) for name in names}
    cur.register("incoming", arrow_table(columns))
    try:
        chosen = ", ".join(names)
        insert = f"INSERT INTO {table} (cluster, as_of, {chosen}) SELECT ?, ?, {chosen} FROM incoming"
        cur.execute(insert, [cluster, naive(at)])
    finally:
        cur.unregister("incoming")
