"""Runs for the tests of pages: jobs that belong together, and a cluster that tells of them."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clausius_panel import store as st
from clausius_panel.collector import LONGEST_PAUSE
from clausius_panel.model import Cluster, Job
from clausius_panel.runtime import Runtime
from clausius_panel.store import ClusterState, Store
from clausius_panel.store.runs import assign_runs
from tests.stores import content_after
from tests.views.kit import BEGUN, a_job, pending

__all__ = ["EVIL", "chain", "chained", "fill_runs", "tells"]

EVIL = '<img src=x onerror="window.hacked=1">$(touch /tmp/hacked)'

_SCONTROL = """#!/bin/sh
case $1 in
  show) printf 'JobId=1 JobName=x\\n   NumCPUs=8 Partition=gpu\\n   WorkDir=%s\\n' "$(dirname "$0")" ;;
  write) printf '#!/bin/sh\\nmodule load cuda/12.4\\necho "<b>&amp;"\\n' ;;
esac
"""
_SACCT = "#!/bin/sh\ncase $1 in -X) echo 'sbatch --wrap x' ;; esac\n"


def fill_runs(runtime: Runtime, jobs: list[Job], *, ended: list[Job] | None = None, slurm_path: str = "") -> None:
    """Write one cluster's answer as a poll would have, runs and projects included."""
    _fill(runtime.store, jobs, ended=ended or [], slurm_path=slurm_path)


def _fill(store: Store, jobs: list[Job], *, ended: list[Job], slurm_path: str) -> None:
    at = datetime.now(UTC)
    with store.write() as cur:
        st.put_cluster(cur, Cluster(name="alpha", kind="local", scope="everyone", slurm_path=slurm_path))
        st.merge_queue(cur, "alpha", [replace(job, cluster="alpha") for job in jobs], at=at)
        st.merge_ended(cur, "alpha", [replace(job, cluster="alpha") for job in ended], at=at)
        st.mark_left(cur, "alpha", at=at)
        while assign_runs(cur, "alpha", at=at):
            pass
        state = ClusterState(
            cluster="alpha", user_name="alice", jobs_as_of=at, last_attempt=at - timedelta(minutes=1)
        )
        st.put_cluster_state(cur, replace(state, next_attempt=at + LONGEST_PAUSE))


def chain(runtime: Runtime, *, slurm_path: str = "") -> None:
    """A run of four jobs of project hle: one failed, one waits for its success, one steps in, and an array."""
    _chain(runtime.store, slurm_path=slurm_path)


@functools.cache
def chained() -> bytes:
    """The file of a store after `chain`."""
    return content_after(_chain)


def _chain(store: Store, *, slurm_path: str = "") -> None:
    same = {"submit_time": BEGUN - timedelta(minutes=10)}
    _fill(
        store,
        [
            pending(
                2,
                name="hle_mpsf_eval-judge",
                dependency="afterok:1(unfulfilled)",
                reason="DependencyNeverSatisfied",
                **same,
            ),
            a_job(3, name="hle_mpsf_eval", dependency="afternotok:1", gpus=4, **same),
            pending(
                4,
                job_id="4_[1-5]",
                job_id_raw="4",
                name="hle_mpsf_eval-rs0",
                array_job_id="4",
                array_task_id="1-5",
                **same,
            ),
            pending(9, name="other_thing-1", reason="Priority", submit_time=BEGUN - timedelta(hours=3)),
        ],
        ended=[
            a_job(
                1,
                name="hle_mpsf_eval",
                state="FAILED",
                exit_code="2:0",
                end_time=BEGUN - timedelta(minutes=5),
                elapsed_s=240,
                start_time=BEGUN - timedelta(minutes=9),
                **same,
            )
        ],
        slurm_path=slurm_path,
    )


def tells(directory: Path) -> str:
    """A directory with Slurm's commands, which know of a job's script and command line."""
    directory.mkdir()
    for name, text in {"squeue": "#!/bin/sh\n", "scontrol": _SCONTROL, "sacct": _SACCT}.items():
        (directory / name).write_text(text)
        (directory / name).chmod(0o755)
    return str(directory)
