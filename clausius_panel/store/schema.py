"""The schema, as ordered steps. Step n brings version n-1 to n; a step that has shipped never changes.

Times are naive TIMESTAMP in UTC. There is no primary key on the large tables (it doubles the file and slows every
merge): rows are kept unique by MERGE in the one writer, on the columns named beside each table.
"""

from __future__ import annotations

__all__ = ["MIGRATIONS", "SCHEMA_VERSION"]

_V1 = """
CREATE TABLE clusters (             -- unique: name
    name VARCHAR NOT NULL, config JSON NOT NULL, position INTEGER NOT NULL,
    created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL);

CREATE TABLE settings (             -- unique: key
    key VARCHAR NOT NULL, value JSON NOT NULL, updated TIMESTAMP NOT NULL);

CREATE TABLE jobs (                 -- unique: cluster, job_id_raw, submit_time
    cluster VARCHAR NOT NULL, job_id VARCHAR NOT NULL, job_id_raw VARCHAR NOT NULL, submit_time TIMESTAMP,
    name VARCHAR NOT NULL, user_name VARCHAR NOT NULL, account VARCHAR NOT NULL, partition VARCHAR NOT NULL,
    qos VARCHAR NOT NULL, state VARCHAR NOT NULL, reason VARCHAR NOT NULL, dependency VARCHAR NOT NULL,
    priority BIGINT, array_job_id VARCHAR NOT NULL, array_task_id VARCHAR NOT NULL,
    het_job_id VARCHAR NOT NULL, het_offset INTEGER,
    nodes INTEGER NOT NULL, cpus INTEGER NOT NULL, memory_mib BIGINT, gpus INTEGER NOT NULL,
    gpu_type VARCHAR NOT NULL, tres VARCHAR NOT NULL,
    eligible_time TIMESTAMP, start_time TIMESTAMP, end_time TIMESTAMP,
    elapsed_s BIGINT NOT NULL, time_limit_s BIGINT, node_list VARCHAR NOT NULL, work_dir VARCHAR NOT NULL,
    stdout_path VARCHAR NOT NULL, stderr_path VARCHAR NOT NULL, comment VARCHAR NOT NULL,
    exit_code VARCHAR NOT NULL, restarts INTEGER,
    in_queue BOOLEAN NOT NULL,      -- squeue showed it at the last successful look
    evidence VARCHAR NOT NULL,      -- who told its end: 'squeue', 'sacct', 'backfill', 'import', 'ingest', or ''
    lookups INTEGER NOT NULL,       -- how often accounting was asked in vain for a job that left the queue
    first_seen TIMESTAMP NOT NULL, last_seen TIMESTAMP NOT NULL,
    updated TIMESTAMP NOT NULL);    -- when anything but elapsed_s and last_seen changed

CREATE TABLE job_events (           -- append only: one row a change of state
    cluster VARCHAR NOT NULL, job_id_raw VARCHAR NOT NULL, submit_time TIMESTAMP, job_id VARCHAR NOT NULL,
    at_time TIMESTAMP NOT NULL, old_state VARCHAR, state VARCHAR NOT NULL, reason VARCHAR NOT NULL,
    evidence VARCHAR NOT NULL);

CREATE TABLE nodes (                -- unique: cluster, name; replaced as a whole, cluster by cluster
    cluster VARCHAR NOT NULL, name VARCHAR NOT NULL, state VARCHAR NOT NULL, flags VARCHAR[] NOT NULL,
    reason VARCHAR NOT NULL, partitions VARCHAR[] NOT NULL, features VARCHAR[] NOT NULL,
    cpus INTEGER NOT NULL, cpus_alloc INTEGER NOT NULL, memory_mib BIGINT NOT NULL,
    memory_alloc_mib BIGINT NOT NULL, gpus INTEGER NOT NULL, gpus_alloc INTEGER NOT NULL,
    gpu_type VARCHAR NOT NULL, gres VARCHAR NOT NULL, gres_used VARCHAR NOT NULL, as_of TIMESTAMP NOT NULL);

CREATE TABLE partitions (           -- unique: cluster, name; replaced as a whole, cluster by cluster
    cluster VARCHAR NOT NULL, name VARCHAR NOT NULL, state VARCHAR NOT NULL, is_default BOOLEAN NOT NULL,
    time_limit_s BIGINT, nodes INTEGER NOT NULL, nodes_alloc INTEGER NOT NULL, nodes_idle INTEGER NOT NULL,
    nodes_other INTEGER NOT NULL, cpus INTEGER NOT NULL, gpus INTEGER NOT NULL, gpu_type VARCHAR NOT NULL,
    as_of TIMESTAMP NOT NULL);

CREATE TABLE cluster_state (        -- unique: cluster
    cluster VARCHAR NOT NULL,
    user_name VARCHAR NOT NULL,     -- who we are there
    slurm_version VARCHAR NOT NULL, -- '' until it told
    dialect JSON NOT NULL,          -- which fields and features this version has; see slurm.dialect
    accounting VARCHAR NOT NULL,    -- 'yes', 'no', '' while unknown
    jobs_as_of TIMESTAMP, nodes_as_of TIMESTAMP,
    accounted_until TIMESTAMP,      -- the end of the last sacct window that was answered
    last_attempt TIMESTAMP, last_error VARCHAR NOT NULL, error_kind VARCHAR NOT NULL, error_since TIMESTAMP,
    warning VARCHAR NOT NULL,       -- what works only in part, in words; e.g. accounting is down
    failures INTEGER NOT NULL,      -- in a row
    next_attempt TIMESTAMP);        -- back-off: no poll before

CREATE TABLE polls (                -- append only, pruned after a day: what we cost each cluster
    cluster VARCHAR NOT NULL, at_time TIMESTAMP NOT NULL, commands INTEGER NOT NULL, answer_bytes BIGINT NOT NULL,
    duration_s DOUBLE NOT NULL, error_kind VARCHAR NOT NULL);

CREATE TABLE audit (                -- append only: every change of a cluster or of our configuration
    at_time TIMESTAMP NOT NULL, actor VARCHAR NOT NULL, action VARCHAR NOT NULL, cluster VARCHAR NOT NULL,
    target VARCHAR NOT NULL, outcome VARCHAR NOT NULL, detail VARCHAR NOT NULL);
"""

_V2 = """
ALTER TABLE jobs ADD COLUMN run_id VARCHAR;         -- NULL: not grouped yet
ALTER TABLE jobs ADD COLUMN run_key VARCHAR;        -- the name without its stage, by which jobs find each other
ALTER TABLE jobs ADD COLUMN project VARCHAR;
ALTER TABLE jobs ADD COLUMN campaign VARCHAR;
ALTER TABLE jobs ADD COLUMN hidden_state VARCHAR;   -- not shown on the board while this is its state
ALTER TABLE jobs ADD COLUMN pinned BOOLEAN;         -- stays on the board, however long ago it ended

CREATE TABLE job_dependencies (     -- unique: cluster, job_id_raw, submit_time, kind, on_job_id
    cluster VARCHAR NOT NULL, job_id_raw VARCHAR NOT NULL, submit_time TIMESTAMP, kind VARCHAR NOT NULL,
    on_job_id VARCHAR NOT NULL,     -- as Slurm printed it: '123', '123_4', '123_*'; '' for singleton
    on_base VARCHAR NOT NULL,       -- the number in front
    delay_min INTEGER NOT NULL, is_any BOOLEAN NOT NULL,
    first_seen TIMESTAMP NOT NULL); -- kept when Slurm forgets it, which it does when it is fulfilled

CREATE TABLE runs (                 -- unique: cluster, run_id
    cluster VARCHAR NOT NULL, run_id VARCHAR NOT NULL, root_job_id VARCHAR NOT NULL, name VARCHAR NOT NULL,
    run_key VARCHAR NOT NULL, explicit VARCHAR NOT NULL, user_name VARCHAR NOT NULL, project VARCHAR NOT NULL,
    campaign VARCHAR NOT NULL, first_submit TIMESTAMP,
    starred BOOLEAN NOT NULL, notes VARCHAR NOT NULL,
    captured_at TIMESTAMP,          -- when what follows was asked for; it is asked once
    capture_error VARCHAR NOT NULL, batch_script VARCHAR NOT NULL, submit_command VARCHAR NOT NULL,
    work_dir VARCHAR NOT NULL, slurm_config VARCHAR NOT NULL,
    created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL);

CREATE TABLE projects (             -- unique: name
    name VARCHAR NOT NULL, prefix VARCHAR NOT NULL, colour VARCHAR NOT NULL, emoji VARCHAR NOT NULL,
    merged_into VARCHAR NOT NULL,   -- '' for one that stands for itself
    created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL);

CREATE TABLE rules (                -- unique: kind, position: lists that people configure; see store.rules
    kind VARCHAR NOT NULL, position INTEGER NOT NULL, rule JSON NOT NULL, updated TIMESTAMP NOT NULL);

CREATE TABLE job_stats (            -- append only: what a job used at one moment
    cluster VARCHAR NOT NULL, job_id_raw VARCHAR NOT NULL, submit_time TIMESTAMP, at_time TIMESTAMP NOT NULL,
    source VARCHAR NOT NULL, gpu_util DOUBLE, gpu_memory_mib BIGINT, gpu_memory_total_mib BIGINT, cpu_util DOUBLE,
    rss_mib BIGINT, max_rss_mib BIGINT, per_gpu JSON NOT NULL);
"""

_V3 = """
ALTER TABLE jobs ADD COLUMN group_name VARCHAR;         -- the Unix group
ALTER TABLE jobs ADD COLUMN total_cpu_s DOUBLE;         -- CPU seconds used, all steps; NULL: not known
ALTER TABLE jobs ADD COLUMN ave_cpu_s DOUBLE;           -- of the mean task of the step that used most
ALTER TABLE jobs ADD COLUMN max_rss_mib BIGINT;         -- of the whole job: MaxRSS x tasks, as seff
ALTER TABLE jobs ADD COLUMN gpu_util DOUBLE;            -- per cent, mean over its GPUs
ALTER TABLE jobs ADD COLUMN gpu_memory_mib BIGINT;      -- the greatest, over all its GPUs
ALTER TABLE jobs ADD COLUMN disk_read_mib DOUBLE;
ALTER TABLE jobs ADD COLUMN disk_written_mib DOUBLE;
ALTER TABLE jobs ADD COLUMN energy_j BIGINT;
ALTER TABLE jobs ADD COLUMN used_at TIMESTAMP;          -- when its steps were folded in; NULL: never

ALTER TABLE runs ADD COLUMN environment VARCHAR;        -- what was asked for beside the script; NULL: not asked

CREATE TABLE start_estimates (      -- append only: what Slurm expected of a waiting job, where it changed its mind
    cluster VARCHAR NOT NULL, job_id_raw VARCHAR NOT NULL, submit_time TIMESTAMP, at_time TIMESTAMP NOT NULL,
    estimate TIMESTAMP NOT NULL);

CREATE TABLE backfills (            -- append only: windows of accounting that were answered as a whole
    cluster VARCHAR NOT NULL, all_users BOOLEAN NOT NULL, window_start TIMESTAMP NOT NULL,
    window_end TIMESTAMP NOT NULL, jobs BIGINT NOT NULL, at_time TIMESTAMP NOT NULL);

CREATE TABLE api_keys (             -- unique: key_id
    key_id VARCHAR NOT NULL, kind VARCHAR NOT NULL,     -- 'ingest', 'deploy'
    host VARCHAR NOT NULL,          -- whose jobs it may send
    digest VARCHAR NOT NULL,        -- SHA-256 of the key, which is random and long; the key itself is kept nowhere
    created TIMESTAMP NOT NULL, expires TIMESTAMP, last_used TIMESTAMP, revoked TIMESTAMP);

CREATE TABLE saved_filters (        -- unique: page, name
    page VARCHAR NOT NULL, name VARCHAR NOT NULL, query VARCHAR NOT NULL, created TIMESTAMP NOT NULL);
"""

MIGRATIONS: tuple[str, ...] = (_V1, _V2, _V3)
"""Step i (from 0) brings version i to i + 1. The table schema_version is kept by `migrations`."""

SCHEMA_VERSION = len(MIGRATIONS)
