#!/usr/bin/env python3
"""Slurm's commands as a test wishes them: copied into a directory as squeue, sinfo, sacct, scancel and scontrol.

They answer from `state` beside them, a Python literal, and append each call to `calls.log`. They import next to
nothing: that would take longer than the rest.
"""
# ruff: noqa: PTH123

import sys
import time

HERE, _, COMMAND = sys.argv[0].rpartition("/")


def table(spec, rows, out, first):
    fields = [field.split(":0") for field in spec.split(",")]
    out.write("".join((first if i == 0 else name.upper()) + end for i, (name, end) in enumerate(fields)) + "\n")
    for row in rows:
        out.write("".join(str(row.get(name, row.get(name.lower(), ""))) + end for name, end in fields) + "\n")


def value_of(option, argv):
    return argv[argv.index(option) + 1] if option in argv else ""


def main():
    argv = sys.argv[1:]
    with open(f"{HERE}/state", encoding="utf-8") as file:
        state = eval(file.read())
    with open(f"{HERE}/calls.log", "a") as log:
        log.write(f"{time.time():.3f} {COMMAND} {' '.join(argv)!r}\n")
    fault = state.get("faults", {}).get(COMMAND, {})
    time.sleep(fault.get("sleep", 0))
    if fault:
        sys.stdout.write(fault.get("stdout", ""))
        sys.stderr.write(fault.get("stderr", ""))
        if "rc" in fault:
            return fault["rc"]
    if "--version" in argv or "-V" in argv:
        print(f"slurm {state.get('version', '23.11.10')}")
    elif COMMAND == "squeue":
        table(value_of("-O", argv), state.get("queue", []), sys.stdout, "JOBID")
    elif COMMAND == "sinfo":
        table(value_of("-O", argv), state.get("nodes", []), sys.stdout, "NODELIST")
    elif COMMAND == "sacct":
        return sacct(argv, state)
    elif COMMAND == "scontrol":
        print(f"AccountingStorageType = {state.get('accounting', 'accounting_storage/slurmdbd')}")
        print(f"ClusterName = fake\nSLURM_VERSION = {state.get('version', '23.11.10')}")
    elif COMMAND == "scancel":
        return scancel(argv[-1], state)
    else:
        print(f"{COMMAND}: not simulated: {argv}", file=sys.stderr)
        return 1
    return 0


def sacct(argv, state):
    delimiter = next((word.partition("=")[2] for word in argv if word.startswith("--delimiter=")), "|")
    format_ = next((word.partition("=")[2] for word in argv if word.startswith("--format=")), value_of("-o", argv))
    wanted = value_of("-j", argv).split(",") if "-j" in argv else None
    fields = format_.split(",")
    print(delimiter.join(fields))
    for row in state.get("accounted", []):
        if wanted is None or str(row.get("JobIDRaw")) in wanted:
            print(delimiter.join(str(row.get(field, "")) for field in fields))
    return 0


def scancel(job_id, state):
    if any(row["JobArrayID"] == job_id for row in state.get("queue", [])):
        print(f"scancel: Terminating job {job_id}", file=sys.stderr)
        return 0
    print(f"scancel: Kill job error on job id {job_id}: Invalid job id specified", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
