"""The jobs that a question about usage selects, cut into the periods in which they ran: one scan for all charts.

Rules, which every chart goes by:

* A job belongs to the period in which it started; one that never started, to that of its submission. With the
  basis "end" it belongs to that of its end, and what has not ended is left out.
* Its hours are spread over the periods in which it ran (basis "spread"), or count where it belongs.
* A running job ran until now, but not beyond its time limit; of one that left the queue without a record, until it
  was seen last.
* Hours are those that Slurm counts as elapsed: while a job was suspended none go by.
* Each attempt of a requeued job is a row of its own: each held its resources.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from ..errors import InvalidInput
from ..store import Cursor, Store, naive
from .filters import FAMILY_SQL
from .history_filters import HistoryFilters, history_where
from .periods import Span
from .run_sql import TASKS_SQL

__all__ = ["ENDED_SQL", "GROUPS", "STARTED", "TYPED", "Basis", "Group", "Selected", "selected", "summed"]

Basis = Literal["spread", "start", "end"]
"""Which period the hours of a job belong to."""

Group = Literal["", "cluster", "account", "user", "partition", "state", "qos", "project", "gpu_type"]
"""What series are told apart by; "" is not at all."""

GROUPS: dict[str, str] = {
    "cluster": "cluster",
    "account": "account",
    "user": "user_name",
    "partition": "partition",
    "state": "state",
    "qos": "qos",
    "project": "project",
    "gpu_type": "gpu_type",
}
"""Name of a group -> its column in the table usage_parts."""

TYPED = """
    SELECT * EXCLUDE (types, numbers, named, counted, several) REPLACE (
        coalesce(named, gpu_type) AS gpu_type, coalesce(counted, gpus) AS gpus, cpus * share AS cpus,
        nodes * share AS nodes)
    FROM (
        SELECT *, coalesce(counted / nullif(list_sum(numbers), 0)::DOUBLE, 1) AS share
        FROM (
            SELECT *, unnest(types) AS named, unnest(numbers) AS counted
            FROM (
                SELECT *, CASE WHEN several THEN regexp_extract_all(tres, 'gres/gpu:([^=,]+)=[0-9]+', 1)
                               ELSE [NULL] END AS types,
                       CASE WHEN several THEN regexp_extract_all(tres, 'gres/gpu:[^=,]+=([0-9]+)', 1)::BIGINT[]
                            ELSE [NULL] END AS numbers
                FROM (SELECT *, coalesce(regexp_matches(tres, 'gres/gpu:[^=,]+=[0-9]'), false) AS several
                      FROM usage_parts))))
"""
"""SQL: usage_parts with a row for each type of GPU of a job, with the GPUs of that type; `share` is how many of
the job's GPUs these are, and its CPUs and nodes are split likewise."""

STARTED = f"""(start_time IS NOT NULL AND CASE WHEN elapsed_s > 0 THEN true
    ELSE {FAMILY_SQL} IN ('running', 'transition', 'completed', 'failed') END)"""
"""SQL: whether start_time is a fact. Of a job that waits it is Slurm's guess."""

ENDED_SQL = """CASE
    WHEN in_queue AND state IN ('SUSPENDED', 'STOPPED') THEN start_time + to_seconds(elapsed_s)
    WHEN in_queue THEN least($now, coalesce(end_time, $now))
    WHEN end_time IS NOT NULL THEN end_time
    WHEN state = 'UNKNOWN' THEN last_seen
    ELSE start_time + to_seconds(elapsed_s) END"""
"""SQL: until when a started job ran."""

_SLOT_S = 900
"""The clocks of all zones differ by whole quarters of an hour, so a quarter lies in one period."""

_PERIODS = """
    CREATE OR REPLACE TEMP TABLE usage_periods AS
    SELECT unnest($numbers)::SMALLINT AS p, unnest($starts) AS p_start, unnest($ends) AS p_end
"""
# the last quarter may be a part of one only
_SLOTS = f"""
    CREATE OR REPLACE TEMP TABLE usage_slots AS
    SELECT p, p_start, p_end,
           unnest(range(epoch_us(p_start) // {_SLOT_S}000000,
                        (epoch_us(p_end) - 1) // {_SLOT_S}000000 + 1))::INTEGER AS slot
    FROM usage_periods
"""
_ACCOUNTS = """
    CREATE OR REPLACE TEMP TABLE usage_accounts AS
    SELECT account, array_to_string(string_split(account, '-')[1:$segments], '-') AS segment
    FROM (SELECT DISTINCT account FROM jobs)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """The temporary tables usage_parts and usage_periods, as long as the cursor is in use.

    usage_parts has a row for each job and period that it touches: p (number of the period), first (whether the job
    belongs to p), run_s (seconds that it ran in p), started, wait_s and whole_s (its waiting and running time),
    tasks (1, but of the unstarted rest of an array), the groups, and cpus, gpus, nodes, node_list, tres.
    """

    cur: Cursor
    span: Span
    basis: Basis
    now: datetime


@contextmanager
def selected(
    store: Store,
    span: Span,
    *,
    basis: Basis = "spread",
    account_segments: int = 0,
    also: tuple[str, ...] = (),
    now: datetime | None = None,
    filters: HistoryFilters,
) -> Iterator[Selected]:
    """Scan the jobs once. `account_segments` cuts accounts after so many "-"; 0 leaves them whole.

    `also` names further columns of the table jobs that usage_parts shall have.

    Raises `InvalidInput`.
    """
    if not 0 <= account_segments <= 100:
        raise InvalidInput("account_segments", account_segments, "use 1 or more, or 0 for whole accounts")
    moment = now or datetime.now(UTC)
    condition, values = _asked(store, span, basis, moment, filters)
    with store.read() as cur:
        _put_periods(cur, span)
        account = "account"
        if account_segments:
            cur.execute(_ACCOUNTS, {"segments": account_segments})
            account = "segment"
        carried = ", ".join([_CARRIED, *also])
        parts = _parts(condition, basis, account).replace("$CARRIED", carried).replace("$PERIODS", _BY_SLOT)
        cur.execute(f"CREATE OR REPLACE TEMP TABLE usage_parts AS {parts}", values)
        if basis == "spread":
            cur.execute(_REST.replace("$CARRIED", carried))
        yield Selected(cur=cur, span=span, basis=basis, now=moment)


def summed(
    store: Store, span: Span, select: str, *, basis: Basis = "spread", now: datetime, filters: HistoryFilters
) -> tuple[Any, ...]:
    """The one row that `select` (of sums over usage_parts) gives for the span as one period.

    No table is made of the jobs, and only the columns that it needs are read. Raises `InvalidInput`.
    """
    condition, values = _asked(store, span, basis, now, filters)
    parts = _parts(condition, basis, "account").replace("$CARRIED", _CARRIED).replace("$PERIODS", _AS_ONE)
    with store.read() as cur:
        [row] = cur.execute(f"WITH usage_parts AS ({parts}) {select}", values).fetchall()
    return tuple(row)


def _asked(
    store: Store, span: Span, basis: Basis, now: datetime, filters: HistoryFilters
) -> tuple[str, dict[str, Any]]:
    """SQL condition on jobs, and all values of the statement."""
    if basis not in get_args(Basis):
        raise InvalidInput("basis", basis, f"use one of {', '.join(get_args(Basis))}")
    condition, values = history_where(store, filters)
    bounds = {"now": naive(now), "range_start": naive(span.start), "range_end": naive(span.end)}
    return condition, {**values, **bounds}


def _put_periods(cur: Cursor, span: Span) -> None:
    columns: dict[str, Any] = {
        "numbers": list(range(len(span.periods))),
        "starts": [naive(each.start) for each in span.periods],
        "ends": [naive(each.end) for each in span.periods],
    }
    cur.execute(_PERIODS, columns)
    cur.execute(_SLOTS)


_CARRIED = (
    "started, scale, wait_s, tasks, cluster, account, user_name, partition, state, qos, project, gpu_type, cpus, "
    "gpus, nodes, node_list"
)

# for each job the period where it belongs, or the first in which it ran
_PARTS = f"""
    SELECT p, first, ($SECONDS)::DOUBLE AS run_s, (span_s * scale)::DOUBLE AS whole_s,
           CASE WHEN contains(gpu_type, ',') THEN tres END AS tres,
           CASE WHEN ran AND ended > p_end THEN least(ended, $range_end) END AS more_until, $CARRIED
    FROM (
        SELECT *, coalesce(belongs >= $range_start AND belongs < $range_end, false) AS first,
               CASE WHEN in_queue OR span_s <= 0 OR elapsed_s <= 0 THEN 1.0
                    ELSE least(1.0, elapsed_s / span_s) END AS scale,
               CASE WHEN ran THEN greatest(start_time, $range_start) ELSE belongs END AS at_time
        FROM (SELECT *, $BELONGS AS belongs, $RAN AS ran,
                     CASE WHEN started
                          THEN greatest(0, (epoch_us(ended) - epoch_us(start_time)) / 1e6) END AS span_s,
                     CASE WHEN started AND submit_time IS NOT NULL  -- greatest() would make 0 of NULL
                          THEN greatest(0, (epoch_us(start_time) - epoch_us(submit_time)) / 1e6) END AS wait_s,
                     CASE WHEN in_queue AND array_task_id <> '' THEN {TASKS_SQL} ELSE 1 END AS tasks
              FROM (SELECT * REPLACE (coalesce(project, '') AS project, $ACCOUNT AS account),
                           {STARTED} AS started, {ENDED_SQL} AS ended
                    FROM jobs $JOINED WHERE $CONDITION)))
    JOIN $PERIODS
    WHERE ran OR first
"""
_BY_SLOT = f"usage_slots ON slot = (epoch_us(at_time) // {_SLOT_S}000000)::INTEGER"
_AS_ONE = """(SELECT 0::SMALLINT AS p, $range_start::TIMESTAMP AS p_start, $range_end::TIMESTAMP AS p_end)
        ON at_time >= p_start AND at_time < p_end"""
_REST = f"""
    INSERT INTO usage_parts
    SELECT p, false, (epoch_us(least(more_until, p_end)) - epoch_us(p_start)) / 1e6 * scale, whole_s, tres, NULL,
           $CARRIED
    FROM (SELECT u.* EXCLUDE (p), unnest(range(u.p + 1, l.p + 1))::SMALLINT AS p
          FROM usage_parts u JOIN usage_slots l
              ON l.slot = ((epoch_us(u.more_until) - 1) // {_SLOT_S}000000)::INTEGER
          WHERE u.more_until IS NOT NULL)
    JOIN usage_periods USING (p)
"""


def _parts(condition: str, basis: Basis, account: str) -> str:
    """SQL of usage_parts but for the later periods of jobs that ran in several."""
    if basis == "spread":
        ran = "coalesce(started AND ended > $range_start AND start_time < $range_end, false)"
        overlap = "(epoch_us(least(ended, p_end)) - epoch_us(greatest(start_time, $range_start))) / 1e6"
        seconds = f"CASE WHEN ran THEN {overlap} * scale ELSE 0 END"
    else:
        ran, seconds = "false", "coalesce(span_s * scale, 0)"
    belongs = "CASE WHEN started THEN start_time ELSE submit_time END"
    if basis == "end":
        belongs = "CASE WHEN in_queue THEN NULL WHEN started THEN ended ELSE end_time END"
    return (
        _PARTS.replace("$SECONDS", seconds)
        .replace("$BELONGS", belongs)
        .replace("$RAN", ran)
        .replace("$ACCOUNT", account)
        .replace("$JOINED", "JOIN usage_accounts USING (account)" if account == "segment" else "")
        .replace("$CONDITION", condition)
    )
