"""Invent finished jobs in the accounting database, for sacct and sreport over a long past.

Rows go straight into <cluster>_job_table and <cluster>_step_table (LOAD DATA); their ids end below FirstJobId of
slurm.conf, so that they never meet real jobs. The hidden `sacctmgr rollup START` then makes sreport's figures.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .clusters import CLUSTERS, Cluster
from .database import mysql, slurm_env
from .layout import ROOT
from .people import ids_of
from .process import BedError, run, say

__all__ = ["add_arguments", "main"]

NO_TASK = 4294967294
PROJECTS = (  # project, account, users, campaigns, weight
    ("llm7b", "nlp", ("alice", "carol"), ("pretrain-v1", "pretrain-v2", "sft-mix1", "sft-mix2", "evalsweep"), 5),
    ("rerank", "nlp", ("alice",), ("distil", "hardneg", "crosslingual"), 2),
    ("depthnet", "vision", ("bob", "alice"), ("abl-lr", "abl-aug", "kitti", "nyu2"), 4),
    ("segany", "vision", ("bob",), ("finetune", "prompt-abl"), 3),
    ("grasp", "robotics", ("carol",), ("sim2real", "domrand", "force"), 3),
)
STATES = (  # state, Slurm's number for it, exit status as waitpid gives it, weight
    ("COMPLETED", 3, 0, 78),
    ("FAILED", 5, 256, 9),
    ("CANCELLED", 4, 15, 5),
    ("TIMEOUT", 6, 0, 3),
    ("OUT_OF_MEMORY", 11, 125, 2),
    ("NODE_FAIL", 7, 0, 1),
    ("PREEMPTED", 8, 0, 2),
)
JOB_COLUMNS = (
    "job_db_inx mod_time account cpus_req derived_ec exit_code flags job_name id_assoc id_array_job id_array_task "
    "id_job id_qos id_resv id_wckey id_user id_group het_job_id het_job_offset kill_requid state_reason_prev "
    "mem_req nodelist nodes_alloc node_inx partition priority state timelimit time_submit time_eligible "
    "time_start time_end work_dir submit_line tres_alloc tres_req"
)
STEP_COLUMNS = (
    "job_db_inx exit_code id_step nodelist nodes_alloc node_inx state step_name task_cnt time_start time_end "
    "user_sec sys_sec tres_alloc tres_usage_in_ave tres_usage_in_max tres_usage_in_tot"
)


def _rows(sql: str) -> list[list[str]]:
    return [line.split("\t") for line in mysql(f"use slurm_acct_db; {sql}").stdout.splitlines()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The database's own numbers for what jobs name."""

    gpu: str
    typed_gpu: str
    associations: dict[tuple[str, str], str]
    qos: dict[str, str]

    @classmethod
    def of(cls, cluster: Cluster) -> Numbers:
        tres = {tuple(row[1:]): row[0] for row in _rows("select id,type,name from tres_table where deleted=0")}
        people = f"select id_assoc,user,acct from {cluster.name}_assoc_table where deleted=0 and user<>''"
        return cls(
            gpu=tres["gres", "gpu"],
            typed_gpu=tres["gres", f"gpu:{cluster.gpu_type}"],
            associations={(user, account): number for number, user, account in _rows(people)},
            qos={name: number for number, name in _rows("select id,name from qos_table where deleted=0")},
        )


@dataclass(slots=True, kw_only=True)
class Batch:
    """One submission: a job alone, or an array whose tasks share everything but their fate."""

    user: str
    account: str
    name: str
    gpus: int
    nodes: int
    cpus: int
    memory_mib: int
    partition: str
    qos: str
    limit_min: int
    submit: int
    tasks: int


class Inventor:
    """Makes rows for one cluster, deterministic for a seed."""

    def __init__(self, cluster: Cluster, rng: random.Random) -> None:
        self.cluster, self.rng, self.now = cluster, rng, int(time.time())
        self.numbers = Numbers.of(cluster)
        self.jobs: list[Sequence[object]] = []
        self.steps: list[Sequence[object]] = []
        self.next_index = int(_rows(f"select coalesce(max(job_db_inx),0) from {cluster.name}_job_table")[0][0]) + 1

    def submit_times(self, count: int, days: int) -> list[int]:
        """Busier by day, quiet at weekends."""
        times: list[int] = []
        while len(times) < count:
            moment = self.now - self.rng.random() * days * 86400 - 3600
            local = datetime.fromtimestamp(moment)
            day = 0.35 + 0.65 * math.exp(-(((local.hour - 14) / 5) ** 2))
            if self.rng.random() < day * (0.35 if local.weekday() > 4 else 1):
                times.append(int(moment))
        return sorted(times)

    def batch(self, submit: int) -> Batch:
        rng, spec = self.rng, self.cluster
        project, account, users, campaigns, _ = rng.choices(PROJECTS, [row[-1] for row in PROJECTS])[0]
        suffix = rng.choices(["", "-judge-rs", "-summarize-results"], [8, 1, 1])[0]
        gpus = 0 if suffix else rng.choices([0, 1, 2, 4, spec.gpus_per_node], [3, 4, 3, 2, 2])[0]
        nodes = 2 if gpus == spec.gpus_per_node and rng.random() < 0.3 else 1
        main = spec.partition_names[0]
        return Batch(
            user=rng.choice(users),
            account=account,
            name=f"{project}_{rng.choice(campaigns)}_r{rng.randint(1, 400):03d}{suffix}",
            gpus=gpus,
            nodes=nodes,
            cpus=4 * gpus * nodes if gpus else rng.choice([1, 2, 4, 8]),
            memory_mib=32768 * gpus if gpus else rng.choice([2048, 8192, 16384]),
            partition=main if gpus or spec.name != "alpha" else "cpu",
            qos=rng.choices(["normal", "high", "scavenger"], [8, 1, 1])[0],
            limit_min=30 if suffix else rng.choice([60, 240, 720, 1440, 2880]),
            submit=submit,
            tasks=rng.choices([1, rng.randint(4, 32)], [9, 1])[0],
        )

    def _span(self, batch: Batch, state: str) -> tuple[int, int]:
        rng = self.rng
        start = batch.submit + int(rng.expovariate(1 / (1800 if batch.gpus else 120)))
        run_s = int(min(batch.limit_min * 60 - 1, max(5, rng.lognormvariate(6.8 if batch.gpus else 4.5, 1.4))))
        run_s = batch.limit_min * 60 if state == "TIMEOUT" else run_s
        if start + run_s < self.now:
            return start, start + run_s
        return batch.submit, max(batch.submit + 1, min(self.now - 60, batch.submit + run_s))

    def _place(self, batch: Batch) -> tuple[str, int]:
        group = self.cluster.groups[0 if batch.gpus or self.cluster.name != "alpha" else 1]
        at = self.rng.randrange(group.count - batch.nodes + 1)
        if batch.nodes == 1:
            return group.names[at], at
        return f"{group.prefix}[{at + 1:02d}-{at + batch.nodes:02d}]", at

    def add(self, batch: Batch, job_id: int, array_id: int, task: int) -> None:
        """One job row and its steps."""
        state, code, status, _ = self.rng.choices(STATES, [row[-1] for row in STATES])[0]
        start, end = self._span(batch, state)
        place, at = self._place(batch)
        uid, gid = ids_of(batch.user)
        gpus = batch.gpus * batch.nodes
        gres = f",{self.numbers.gpu}={gpus},{self.numbers.typed_gpu}={gpus}" if gpus else ""
        billing = max(1, batch.cpus // 4 + 10 * gpus)
        tres = f"1={batch.cpus},2={batch.memory_mib * batch.nodes},4={batch.nodes},5={billing}{gres}"
        flags = f" --gres=gpu:{self.cluster.gpu_type}:{batch.gpus} -N {batch.nodes}" if gpus else ""
        base = batch.name.split("-judge")[0].split("-summarize")[0]
        line = f"sbatch -J {base} -A {batch.account} -p {batch.partition}{flags} -t {batch.limit_min} train.sh"
        index = self.next_index
        self.next_index += 1
        killer = uid if state == "CANCELLED" else "\\N"
        names = (batch.account, batch.cpus, status if state == "FAILED" else 0, status, 20, batch.name)
        ids = (self.numbers.associations[batch.user, batch.account], array_id, task, job_id)
        who = (self.numbers.qos[batch.qos], 0, 0, uid, gid, 0, NO_TASK, killer, 0, batch.memory_mib)
        where = (place, batch.nodes, at, batch.partition, self.rng.randint(500, 9000), code, batch.limit_min)
        when = (batch.submit, batch.submit, start, end, f"/home/{batch.user}", line)
        asked = (f"{tres},3=18446744073709551614", tres)
        self.jobs.append((index, end, *names, *ids, *who, *where, *when, *asked))
        self._add_steps(index, batch, status, code, (place, batch.nodes, at), (start, end), tres)

    def _add_steps(
        self,
        index: int,
        batch: Batch,
        status: int,
        code: int,
        place: tuple[str, int, int],
        span: tuple[int, int],
        tres: str,
    ) -> None:
        rng, run_s = self.rng, span[1] - span[0]
        rss = int(batch.memory_mib * 1048576 * min(0.98, rng.random()))
        cpu_ms = int(run_s * batch.cpus * rng.random() * 900)
        use = f"1={cpu_ms},2={rss},3=0,6={rng.randint(10**6, 10**10)},7={int(rss * 1.3)},8=0"
        times = (int(run_s * batch.cpus * 0.8), int(run_s * batch.cpus * 0.05))
        steps = [(-5, "batch"), (0, "python")][: 2 if rng.random() < 0.25 else 1]
        for number, name in steps:
            self.steps.append(
                (index, status, number, *place, code, name, batch.nodes, *span, *times, tres, use, use, use)
            )

    def invent(self, count: int, days: int) -> int:
        """Fill `jobs` and `steps`; the earliest submit time."""
        first = self.cluster.first_job - count
        times = self.submit_times(count, days)
        while len(self.jobs) < count:
            done = len(self.jobs)
            batch = self.batch(times[done])
            for task in range(min(batch.tasks, count - done)):
                array = first + done if batch.tasks > 1 else 0
                self.add(batch, first + done + task, array, task if array else NO_TASK)
        return times[0]


def _load(table: str, columns: str, rows: Sequence[Sequence[object]]) -> None:
    path: Path = ROOT / "run" / f"{table}.tsv"
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    names = ",".join(f"`{column}`" for column in columns.split())
    fast = "set unique_checks=0, foreign_key_checks=0"
    sql = f"{fast}; load data local infile '{path}' into table {table} ({names})"
    client = ["mariadb", "--no-defaults", "--local-infile=1", "-u", "root", "-S", ROOT / "run/mysql/mysqld.sock"]
    run([*client, "slurm_acct_db", "-e", sql], timeout_s=1800)
    path.unlink()


def clear(cluster: Cluster) -> None:
    """Remove the invented jobs."""
    name, first = cluster.name, cluster.first_job
    _rows(
        f"delete s from {name}_step_table s join {name}_job_table j using (job_db_inx) where j.id_job < {first}; "
        f"delete from {name}_job_table where id_job < {first};"
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `history`."""
    parser.add_argument("--cluster", choices=list(CLUSTERS), default="alpha")
    parser.add_argument("--jobs", type=int, default=10000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--no-rollup", action="store_true", help="sreport will not know of them")
    parser.add_argument("--clear", action="store_true", help="remove the invented jobs instead")


def main(options: argparse.Namespace) -> None:
    """Invent, load, roll up."""
    cluster = CLUSTERS[options.cluster]
    if options.clear:
        clear(cluster)
        return
    name = cluster.name
    if int(_rows(f"select count(*) from {name}_job_table where id_job < {cluster.first_job}")[0][0]):
        raise BedError(f"{name} has invented jobs already; run with --clear first")
    begun = time.monotonic()
    inventor = Inventor(cluster, random.Random(options.seed))
    earliest = inventor.invent(options.jobs, options.days)
    _load(f"{name}_job_table", JOB_COLUMNS, inventor.jobs)
    _load(f"{name}_step_table", STEP_COLUMNS, inventor.steps)
    # the cluster must count as registered during that past, or sreport shows no capacity for it
    _rows(
        f"update {name}_event_table set time_start=least(time_start,{earliest - 3600}) where node_name='' "
        f"order by time_start limit 1; analyze table {name}_job_table, {name}_step_table;"
    )
    if not options.no_rollup:
        start = datetime.fromtimestamp(earliest - 7200).strftime("%Y-%m-%dT%H:00:00")
        run(["sacctmgr", "-i", "rollup", start], env=slurm_env(name), timeout_s=1800)
    say(f"{name}: {len(inventor.jobs)} jobs, {len(inventor.steps)} steps in {time.monotonic() - begun:.1f} s")
