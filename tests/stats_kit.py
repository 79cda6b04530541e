"""A cluster on this host whose sstat, srun and sacct tell what jobs use, beside the commands of `tests.faces`."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.faces import row

__all__ = ["LIVE", "SEEN", "calls", "give", "quiet_queue"]

LIVE = "JobID|NTasks|AveCPU|AveRSS|MaxRSS|TRESUsageInAve|TRESUsageInTot\n"
STEP = "{job}.0|1|{cpu}|{rss}|{rss}||cpu={cpu},{gpu}mem={rss}\n"
SEEN = """\
clausius-gpu, n1, 0, GPU-a, NVIDIA H100, 2, 1000, 80000, 70.5, 30
clausius-gpu, n1, 1, GPU-b, NVIDIA H100, 4, 3000, 80000, 71.5, 31
"""
ENDED = """\
JobID|JobIDRaw|NTasks|TotalCPU|AveCPU|AveRSS|MaxRSS|TRESUsageInAve|TRESUsageInTot
7|7||02:00:00|||||
7.batch|7.batch|1|02:00:00|02:00:00|1|1073741824||
"""


def quiet_queue(directory: Path) -> None:
    """Jobs of our own: 1 runs with GPUs, 2 waits, 7 has ended; 3 is bob's."""
    me, now = {"UserName": getpass.getuser()}, datetime.now(UTC)
    began, until = (f"{now + timedelta(hours=at):%Y-%m-%dT%H:%M:%S}" for at in (-2, 8))
    runs = {"StartTime": began, "EndTime": until, "TimeUsed": "2:00:00", "TimeLimit": "10:00:00", "NumCPUs": 4}
    gpus = {"tres-alloc": "cpu=4,mem=4096M,node=1,gres/gpu=2,gres/gpu:h100=2"}
    ended = {"State": "COMPLETED", "StartTime": began, "EndTime": f"{now:%Y-%m-%dT%H:%M:%S}"}
    queue = [
        row(1, **me, **runs, **gpus),
        row(2, **me, State="PENDING", StartTime="N/A", NodeList="", TimeUsed="0:00"),
        row(3, **runs, UserName="bob"),
        row(7, **me, **{**runs, **ended}, **{"tres-alloc": "cpu=4,mem=4096M,node=1"}),
    ]
    (directory / "queue.json").write_text(json.dumps(queue))


def give(
    directory: Path,
    *,
    cpu: str = "04:00:00",
    rss: int = 1 << 30,
    gpu: str = "",
    seen: str = SEEN,
    ended: str = ENDED,
    fails: str = "",
) -> None:
    """From now on the commands in `directory` say this; `fails` is what sstat complains about instead."""
    live = LIVE + STEP.format(job=1, cpu=cpu, rss=rss, gpu=gpu)
    for name, text in (("sstat", LIVE if fails else live), ("srun", seen), ("sacct", ended)):
        (directory / f"{name}.out").write_text(text)
        complain = f"echo {fails!r} >&2" if fails and name == "sstat" else ":"
        script = f"#!/bin/sh\necho {name} >> {directory}/asked\n{complain}\ncat {directory}/{name}.out\n"
        (directory / name).write_text(script)
        (directory / name).chmod(0o755)


def calls(directory: Path, name: str) -> int:
    """How often a command was run."""
    asked = directory / "asked"
    return asked.read_text().splitlines().count(name) if asked.exists() else 0
