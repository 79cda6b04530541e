"""The statements of `history_rows.merge_history`, in the order in which they run.

batch          what was given, all columns, with its place
history_batch  the same with ids, and whether each row can be kept
history_in     the rows to keep, one for each key
history_known  those of them that jobs has already, as they shall be, with whether that changes anything
"""

from __future__ import annotations

from dataclasses import fields

from ..model.history_job import HistoryJob
from .jobs import JOB_COLUMNS
from .values import Kind

__all__ = [
    "ADD",
    "CHANGE",
    "COUNT",
    "DROP",
    "EVENTS",
    "FIELD_COLUMNS",
    "HISTORY_COLUMNS",
    "MATCH",
    "MOST_SECONDS",
    "NAMES",
    "READ",
    "SAME_JOBS",
    "SORT",
    "SPAN",
    "TAKE",
]

_INTEGERS = {"nodes", "cpus", "gpus", "het_offset", "restarts"}  # columns of type INTEGER


def _kind(name: str, type_: str) -> Kind:
    if name in _INTEGERS:
        return "int32"
    kinds: dict[str, Kind] = {"int": "int64", "str": "text", "datetime": "time", "float": "float"}
    return kinds[type_.partition(" ")[0]]


FIELD_COLUMNS: dict[str, str] = {
    field.name: JOB_COLUMNS.get(field.name, field.name) for field in fields(HistoryJob)
} | {"group": "group_name"}
"""Field of `HistoryJob` -> column of the table jobs."""

HISTORY_COLUMNS: dict[str, Kind] = {
    FIELD_COLUMNS[field.name]: _kind(field.name, str(field.type)) for field in fields(HistoryJob)
}
"""Column of a batch (and of the table jobs) -> what it holds."""

_KEY = ("cluster", "job_id_raw", "submit_time")
_VALUES = [name for name in HISTORY_COLUMNS if name not in _KEY]
_COUNTS = {"nodes", "cpus", "gpus", "elapsed_s"}  # 0 is "not known"
_OF_STATE = {
    "reason",
    "start_time",
    "end_time",
    "elapsed_s",
}  # what a job that has not ended says of them is a guess
_NULLABLE_TEXT = {"group_name", "project", "campaign"}

_VALID = r"""cluster IS NOT NULL AND regexp_full_match(cluster, '[A-Za-z0-9][A-Za-z0-9._-]{0,62}')
    AND submit_time IS NOT NULL AND coalesce(nullif(job_id_raw, ''), nullif(job_id, '')) IS NOT NULL"""

MOST_SECONDS = 10 * 365 * 86_400
_MOST_MIB = 1 << 34
"""No job has run for ten years, or had 16 PiB: one that says so would overflow every sum that it is in."""

READ = f"""
    CREATE TEMP TABLE history_batch AS
    SELECT * REPLACE (CASE WHEN elapsed_s > {MOST_SECONDS} THEN {MOST_SECONDS} ELSE elapsed_s END AS elapsed_s,
                      CASE WHEN memory_mib > {_MOST_MIB} THEN {_MOST_MIB} ELSE memory_mib END AS memory_mib,
                      CASE WHEN max_rss_mib > {_MOST_MIB} THEN {_MOST_MIB} ELSE max_rss_mib END AS max_rss_mib,
                      coalesce(nullif(job_id, ''), job_id_raw) AS job_id,
                      coalesce(nullif(job_id_raw, ''), job_id) AS job_id_raw),
           {_VALID} AS is_valid,
           coalesce(state IN (SELECT unnest($final))
                    OR (state <> '' AND state NOT IN (SELECT unnest($active)) AND end_time IS NOT NULL),
                    false) AS has_ended
    FROM batch
"""
"""A state that Slurm adds tomorrow is an end if there is a time for it."""

_ON = "o.cluster = i.cluster AND o.submit_time = i.submit_time"

SAME_JOBS = (
    # a source without raw ids tells of a job that another told of with one
    f"""UPDATE history_batch i SET job_id_raw = o.job_id_raw FROM jobs o
        WHERE {_ON} AND o.job_id = i.job_id AND i.job_id_raw = i.job_id AND o.job_id_raw <> o.job_id
            AND NOT regexp_full_match(i.job_id, '[0-9]+')""",
    # and the other way round
    f"""UPDATE jobs o SET job_id_raw = i.job_id_raw FROM history_batch i
        WHERE {_ON} AND o.job_id_raw = i.job_id AND i.job_id_raw <> i.job_id""",
)
"""Array tasks and parts of het jobs whose raw id only one of two sources knows. (Of a plain job it is the id.)"""

TAKE = f"""
    CREATE TEMP TABLE history_in AS
    SELECT * EXCLUDE (is_valid, has_ended) FROM history_batch
    WHERE place IN (SELECT max(place) FROM history_batch WHERE is_valid AND has_ended GROUP BY {", ".join(_KEY)})
"""
"""Of two rows with the same key the later one."""

NAMES = "SELECT DISTINCT name FROM history_in WHERE name <> '' AND project IS NULL"

SORT = """
    UPDATE history_in SET project = s.project, campaign = coalesce(history_in.campaign, s.campaign)
    FROM sorted_names s WHERE history_in.name = s.name AND history_in.project IS NULL
"""

SPAN = "SELECT min(submit_time), max(submit_time) FROM history_in"
"""Given to `MATCH`, so that only the part of a large table is read in which the batch lies."""


def _known(row: str, name: str) -> str:
    """SQL for a value, NULL where it says nothing."""
    if HISTORY_COLUMNS[name] == "text":
        return f"nullif({row}.{name}, '')"
    return f"nullif({row}.{name}, 0)" if name in _COUNTS else f"{row}.{name}"


def _nothing(name: str) -> str:
    """SQL for what stands in the table where nothing is known."""
    if HISTORY_COLUMNS[name] == "text" and name not in _NULLABLE_TEXT:
        return "''"
    return "0" if name in _COUNTS else "NULL"


def _resolved(name: str) -> str:
    """SQL for the value of a column after row i of the batch met row o of the table."""
    new, old = _known("i", name), _known("o", name)
    nothing = f"o.{name}" if name in _NULLABLE_TEXT else _nothing(name)  # "" where a name tells no campaign
    if name == "state":
        return "CASE WHEN holds THEN o.state ELSE i.state END"
    if name == "name":
        # accounting writes ` for ", and may cut a name: what squeue told whole stays
        same = "coalesce(starts_with(replace(o.name, '\"', '`'), i.name), false)"
        keeps = f"coalesce({old}, {new}, {nothing})"
        return f"CASE WHEN holds OR {same} THEN {keeps} ELSE coalesce({new}, {old}, {nothing}) END"
    if name in _OF_STATE:
        end = f"CASE WHEN o.evidence <> '' THEN {old} END"
        return f"CASE WHEN holds THEN coalesce({old}, {new}, {nothing}) ELSE coalesce({new}, {end}, {nothing}) END"
    return f"CASE WHEN holds THEN coalesce({old}, {new}, {nothing}) ELSE coalesce({new}, {old}, {nothing}) END"


_NEW = {name: _resolved(name) for name in _VALUES} | {
    "evidence": "CASE WHEN holds OR o.evidence = 'sacct' THEN o.evidence ELSE $evidence END",
    "in_queue": "false",
}
_WATCHED = [name for name in _NEW if name not in ("used_at", "evidence")]

MATCH = f"""
    CREATE TEMP TABLE history_known AS
    SELECT place, old_row, old_state, {", ".join(_KEY)}, {", ".join(_NEW)},
           may_change AND ({" OR ".join(f"{name} IS DISTINCT FROM old.{name}" for name in _WATCHED)}) AS changed
    FROM (SELECT i.place, o.rowid AS old_row, o.state AS old_state, o AS old,
                 $is_ours OR NOT o.in_queue AS may_change,
                 NOT $is_ours AND o.evidence IN ('squeue', 'sacct', 'backfill') AS holds,
                 {", ".join(f"i.{name}" for name in _KEY)},
                 {", ".join(f"{sql} AS {name}" for name, sql in _NEW.items())}
          FROM history_in i JOIN (SELECT *, rowid FROM jobs WHERE submit_time BETWEEN $first AND $last) o
              ON {_ON} AND o.job_id_raw = i.job_id_raw)
"""
"""What our own accounting told of an end holds against what others sent."""

_INSERTED = {name: f"coalesce({_known('i', name)}, {_nothing(name)})" for name in _VALUES}

CHANGE = f"""
    UPDATE jobs SET {", ".join(f"{name} = s.{name}" for name in _NEW)}, updated = $at
    FROM history_known s WHERE jobs.rowid = s.old_row AND s.changed
"""

EVENTS = """
    INSERT INTO job_events
    SELECT cluster, job_id_raw, submit_time, job_id, $at, old_state, state, reason, evidence
    FROM history_known WHERE changed AND state <> old_state
"""

ADD = f"""
    INSERT INTO jobs ({", ".join((*_KEY, *_VALUES))}, in_queue, evidence, lookups, first_seen, last_seen, updated)
    SELECT {", ".join(_KEY)}, {", ".join(_INSERTED.values())}, false, $evidence, 0, $at, $at, $at
    FROM history_in i ANTI JOIN history_known k ON i.place = k.place ORDER BY i.submit_time
"""

COUNT = """
    SELECT (SELECT count(*) FROM history_in) - (SELECT count(*) FROM history_known),
           (SELECT count(*) FROM history_known WHERE changed),
           count(*) FILTER (is_valid AND has_ended),
           count(*) FILTER (is_valid AND NOT has_ended),
           list(place ORDER BY place) FILTER (NOT is_valid)
    FROM history_batch
"""

DROP = tuple(f"DROP TABLE {name}" for name in ("history_batch", "history_in", "history_known"))
