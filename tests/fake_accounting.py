#!/usr/bin/env -S python3 -IS
"""sacct for the tests of backfills: copied as `sacct`, it answers from `jobs` beside it and notes each call.

`limits` may say: "most" jobs of one answer before accounting gives up, "refused" fields, "nap_s" before it
answers, "broken" as an answer to everything. Both are Python literals, and next to nothing is imported: that would
take longer than the rest. Times are compared as the text that they are.
"""
# ruff: noqa: PTH123

import sys
import time

HERE = sys.argv[0].rpartition("/")[0]
SEPARATOR = "--delimiter="


def after(option, words):
    return words[words.index(option) + 1] if option in words else ""


def told(name):
    with open(f"{HERE}/{name}", encoding="utf-8") as file:
        return eval(file.read())


def main(words):
    limits = told("limits")
    with open(f"{HERE}/calls.log", "a") as file:
        file.write(" ".join(words) + "\n")
    if limits.get("broken"):
        sys.exit(limits["broken"])
    fields = after("-o", words).split(",")
    for field in fields:
        if field in limits.get("refused", ()):
            sys.exit(f'sacct: error: Invalid field requested: "{field}"')
    guard = next(word for word in words if word.startswith(SEPARATOR))[len(SEPARATOR) :]
    jobs = told("jobs")
    if "-j" in words:
        wanted = set(after("-j", words).split(","))
        jobs = [job for job in jobs if job["JobIDRaw"].partition(".")[0] in wanted]
    else:
        start, end = after("-S", words), after("-E", words)
        jobs = [job for job in jobs if start <= job["End"] <= end]
    if "-u" in words:
        jobs = [job for job in jobs if job["Owner"] == "me"]
    time.sleep(limits.get("nap_s", 0))
    if len(jobs) > limits.get("most", len(jobs)):
        sys.exit("sacct: error: slurm_persist_conn_open: talking to the database failed: Connection timed out")
    for row in [{field: field for field in fields}, *jobs]:
        print(guard.join(str(row.get(field, "")) for field in fields))


if __name__ == "__main__":
    main(sys.argv[1:])
