#!/usr/bin/env -S python3 -IS
"""Slurm's commands for the tests of the faces: copied as squeue, sinfo, sacct, scontrol and scancel.

They answer from `queue.json` beside them, note each call in `calls.log`, each cancelled id in `cancelled`
and what scontrol was to change in `changed`.
"""

import json
import re
import sys
from pathlib import Path

HERE = Path(sys.argv[0]).resolve().parent
COMMAND = Path(sys.argv[0]).name
VERSION = "23.11.10"


def after(option, words):
    return words[words.index(option) + 1] if option in words else ""


def squeue(words):
    fields = re.findall(r"([A-Za-z_-]+):0([^,]*)(?:,|$)", after("-O", words))
    rows = json.loads((HERE / "queue.json").read_text())
    first = {name: "JOBID" if name == "JobArrayID" else name.upper() for name, _ in fields}
    for row in [first, *rows]:
        sys.stdout.write("".join(f"{row.get(name, '')}{end}" for name, end in fields) + "\n")


def sinfo(words):
    fields = re.findall(r"([A-Za-z_-]+):0([^,]*)(?:,|$)", after("-O", words))
    sys.stdout.write("".join(f"{name.upper()}{end}" for name, end in fields) + "\n")


def sacct(words):
    given = dict(word.split("=", 1) for word in words if "=" in word)
    print(given.get("--delimiter", "|").join(given.get("--format", after("-o", words)).split(",")))


def scontrol(words):
    if words[0] != "show":
        change(words)
        return
    print(f"AccountingStorageType = accounting_storage/slurmdbd\nClusterName = fake\nSLURM_VERSION = {VERSION}")


def change(words):
    job_id = words[1].removeprefix("JobId=")
    if job_id == "404":
        sys.exit("Invalid job id specified for job 404")
    with (HERE / "changed").open("a") as file:
        file.write(" ".join([words[0], job_id, *words[2:]]) + "\n")


def scancel(words):
    for job_id in (word for word in words if not word.startswith("-")):
        if job_id == "404":
            sys.exit("scancel: error: Kill job error on job id 404: Invalid job id specified")
        with (HERE / "cancelled").open("a") as file:
            file.write(f"{job_id}\n")


if __name__ == "__main__":
    with (HERE / "calls.log").open("a") as log:
        log.write(f"{COMMAND} {sys.argv[1:]}\n")
    if "--version" in sys.argv or "-V" in sys.argv:
        print(f"slurm {VERSION}")
    else:
        {"squeue": squeue, "sinfo": sinfo, "sacct": sacct, "scontrol": scontrol, "scancel": scancel}[COMMAND](
            sys.argv[1:]
        )
