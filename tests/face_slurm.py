#!/usr/bin/env -S python3 -IS
"""Slurm's commands for the tests of the faces: copied as squeue, sinfo, sacct, scontrol and scancel.

They answer from `queue.json` beside them, note each call in `calls.log`, each cancelled id in `cancelled`
and what scontrol was to change in `changed`. They import next to nothing: that would take longer than the rest.
"""
# ruff: noqa: PTH123

import sys

HERE, _, COMMAND = sys.argv[0].rpartition("/")
VERSION = "23.11.10"


def after(option, words):
    return words[words.index(option) + 1] if option in words else ""


def note(text, name):
    with open(f"{HERE}/{name}", "a") as file:
        file.write(f"{text}\n")


def columns(words):
    """The fields of -O "A:0x,B:0y", each with what ends it."""
    return [field.split(":0") for field in after("-O", words).split(",")]


def queue():
    """JSON, read as the Python that it is but for three names."""
    with open(f"{HERE}/queue.json", encoding="utf-8") as file:
        return eval(file.read(), {"true": True, "false": False, "null": None})


def squeue(words):
    fields = columns(words)
    first = {name: "JOBID" if name == "JobArrayID" else name.upper() for name, _ in fields}
    for row in [first, *queue()]:
        sys.stdout.write("".join(f"{row.get(name, '')}{end}" for name, end in fields) + "\n")


def sinfo(words):
    fields = columns(words)
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
    note(" ".join([words[0], job_id, *words[2:]]), "changed")


def scancel(words):
    for job_id in (word for word in words if not word.startswith("-")):
        if job_id == "404":
            sys.exit("scancel: error: Kill job error on job id 404: Invalid job id specified")
        note(job_id, "cancelled")


if __name__ == "__main__":
    note(f"{COMMAND} {sys.argv[1:]}", "calls.log")
    if "--version" in sys.argv or "-V" in sys.argv:
        print(f"slurm {VERSION}")
    else:
        {"squeue": squeue, "sinfo": sinfo, "sacct": sacct, "scontrol": scontrol, "scancel": scancel}[COMMAND](
            sys.argv[1:]
        )
