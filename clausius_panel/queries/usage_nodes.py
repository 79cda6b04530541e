"""How much of each node was used: an N-node job counts once, split evenly over its nodes."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from ..errors import InvalidInput
from ..model.hostlist import expand
from .usage_selection import GROUPS, Group, Selected

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["node_usage"]

_JOBS = """
    SELECT cluster, node_list, {column} AS "group", sum(run_s * cpus) / 3600 AS cpu_hours,
           sum(run_s * gpus) / 3600 AS gpu_hours, sum(run_s) / 3600 AS node_hours
    FROM usage_parts WHERE run_s > 0 GROUP BY ALL
"""
_SPLIT = """
    SELECT j.cluster, coalesce(u.node, j.node_list) AS node, "group",
           sum(cpu_hours / coalesce(u.share, 1)) AS cpu_hours,
           sum(gpu_hours / coalesce(u.share, 1)) AS gpu_hours, sum(node_hours) AS node_hours
    FROM usage_on j LEFT JOIN usage_hosts u ON u.node_list = j.node_list
    GROUP BY ALL
"""
_NAMED = """
    SELECT s.*, n.cpus AS cpus, n.gpus AS gpus,
           100 * cpu_hours / nullif(n.cpus * $hours, 0) AS cpu_percent,
           100 * gpu_hours / nullif(n.gpus * $hours, 0) AS gpu_percent
    FROM ({split}) s LEFT JOIN nodes n ON n.cluster = s.cluster AND n.name = s.node
    ORDER BY s.cluster, s.node, s."group"
"""


def node_usage(found: Selected, group: Group = "") -> pd.DataFrame:
    """A row for each node that a job ran on, and group.

    Columns: cluster, node ("" where Slurm did not say), group, cpu_hours, gpu_hours, node_hours, the cpus and gpus
    that the node has, and cpu_percent and gpu_percent of what those could have given in the part of the span that
    is over (NaN where the node is not known).
    """
    cur = found.cur
    cur.execute(f"CREATE OR REPLACE TEMP TABLE usage_on AS {_JOBS.format(column=GROUPS.get(group, chr(39) * 2))}")
    lists = cur.execute(
        "SELECT DISTINCT node_list FROM usage_on WHERE contains(node_list, '[') OR contains(node_list, ',')"
    ).fetchall()
    folded, nodes, shares = list[str](), list[str](), list[int]()
    for (text,) in lists:
        hosts = _hosts(text)
        folded += [text] * len(hosts)
        nodes += hosts
        shares += [len(hosts)] * len(hosts)
    cur.execute(
        "CREATE OR REPLACE TEMP TABLE usage_hosts AS "
        "SELECT unnest($folded::VARCHAR[]) AS node_list, unnest($nodes::VARCHAR[]) AS node, "
        "unnest($shares::BIGINT[]) AS share",
        {"folded": folded, "nodes": nodes, "shares": shares},
    )
    return cur.execute(_NAMED.format(split=_SPLIT), {"hours": _hours(found)}).df()


def _hosts(text: str) -> list[str]:
    """The hosts; what is no host list stands for itself."""
    try:
        return expand(text)
    except InvalidInput:
        return [text]


def _hours(found: Selected) -> float:
    """How much of the span is over."""
    end = min(found.span.end.astimezone(UTC), found.now.astimezone(UTC))
    return max(0.0, (end - found.span.start.astimezone(UTC)).total_seconds() / 3600)
