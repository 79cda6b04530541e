"""How much of each node was used: an N-node job counts once, split evenly over its nodes."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from ..errors import InvalidInput
from ..model.hostlist import expand
from ..store import Cursor
from .usage_selection import GROUPS, TYPED, Group, Selected

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["node_usage"]

_JOBS = """
    SELECT cluster, node_list, {column} AS "group", sum(run_s * cpus) / 3600 AS cpu_hours,
           sum(run_s * gpus) / 3600 AS gpu_hours, sum(run_s * share) / 3600 AS node_hours
    FROM {parts} WHERE run_s > 0 GROUP BY ALL
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


# what Slurm writes: names, each with one bracket at its end at most, whose prefix does not end in a digit
_ITEM = "[0-9]{1,9}(-[0-9]{1,9})?"
_NAME = rf"[A-Za-z0-9_./-]*([A-Za-z_./-]\[{_ITEM}(,{_ITEM})*\]|[A-Za-z0-9_./-])"
_MOST = 100_000
_RANGES = rf"""
    CREATE OR REPLACE TEMP TABLE usage_ranges AS
    WITH lists AS (
        SELECT DISTINCT node_list FROM usage_on WHERE contains(node_list, '[') OR contains(node_list, ',')),
    names AS (
        SELECT node_list, unnest(regexp_extract_all(node_list, '[^,\[\]]+(?:\[[^\]]*\])?')) AS name FROM lists
        WHERE regexp_full_match(node_list, '{_NAME}(,{_NAME})*')),
    items AS (
        SELECT node_list, split_part(name, '[', 1) AS prefix,
               unnest(string_split(rtrim(split_part(name, '[', 2), ']'), ',')) AS item FROM names),
    ends AS (
        SELECT node_list, prefix, split_part(item, '-', 1) AS low,
               coalesce(nullif(split_part(item, '-', 2), ''), low) AS high
        FROM items)
    SELECT node_list, prefix, length(low) AS digits, coalesce(try_cast(low AS BIGINT), 0) AS least,
           coalesce(try_cast(high AS BIGINT), 0) AS most,
           length(high) = digits OR low = '0' OR NOT starts_with(low, '0') AS fits
    FROM ends
"""
_HOSTS = f"""
    CREATE OR REPLACE TEMP TABLE usage_hosts AS
    SELECT node_list, node, count(*) OVER (PARTITION BY node_list) AS share FROM (
        SELECT DISTINCT node_list, prefix || CASE WHEN digits = 0 THEN ''
            ELSE lpad(n::VARCHAR, greatest(digits, length(n::VARCHAR))::INTEGER, '0') END AS node
        FROM (SELECT *, unnest(range(least, most + 1)) AS n FROM usage_ranges SEMI JOIN (
            SELECT node_list FROM usage_ranges GROUP BY node_list
            HAVING bool_and(fits AND least <= most) AND sum(most - least + 1) <= {_MOST}) USING (node_list)))
"""
_REST = """
    SELECT DISTINCT node_list FROM usage_on ANTI JOIN usage_hosts USING (node_list)
    WHERE contains(node_list, '[') OR contains(node_list, ',')
"""


def node_usage(found: Selected, group: Group = "") -> pd.DataFrame:
    """A row for each node that a job ran on, and group.

    Columns: cluster, node ("" where Slurm did not say), group, cpu_hours, gpu_hours, node_hours, the cpus and gpus
    that the node has, and cpu_percent and gpu_percent of what those could have given in the part of the span that
    is over (NaN where the node is not known).
    """
    cur = found.cur
    parts = f"({TYPED})" if group == "gpu_type" else "(SELECT *, 1 AS share FROM usage_parts)"
    jobs = _JOBS.format(column=GROUPS.get(group, "''"), parts=parts)
    cur.execute(f"CREATE OR REPLACE TEMP TABLE usage_on AS {jobs}")
    _split_lists(cur)
    return cur.execute(_NAMED.format(split=_SPLIT), {"hours": _hours(found)}).df()


def _split_lists(cur: Cursor) -> None:
    """Make usage_hosts of all lists of several hosts; the usual ones, maybe tens of thousands, in SQL."""
    cur.execute(_RANGES)
    cur.execute(_HOSTS)
    folded, nodes, shares = list[str](), list[str](), list[int]()
    for (text,) in cur.execute(_REST).fetchall():
        hosts = _hosts(text)
        folded += [text] * len(hosts)
        nodes += hosts
        shares += [len(hosts)] * len(hosts)
    cur.execute(
        "INSERT INTO usage_hosts SELECT unnest($folded::VARCHAR[]), unnest($nodes::VARCHAR[]), "
        "unnest($shares::BIGINT[])",
        {"folded": folded, "nodes": nodes, "shares": shares},
    )


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
