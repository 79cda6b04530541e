"""A year of somebody else's jobs: as many as wanted, always the same, made in SQL within seconds.

300 users in 40 accounts on 124 nodes of one cluster over 366 days (2024, which has a 29 February): a few users
with many jobs and many with few, busier weekdays and afternoons, arrays, failures, jobs that never started, jobs
on several nodes, two types of GPUs. A tenth of the jobs use next to nothing of the GPUs that they hold.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from clausius_panel.store import Cursor, Store

__all__ = ["ACCOUNTS", "CLUSTER", "DAYS", "FIRST_DAY", "NODES", "USERS", "fill", "history_arrow", "history_sql"]

CLUSTER = "synth"
USERS, ACCOUNTS, NODES, DAYS = 300, 40, 124, 366
FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)

_CHUNK = 200_000  # keeps memory low
_BLANK = ("dependency", "het_job_id", "stdout_path", "stderr_path", "comment")

_SQL = """
WITH r AS (
    SELECT i, hash(i, {seed}, 1) % 1000000 / 1e6 AS a, hash(i, {seed}, 2) % 1000000 / 1e6 AS b,
           hash(i, {seed}, 3) % 1000000 / 1e6 AS c, hash(i, {seed}, 4) % 1000000 / 1e6 AS d,
           hash(i, {seed}, 5) % 1000000 / 1e6 AS e, hash(i, {seed}, 6) % 1000000 / 1e6 AS f,
           i - i % 5 AS lot  -- five in a row are of one user and campaign, every third lot is an array
    FROM range({start}, {stop}) t(i)),
who AS (
    SELECT *, (pow(hash(lot, {seed}, 7) % 1000000 / 1e6, 2.2) * {users})::INTEGER % {users} AS u,
           hash(lot, {seed}, 8) % 1000000 / 1e6 AS g, lot // 5 % 3 = 0 AS in_array
    FROM r),
what AS (
    SELECT *, u % {accounts} AS acct, u % 3 = 0 AS on_gpu,
           CASE WHEN u % 3 = 0 THEN CASE WHEN u % 2 = 0 THEN 'gpu' ELSE 'gpu-long' END
                ELSE ['cpu', 'bigmem', 'debug'][1 + (g * 2.2)::INTEGER % 3] END AS part,
           CASE WHEN c < 0.90 THEN 1 WHEN c < 0.96 THEN 2 ELSE 4 END AS nodes,
           CASE WHEN d < 0.80 THEN 'COMPLETED' WHEN d < 0.90 THEN 'FAILED' WHEN d < 0.95 THEN 'CANCELLED'
                WHEN d < 0.97 THEN 'TIMEOUT' WHEN d < 0.985 THEN 'OUT_OF_MEMORY' ELSE 'NODE_FAIL' END AS state,
           d BETWEEN 0.90 AND 0.92 AS never_started,
           TIMESTAMP '{first}' + to_seconds(i::DOUBLE / {n} * {days} * 86400) AS evenly
    FROM who),
times AS (
    -- pulled into the working hours and to weekdays
    SELECT *, date_trunc('second', date_trunc('day', evenly)
                  + to_seconds((8 + 10 * ((a + b) / 2) + CASE WHEN c < 0.2 THEN 24 * (a - 0.5) ELSE 0 END) * 3600)
                  - to_days(CASE WHEN dayofweek(evenly) IN (0, 6) AND a < 0.6 THEN 2 ELSE 0 END)) AS submitted,
           (CASE WHEN part = 'debug' THEN 60 ELSE 3600 END * pow(e, 6) * 40)::BIGINT AS waited,
           least(259200, 240 * pow(1 - f, -1.2) * CASE WHEN part = 'debug' THEN 0.1 ELSE 1 END)::BIGINT AS ran,
           CASE WHEN part = 'debug' THEN 1 ELSE 4 + (g * 60)::INTEGER END AS cpus_a_node,
           CASE WHEN on_gpu THEN [1, 1, 2, 4, 8][1 + (b * 5)::INTEGER % 5] ELSE 0 END AS gpus_a_node
    FROM what),
whole AS (
    SELECT *, greatest(submitted, TIMESTAMP '{first}') AS submit,
           CASE WHEN never_started THEN 0 ELSE ran END AS elapsed,
           ((g * {nodes}) + i % 7)::INTEGER % ({nodes} - 4) + 1 AS node, pow(a, 0.6) AS busy
    FROM times)
SELECT '{cluster}' AS cluster,
       CASE WHEN in_array THEN (1000000 + lot) || '_' || (i % 5) ELSE (1000000 + i)::VARCHAR END AS job_id,
       (1000000 + i)::VARCHAR AS job_id_raw, submit AS submit_time,
       ['llm', 'vision', 'md', 'hle', 'speech', 'cfd', 'bio', 'rl'][1 + u % 8] || '_'
           || ['base', 'sweep', 'ablate', 'eval'][1 + lot // 50 % 4] || (lot // 5000) || '_'
           || ['train', 'prep', 'test'][1 + lot // 5 % 3] AS name,
       'user' || lpad(u::VARCHAR, 3, '0') AS user_name,
       ['lab', 'dept', 'ext'][1 + acct % 3] || '-' || ['phys', 'chem', 'cs', 'bio'][1 + acct % 4] || '-g'
           || lpad(acct::VARCHAR, 2, '0') AS account,
       part AS partition, ['normal', 'normal', 'high', 'low'][1 + (u + lot // 10) % 4] AS qos, state,
       CASE WHEN state = 'CANCELLED' THEN 'cancelled by 1000' ELSE '' END AS reason,
       CASE WHEN in_array THEN (1000000 + lot)::VARCHAR ELSE '' END AS array_job_id,
       CASE WHEN in_array THEN (i % 5)::VARCHAR ELSE '' END AS array_task_id,
       nodes::INTEGER AS nodes, (nodes * cpus_a_node)::INTEGER AS cpus,
       nodes * cpus_a_node * CASE WHEN part = 'bigmem' THEN 32768 ELSE 4096 END::BIGINT AS memory_mib,
       (nodes * gpus_a_node)::INTEGER AS gpus,
       CASE WHEN NOT on_gpu THEN '' WHEN u % 2 = 0 THEN 'a100' ELSE 'h100' END AS gpu_type,
       'cpu=' || nodes * cpus_a_node || ',node=' || nodes
           || CASE WHEN on_gpu THEN ',gres/gpu=' || nodes * gpus_a_node || ',gres/gpu:'
                || CASE WHEN u % 2 = 0 THEN 'a100=' ELSE 'h100=' END || nodes * gpus_a_node ELSE '' END AS tres,
       submit AS eligible_time,
       CASE WHEN NOT never_started THEN submit + to_seconds(waited) END AS start_time,
       submit + to_seconds(waited + elapsed) AS end_time, elapsed::BIGINT AS elapsed_s,
       (ceil(greatest(ran * (1 + 3 * b), 600) / 600) * 600)::BIGINT AS time_limit_s,
       CASE WHEN never_started THEN '' WHEN nodes = 1 THEN 'n' || lpad(node::VARCHAR, 3, '0')
            ELSE 'n[' || lpad(node::VARCHAR, 3, '0') || '-' || lpad((node + nodes - 1)::VARCHAR, 3, '0') || ']' END
           AS node_list,
       '/home/user' || lpad(u::VARCHAR, 3, '0') || '/work' AS work_dir,
       CASE state WHEN 'COMPLETED' THEN '0:0' WHEN 'FAILED' THEN '1:0' WHEN 'OUT_OF_MEMORY' THEN '0:125'
            ELSE '0:15' END AS exit_code,
       'group' || acct % 10 AS group_name,
       CASE WHEN NOT never_started THEN round(elapsed * nodes * cpus_a_node * busy) END AS total_cpu_s,
       CASE WHEN NOT never_started THEN round(elapsed * busy) END AS ave_cpu_s,
       CASE WHEN NOT never_started THEN (cpus_a_node * 4096 * (0.05 + 0.9 * c * busy))::BIGINT END AS max_rss_mib,
       CASE WHEN on_gpu AND NOT never_started
            THEN round(CASE WHEN b < 0.1 THEN 3.0 ELSE 100 * sqrt(busy) END) END AS gpu_util,
       CASE WHEN on_gpu AND NOT never_started
            THEN (nodes * gpus_a_node * (2 + 76 * c))::BIGINT * 1024 END AS gpu_memory_mib,
       CASE WHEN NOT never_started THEN submit + to_seconds(waited + elapsed) END AS used_at
FROM whole
"""


def history_sql(n: int, *, cluster: str = CLUSTER, seed: int = 1, start: int = 0, stop: int | None = None) -> str:
    """A query that gives `n` jobs (or of these only those from `start` to before `stop`).

    They come in the order of submission as far as people keep to it; the columns are some of
    `store.history_rows.HISTORY_COLUMNS`.
    """
    return _SQL.format(
        n=n,
        start=start,
        stop=n if stop is None else stop,
        seed=seed,
        cluster=cluster,
        users=USERS,
        accounts=ACCOUNTS,
        nodes=NODES,
        days=DAYS,
        first=FIRST_DAY.strftime("%Y-%m-%d"),
    )


def history_arrow(cur: Cursor, n: int, *, cluster: str = CLUSTER, seed: int = 1) -> Any:
    """The same as a `pyarrow.Table`, ready for `merge_history`."""
    return cur.sql(history_sql(n, cluster=cluster, seed=seed)).to_arrow_table()


def fill(store: Store, n: int, *, cluster: str = CLUSTER, seed: int = 1) -> None:
    """Put `n` jobs into an empty part of the store, straight into the table: 1,000,000 take some seconds.

    Project and campaign are the first two words of the name; jobs are in no run, as after a backfill.
    """
    for start in range(0, n, _CHUNK):
        query = history_sql(n, cluster=cluster, seed=seed, start=start, stop=min(n, start + _CHUNK))
        with store.write() as cur:
            columns = [name for name, *_ in cur.execute(f"DESCRIBE {query}").fetchall()]
            cur.execute(
                f"""INSERT INTO jobs ({", ".join((*columns, *_BLANK))}, in_queue, evidence, lookups, first_seen,
                        last_seen, updated, project, campaign)
                    SELECT *, {", ".join("''" for _ in _BLANK)}, false, 'backfill', 0, $at, $at, $at,
                        split_part(name, '_', 1), split_part(name, '_', 2)
                    FROM ({query}) ORDER BY submit_time""",
                {"at": FIRST_DAY.replace(tzinfo=None) + timedelta(days=DAYS + 1)},
            )
