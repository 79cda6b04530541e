"""How jobs were submitted, where that was captured."""

from __future__ import annotations

from collections.abc import Collection

from .engines import Cursor

__all__ = ["LOST_QUOTES", "submit_commands"]

MOST = 5

LOST_QUOTES = "Slurm keeps no quotes of it"
"""What is to be known of a submit command before it is used again."""


def submit_commands(cur: Cursor, cluster: str, job_ids: Collection[str]) -> list[str]:
    """The commands that submitted those of these jobs which are the first of their run, at most 5.

    Other jobs' commands are not captured; of a task or a part of an array the command would submit all of it.
    """
    sql = """
        SELECT DISTINCT submit_command FROM runs
        WHERE cluster = $cluster AND root_job_id IN (SELECT unnest($ids)) AND submit_command <> ''
        ORDER BY ALL LIMIT $most
    """
    values = {"cluster": cluster, "ids": list(job_ids), "most": MOST}
    return [command for (command,) in cur.execute(sql, values).fetchall()]
