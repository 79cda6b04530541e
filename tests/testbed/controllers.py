"""slurmctld and slurmd of both clusters, and whether they are well."""

from __future__ import annotations

import time

from .clusters import CLUSTERS
from .database import slurm_env
from .layout import ROOT
from .namespaces import launch, slurm_conf_inside
from .process import run, say, stop, wait_for

__all__ = ["answers", "bad_nodes", "cancel_running", "heal_nodes", "start_cluster", "wait_for_controller"]


def start_cluster(cluster: str) -> None:
    """slurmctld, and a slurmd for each node."""
    conf = {"SLURM_CONF": slurm_conf_inside(cluster)}
    launch(f"slurmctld-{cluster}", ["slurmctld", "-D"], view=cluster, hostname=f"{cluster}-ctl", env=conf)
    for node in CLUSTERS[cluster].node_names:
        launch(f"slurmd-{node}", ["slurmd", "-D", "-N", node], view=cluster, hostname=node, env=conf)


def answers(cluster: str) -> bool:
    """Whether the controller answers a ping."""
    ping = run(["scontrol", "ping"], check=False, env=slurm_env(cluster))
    return ping.returncode == 0 and "UP" in ping.stdout


def wait_for_controller(cluster: str) -> None:
    """Wait until the controller answers."""
    logs = [ROOT / cluster / "log/slurmctld.log", ROOT / "log" / f"slurmctld-{cluster}.out"]
    wait_for(
        f"slurmctld of {cluster}",
        lambda: answers(cluster),
        timeout_s=60,
        daemon=f"slurmctld-{cluster}",
        logs=logs,
    )


def bad_nodes(cluster: str) -> list[str]:
    """Nodes that do not answer; one that somebody drained or set down is no fault of the bed."""
    listing = run(["sinfo", "-h", "-N", "-o", "%N %T"], check=False, env=slurm_env(cluster))
    rows = {tuple(line.split()) for line in listing.stdout.splitlines()}
    if listing.returncode or not rows:
        return ["sinfo: " + (listing.stderr.strip() or "no nodes")]
    return sorted(f"{name}:{state}" for name, state in rows if state.endswith("*") or state.startswith("unknown"))


def heal_nodes(cluster: str, *, patience_s: float = 15) -> None:
    """Wait for all nodes. A slurmd that slurmctld has given up on registers anew only when it is started anew."""
    end = time.monotonic() + patience_s
    while bad_nodes(cluster) and time.monotonic() < end:
        time.sleep(0.2)
    lost = [bad.split(":")[0] for bad in bad_nodes(cluster) if not bad.startswith("sinfo")]
    if lost:
        say(f"  starting slurmd anew on {', '.join(lost)}")
        for node in lost:
            stop(f"slurmd-{node}")
        start_cluster(cluster)
    wait_for(
        f"all nodes of {cluster}",
        lambda: not bad_nodes(cluster),
        timeout_s=60,
        logs=[ROOT / cluster / "log/slurmctld.log"],
        step_s=0.2,
    )


def cancel_running(cluster: str) -> None:
    """Without pid namespaces nothing ends job steps along with their slurmd: cancel the running jobs first."""
    if not answers(cluster):
        say(f"  ! {cluster} does not answer: steps of its running jobs may live on")
        return
    run(["scancel", "--state=RUNNING"], check=False, env=slurm_env(cluster))
    end = time.monotonic() + 15
    while (
        run(["squeue", "-h", "-t", "R,CG"], check=False, env=slurm_env(cluster)).stdout and time.monotonic() < end
    ):
        time.sleep(0.3)
