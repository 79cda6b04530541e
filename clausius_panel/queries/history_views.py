"""What SQL over the history may name: views, not tables, without keys, scripts, environments and settings."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["VIEWS", "View"]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One view: its SQL over the tables, and what the columns mean whose names do not say it."""

    sql: str
    meanings: dict[str, str] = field(default_factory=dict)


_KEY = {
    "job_id_raw": "Slurm's number; with cluster and submit_time it tells attempts of a requeued job apart",
    "submit_time": "UTC, as all times",
}

VIEWS: dict[str, View] = {
    "jobs": View(
        sql="""
            SELECT {ROW_SQL}, in_queue, reason, priority, array_job_id, array_task_id, het_job_id, tres,
                   eligible_time, work_dir, restarts, total_cpu_s, max_rss_mib, gpu_util, gpu_memory_mib,
                   disk_read_mib, disk_written_mib, energy_j, evidence, first_seen, last_seen
            FROM main.jobs
        """,
        meanings=_KEY
        | {
            "job_id": 'as Slurm prints it: "123", "123_4", "123_[5-9]"',
            "family": "running, pending, failed, completed, cancelled, transition, held, unknown",
            "gpus": "of the whole job",
            "cpus": "of the whole job",
            "memory_mib": "of the whole job",
            "start_time": "of a job that waits: Slurm's guess",
            "end_time": "of a running job: when its limit is reached",
            "wait_s": "NULL for a job that never ran",
            "cpu_hours": "elapsed hours x CPUs",
            "gpu_hours": "elapsed hours x GPUs",
            "total_cpu_s": "CPU seconds used by all steps; NULL: not known",
            "max_rss_mib": "its memory, MiB: the greatest of any step, task by task",
            "gpu_util": "per cent, mean over its GPUs",
            "evidence": "who told how it ended: squeue, sacct, backfill, import, ingest",
        },
    ),
    "job_events": View(
        sql="""
            SELECT cluster, job_id, job_id_raw, submit_time, at_time, old_state, state, reason, evidence
            FROM main.job_events
        """,
        meanings=_KEY | {"at_time": "when we saw the change"},
    ),
    "job_dependencies": View(
        sql="""
            SELECT cluster, job_id_raw, submit_time, kind, on_job_id, delay_min, is_any
            FROM main.job_dependencies
        """,
        meanings=_KEY,
    ),
    "job_stats": View(
        sql="""
            SELECT cluster, job_id_raw, submit_time, at_time, source, gpu_util, gpu_memory_mib,
                   gpu_memory_total_mib, cpu_util, rss_mib, max_rss_mib
            FROM main.job_stats
        """,
        meanings=_KEY | {"gpu_util": "per cent", "cpu_util": "per cent"},
    ),
    "runs": View(
        sql="""
            SELECT cluster, run_id, root_job_id, name, user_name AS "user", project, campaign, first_submit,
                   starred, notes
            FROM main.runs
        """,
    ),
    "projects": View(sql="SELECT name, prefix, merged_into FROM main.projects"),
    "nodes": View(
        sql="""
            SELECT cluster, name, state, flags, reason, partitions, features, cpus, cpus_alloc, memory_mib,
                   memory_alloc_mib, gpus, gpus_alloc, gpu_type, as_of
            FROM main.nodes
        """,
        meanings={"as_of": "when we looked"},
    ),
    "partitions": View(
        sql="""
            SELECT cluster, name, state, is_default, time_limit_s, nodes, nodes_alloc, nodes_idle, nodes_other,
                   cpus, gpus, gpu_type, as_of
            FROM main.partitions
        """,
    ),
    "start_estimates": View(
        sql="SELECT cluster, job_id_raw, submit_time, at_time, estimate FROM main.start_estimates",
        meanings=_KEY | {"at_time": "when Slurm said so", "estimate": "the start that Slurm expected"},
    ),
}
"""Name -> view."""
