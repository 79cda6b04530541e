"""Fill a fresh bed with a realistic load: some 280 submissions (300+ array tasks) over both clusters.

Names follow <project>_<campaign>_<run>; evaluation chains add -judge-rs and -summarize-results. Made on purpose:

* ended: COMPLETED, FAILED (traceback, CUDA out of memory, NCCL, segfault), OUT_OF_MEMORY, TIMEOUT, CANCELLED, and
  PREEMPTED or asking for a requeue, then run again;
* RUNNING for hours with a growing log; arrays, a heterogeneous job, chains;
* PENDING for every reason a person meets: Resources, Priority, Dependency, DependencyNeverSatisfied, JobHeldUser,
  JobHeldAdmin, QOSMaxJobsPerUserLimit, AssocGrp*, AssocMaxJobsLimit, BeginTime, JobArrayTaskLimit, ReqNodeNotAvail
  (drained node; maintenance), PartitionDown, PartitionTimeLimit, Licenses.
"""

from __future__ import annotations

import argparse
import random
import shlex
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from .clusters import CLUSTERS
from .controllers import answers
from .database import slurm_env
from .layout import HERE, ROOT
from .namespaces import have_namespaces, inside
from .process import BedError, run, say

__all__ = ["add_arguments", "main"]

SCRIPTS = ("judge.sh", "multinode.sh", "summarize.sh", "train.sh")
PROJECTS = {  # project: account, users, campaigns
    "llm7b": ("nlp", ("alice", "carol"), ("pretrain-v3", "sft-mix2", "evalsweep")),
    "rerank": ("nlp", ("alice",), ("distil", "hardneg")),
    "depthnet": ("vision", ("bob", "alice"), ("abl-lr", "kitti", "nyu2")),
    "segany": ("vision", ("bob",), ("finetune", "prompt-abl")),
    "grasp": ("robotics", ("carol",), ("sim2real", "domrand")),
}
CRASHES = ("traceback",) * 5 + ("cudaoom",) * 4 + ("nccl",) * 2 + ("segv", "hostoom")
HELD_BY_ADMIN = "llm7b_sft-mix2_adm0"


def as_root(cluster: str, *argv: str, check: bool = True) -> str:
    """What a command of root's says, from outside the machines."""
    return run(argv, check=check, env=slurm_env(cluster)).stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How sbatch is told about GPUs and CPUs on one cluster."""

    cluster: str
    gpu_type: str
    per_node: int

    @property
    def is_alpha(self) -> bool:
        return self.cluster == "alpha"

    @property
    def cpu_partition(self) -> str:
        return "-p cpu" if self.is_alpha else "-p batch"

    def gpus(self, count: int) -> str:
        cpus, memory = (4, 32) if self.is_alpha else (2, 24)
        return f"--gres=gpu:{self.gpu_type}:{count} -c {cpus * count} --mem={memory * count}G"


class Plan:
    """The jobs of one cluster: a shell script for each user, so that a job can name others by variable."""

    def __init__(self, cluster: str) -> None:
        self.cluster = cluster
        self.count = 0
        self.phases: list[defaultdict[str, list[str]]] = [defaultdict(list)]
        self.until: list[str] = [""]

    def next_phase(self, until: Literal["ended", "running"]) -> None:
        """What follows is submitted only once the jobs so far have ended, or run."""
        self.until[-1] = until
        self.until.append("")
        self.phases.append(defaultdict(list))

    def job(
        self,
        user: str,
        project: str,
        campaign: str,
        tail: str,
        options: str,
        *,
        script: str = "train.sh",
        secs: int = 5,
        kind: str = "ok",
        after: str = "",
    ) -> str:
        """Plan one submission; the shell variable that will hold its id. `after` may use such variables."""
        self.count += 1
        key = f"J{self.count}"
        logs = f"/mnt/projects/{project}/{campaign}"
        if not have_namespaces():
            logs = f"{ROOT}/{self.cluster}{logs}"
        name = f"{project}_{campaign}{tail}"
        out = f"{logs}/%x-%A_%a.out" if "--array" in options else f"{logs}/%x-%j.out"
        err = f" -e {out[:-4]}.err" if self.count % 5 == 0 else ""  # some have a stderr file of their own
        submit = (
            f"KIND={kind} SECS={secs} sbatch --parsable -J {shlex.quote(name)} -A {PROJECTS[project][0]} "
            f"-o {out}{err} {options} {after} ~/scripts/{script} 2>>~/seed.err"
        )
        self.shell(
            user, f"mkdir -p -m 1777 {logs}; {key}=$({submit}) && echo {key} ${key} || echo {key} FAILED {name}"
        )
        return key

    def shell(self, user: str, line: str) -> None:
        """A line of shell in the user's script."""
        self.phases[-1][user].append(line)

    def submit(self, *, wait_s: float = 45) -> list[str]:
        """Submit phase by phase; the lines of those that sbatch refused."""
        head = "umask 022\nmkdir -p ~/scripts\n"
        for name in SCRIPTS:
            head += f"cat > ~/scripts/{name} <<'EOF_SCRIPT'\n{(HERE / 'scripts' / name).read_text()}EOF_SCRIPT\n"
        head += "chmod +x ~/scripts/*\n"

        def of_user(entry: tuple[str, list[str]]) -> str:
            user, lines = entry
            text = head + "\n".join(lines) + "\n"
            return inside(self.cluster, ["bash", "-s"], user=user, stdin=text, check=False, timeout_s=300).stdout

        refused = []
        for phase, until in zip(self.phases, self.until, strict=True):
            with ThreadPoolExecutor(4) as pool:
                lines = "".join(pool.map(of_user, phase.items())).splitlines()
            refused += [line for line in lines if line.startswith("J") and " FAILED " in line]
            end = time.monotonic() + wait_s
            while until and time.monotonic() < end and not self._settled(until):
                time.sleep(0.5)
        return refused

    def _settled(self, until: str) -> bool:
        rows = [line.split(" ", 1) for line in as_root(self.cluster, "squeue", "-h", "-o", "%t %r").splitlines()]
        if any(state == "PD" and reason in ("None", "Priority", "Resources") for state, reason in rows):
            return False
        return until == "running" or sum(state in ("R", "CG") for state, _ in rows) <= 1


def _chain(
    plan: Plan, user: str, project: str, campaign: str, runs: int, options: str, *, secs: int, second: str = "ok"
) -> None:
    """Evaluation runs, a judge after each, one summary after all the judges."""
    judges = []
    for number in range(1, runs + 1):
        kind = second if number == 2 else "ok"
        tail = f"_r{number:02d}"
        first = plan.job(user, project, campaign, tail, f"{options} -t 02:00:00", secs=secs, kind=kind)
        judge = f"{tail}-judge-rs"
        judges.append(
            plan.job(
                user,
                project,
                campaign,
                judge,
                "-c 2 --mem=4G -t 30",
                script="judge.sh",
                after=f"-d afterok:${first}",
            )
        )
    after = "-d afterany:" + ":".join(f"${judge}" for judge in judges)
    plan.job(
        user, project, campaign, "-summarize-results", "-c 1 --mem=2G -t 10", script="summarize.sh", after=after
    )


def _ended(plan: Plan, kind: Kind, rng: random.Random) -> None:
    """A history of good and bad ends."""
    for number in range(30):
        project = rng.choice(list(PROJECTS))
        _, users, campaigns = PROJECTS[project]
        size = rng.choice([kind.gpus(1), kind.gpus(2), "-c 2 --mem=4G"])
        plan.job(
            rng.choice(users),
            project,
            rng.choice(campaigns),
            f"_r{number:02d}",
            f"{size} -t 20",
            secs=rng.randint(1, 6),
        )
    for number, crash in enumerate(CRASHES):
        project = rng.choice(["llm7b", "depthnet", "segany", "rerank"])
        _, users, campaigns = PROJECTS[project]
        size = "-c 1 --mem=200M" if crash == "hostoom" else kind.gpus(1)
        plan.job(
            rng.choice(users),
            project,
            rng.choice(campaigns),
            f"_r{40 + number}",
            f"{size} -t 20",
            secs=rng.randint(1, 4),
            kind=crash,
        )
    plan.job("alice", "rerank", "distil", "_flaky", "-c 1 --mem=1G -t 10", kind="requeue", secs=1)
    plan.job("bob", "depthnet", "kitti", "_r90", f"{kind.gpus(1)} -t 1", secs=4000)  # TIMEOUT after a minute
    key = plan.job("bob", "segany", "finetune", "_r91", f"{kind.gpus(1)} -t 60", secs=4000)
    plan.shell("bob", f"sleep 1; scancel ${key}")
    _chain(plan, "alice", "rerank", "hardneg", 3, kind.gpus(1), secs=2)
    _chain(plan, "alice", "llm7b", "evalsweep", 3, kind.gpus(1), secs=2, second="traceback")


def _preemptible(plan: Plan, kind: Kind, rng: random.Random) -> None:
    """What the running jobs push out, and what an account's limit holds back."""
    partition = "-p scavenge " if kind.is_alpha else ""
    for number in range(3):
        options = f"{kind.gpus(kind.per_node // 2)} --qos=scavenger {partition}-t 12:00:00"
        plan.job("bob", "segany", "prompt-abl", f"_s{number}", options, secs=20000)
    size = f"{kind.gpus(1)} -c 1" if kind.is_alpha else "-c 1 --mem=2G"
    for number in range(7):  # AssocGrpCpuLimit, AssocGrpGRES on alpha; AssocMaxJobsLimit on beta
        plan.job("carol", "grasp", "domrand", f"_g{number}", f"{size} -t 5:00:00", secs=rng.randint(2000, 15000))


def _running(plan: Plan, kind: Kind, rng: random.Random) -> None:
    for number in range(2):
        options = f"--nodes=1 {kind.gpus(kind.per_node)} -t 20:00:00"
        plan.job("alice", "llm7b", "pretrain-v3", f"_main{number}", options, secs=50000)
    half = f"--gres=gpu:{kind.gpu_type}:{kind.per_node // 2} -c 8 --mem=64G"
    two = f"-N 2 --ntasks-per-node=1 {half} -t 20:00:00"
    plan.job("alice", "llm7b", "pretrain-v3", "_dist0", two, script="multinode.sh")
    for number in range(10):
        project = rng.choice(["depthnet", "segany"])
        options = f"{kind.gpus(rng.choice([1, 2, 2, 4]))} -t {rng.randint(2, 20)}:00:00"
        campaign = rng.choice(PROJECTS[project][2])
        plan.job("bob", project, campaign, f"_r{50 + number}", options, secs=rng.randint(3000, 40000))
    for number in range(5):
        options = f"{kind.cpu_partition} -c 2 --mem=2G -t 5:00:00"
        plan.job("carol", "grasp", "sim2real", f"_r{number:02d}", options, secs=rng.randint(2000, 15000))


def _arrays_and_chains(plan: Plan, kind: Kind, rng: random.Random) -> None:
    cpu = kind.cpu_partition
    plan.job("alice", "rerank", "distil", "_sweep", f"--array=0-31%4 {cpu} -c 1 --mem=1G -t 1:00:00", secs=900)
    plan.job("bob", "depthnet", "abl-lr", "_grid", f"--array=1-12 {kind.gpus(1)} -t 3:00:00", secs=9000)
    plan.job("carol", "llm7b", "sft-mix2", "_seeds", f"--array=0,3,7,11-13 {cpu} -c 2 --mem=2G -t 30", secs=3)
    # squeue cuts the ids of this one at 64 characters
    holes = ",".join(str(task) for task in sorted(rng.sample(range(500), 60)))
    plan.job("bob", "segany", "finetune", "_holes", f"--array={holes} --hold -c 1 --mem=1G -t 30")
    het = f"-n1 -c 2 --mem=4G -t 2:00:00 : -n1 {kind.gpus(1)}"
    plan.job("alice", "llm7b", "sft-mix2", "_het", het, secs=7000)
    _chain(plan, "alice", "llm7b", "evalsweep", 6, kind.gpus(2), secs=3600)
    _chain(plan, "bob", "depthnet", "nyu2", 4, kind.gpus(1), secs=1800)
    _chain(plan, "carol", "llm7b", "evalsweep", 3, f"{kind.gpus(1)} --comment='carol re-eval'", secs=1200)


def _waiting(plan: Plan, kind: Kind) -> None:
    """Each waits for a reason of its own."""
    small = "-c 1 --mem=1G"
    for number in range(7):
        options = f"{kind.cpu_partition} {small} --qos=high -t 2:00:00"
        plan.job("alice", "rerank", "hardneg", f"_u{number}", options, secs=7000)
    for number in range(3):
        plan.job("bob", "segany", "finetune", f"_h{number}", f"{kind.gpus(1)} --hold -t 2:00:00")
    # root holds this one afterwards
    plan.job("carol", "llm7b", "sft-mix2", "_adm0", f"--begin=now+1hour {small} -t 2:00:00")
    tonight = f"{kind.gpus(kind.per_node)} --begin=now+6hours -t 10:00:00"
    plan.job("alice", "llm7b", "pretrain-v3", "_tonight", tonight)
    node = "alpha-gpu04" if kind.is_alpha else "beta-n03"
    plan.job("bob", "depthnet", "kitti", "_onnode", f"{kind.gpus(1)} -w {node} -t 1:00:00", secs=600)
    gpus = f"--gres=gpu:{kind.gpu_type}:{kind.per_node}"
    huge = f"-N 4 --ntasks-per-node=1 {gpus} -t {'1-16' if kind.is_alpha else '20'}:00:00"
    plan.job("alice", "llm7b", "pretrain-v3", "_huge", huge, script="multinode.sh")
    if kind.is_alpha:
        for number in range(4):
            licence = f"-p cpu {small} -L matlab:1 -t 3:00:00"
            plan.job("alice", "rerank", "distil", f"_lic{number}", licence, secs=9000)
        plan.job("alice", "llm7b", "sft-mix2", "_toolong", f"{kind.gpus(1)} -t 5-00:00:00")
        for number in range(3):  # the QOS of the partition allows one a user
            plan.job("bob", "segany", "prompt-abl", f"_dbg{number}", f"-p debug {small} -t 25", secs=1400)
    else:
        plan.job("alice", "rerank", "distil", "_oldpart", f"-p retired {small} -t 5")
        plan.job("bob", "segany", "finetune", "_fat", "-p bigmem -c 32 --mem=1000G -t 3:00:00", secs=9000)
        plan.job("bob", "segany", "finetune", "_fat2", "-p bigmem -c 48 --mem=1500G -t 3:00:00", secs=9000)


def make_plan(cluster: str, rng: random.Random) -> Plan:
    """All submissions for one cluster."""
    spec = CLUSTERS[cluster]
    kind = Kind(cluster=cluster, gpu_type=spec.gpu_type, per_node=spec.gpus_per_node)
    plan = Plan(cluster)
    _ended(plan, kind, rng)
    plan.next_phase("ended")
    _preemptible(plan, kind, rng)
    plan.next_phase("running")
    _running(plan, kind, rng)
    _arrays_and_chains(plan, kind, rng)
    _waiting(plan, kind)
    return plan


def _reserve(cluster: str, name: str, *what: str) -> None:
    words = [f"reservationname={name}", *what]
    as_root(cluster, "scontrol", "create", "reservation", *words, check=False)


def _wait_for_reasons(cluster: str, *, patience_s: float = 30) -> None:
    """Until the scheduler has looked at every waiting job and said why it waits."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end and "None" in as_root(cluster, "squeue", "-h", "-t", "PD", "-o", "%r").split(
        "\n"
    ):
        time.sleep(0.5)


def _tell(cluster: str) -> None:
    queue = Counter(as_root(cluster, "squeue", "-h", "-r", "-o", "%T %r").splitlines())
    ended = Counter(line.split()[0] for line in as_root(cluster, "sacct", "-anXP", "-o", "state").splitlines())
    say(f"{cluster}: queue", "; ".join(f"{count} {what}" for what, count in sorted(queue.items())))
    say(f"{cluster}: accounting", dict(sorted(ended.items())))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `seed`."""
    parser.add_argument("--seed", type=int, default=7)


def main(options: argparse.Namespace) -> None:
    """Submit everything and tell what the queues look like."""
    begun = time.monotonic()
    if not all(answers(cluster) for cluster in CLUSTERS):
        raise BedError("the bed is not up")
    drain = "reason=ECC errors on gpu2 (ticket 4711)"
    as_root("beta", "scontrol", "update", "nodename=beta-n03", "state=drain", drain)
    maintenance = ("starttime=now+30hours", "duration=04:00:00", "nodes=alpha-gpu[01-04]", "users=root")
    _reserve("alpha", "maint_q4", *maintenance, "flags=maint,ignore_jobs")
    _reserve("beta", "tutorial", "starttime=now+4hours", "duration=02:00:00", "nodes=beta-n04", "users=bob")
    rng = random.Random(options.seed)
    plans = [make_plan(cluster, rng) for cluster in CLUSTERS]
    with ThreadPoolExecutor(2) as pool:
        refused = list(pool.map(Plan.submit, plans))
    for plan, lines in zip(plans, refused, strict=True):
        for job in as_root(plan.cluster, "squeue", "-h", "-n", HELD_BY_ADMIN, "-o", "%A").split():
            as_root(plan.cluster, "scontrol", "hold", job)
        say(f"{plan.cluster}: {plan.count - len(lines)} submissions", *(f"\n  REFUSED {line}" for line in lines))
    as_root(
        "alpha",
        "scontrol",
        "update",
        "nodename=alpha-gpu04",
        "state=drain",
        "reason=planned reboot after jobs end",
    )
    for cluster in CLUSTERS:
        _wait_for_reasons(cluster)
        _tell(cluster)
    say(f"seeded in {time.monotonic() - begun:.1f} s")
