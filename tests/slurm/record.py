"""Records what the bed's Slurm answers to our own commands: `python tests/slurm/record.py` refreshes data/.

Kept small: at most `MOST` records an answer, those that differ most. The guard of a real poll is random; here it
is the word GUARD, which the fake commands of conftest.py replace.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from clausius_panel.slurm import sacct, scontrol, sinfo, squeue
from clausius_panel.slurm.dialect import Dialect
from clausius_panel.slurm.framing import Command, build_script, new_sentinel, parse_frames

DATA = Path(__file__).parent / "data"
GUARD, END = "\x1fGUARD", "\x1eguard\n"
MOST = 40
KEPT = (
    "AccountingStorageType",
    "ClusterName",
    "MessageTimeout",
    "MinJobAge",
    "SLURM_VERSION",
    "Configuration data",
)


def answers(host: str) -> dict[str, str]:
    """The answers of one cluster to alice, an operator who may see everything."""
    dialect = Dialect(version="22.05.8")
    words = {
        "squeue": squeue.words(dialect, guard=GUARD),
        "sinfo": sinfo.words(dialect, guard=GUARD),
        "sacct": sacct.ended_words(dialect, guard=GUARD, age_s=86400),
        "config": scontrol.WORDS,
    }
    sentinel = new_sentinel()
    script = build_script([Command(name=name, words=them) for name, them in words.items()], sentinel=sentinel)
    config = Path(os.environ.get("STB_DIR", "/tmp/slurm-testbed")) / "ssh_config"
    command = ["ssh", "-F", str(config), f"alice@{host}-login", "sh -s"]
    done = subprocess.run(command, input=script.encode(), capture_output=True, check=True, timeout=120)
    return {name: frame.stdout for name, frame in parse_frames(done.stdout.decode(), sentinel).items()}


def thinned(text: str, end: str, between: str, kind: Callable[[str], object]) -> str:
    """The header and at most MOST records, one of each kind first."""
    header, *records = re.split(between, text.removesuffix(end))
    seen: dict[object, int] = {}
    order = []
    for index, record in enumerate(records):
        nth = seen[kind(record)] = seen.get(kind(record), 0) + 1
        order.append((nth, index))
    kept = sorted(index for _, index in sorted(order)[:MOST])
    return end.join([header, *(records[index] for index in kept), ""])


def squeue_kind(record: str) -> object:
    """State, reason, and whether it is an array, a het job, dependent, with GPUs."""
    own = record.split("\x1f")
    shared = own[len(squeue.FORMAT.head)].split("\x1d")
    return shared[4], shared[5], re.sub("[0-9]+", "", own[0]), own[4] != "(null)", "gpu" in record


def sacct_kind(record: str) -> object:
    """State, exit code, and whether it is an array or a het job."""
    fields = record.split(GUARD)
    return (fields[6].split(" ")[0], fields[7], re.sub("[0-9]+", "", fields[0])) if len(fields) > 7 else ""


def main() -> None:
    """Write data/ anew."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    DATA.mkdir(exist_ok=True)
    for host in ("alpha", "beta"):
        found = answers(host)
        kept = {
            "squeue": thinned(found["squeue"], END, END, squeue_kind),
            "sinfo": found["sinfo"],
            "sacct": thinned(found["sacct"], "\n", f"\n(?=[0-9][^\x1f]*{GUARD})", sacct_kind),
            "config": "".join(f"{line}\n" for line in found["config"].splitlines() if line.startswith(KEPT)),
        }
        for name, text in kept.items():
            (DATA / f"{name}-22.05-{host}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
