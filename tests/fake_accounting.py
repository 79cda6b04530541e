#!/usr/bin/env -S python3 -IS
"""sacct for the tests of backfills: copied as `sacct`, it answers from `jobs.json` beside it and notes each call.

`limits.json` may say: "most" jobs of one answer before accounting gives up, "refused" fields, "nap_s" before it
answers, "broken" as an answer to everything.
"""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(sys.argv[0]).resolve().parent
SEPARATOR = "--delimiter="


def after(option, words):
    return words[words.index(option) + 1] if option in words else ""


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def main(words):
    limits = json.loads((HERE / "limits.json").read_text()) if (HERE / "limits.json").exists() else {}
    with (HERE / "calls.log").open("a") as file:
        file.write(" ".join(words) + "\n")
    if limits.get("broken"):
        sys.exit(limits["broken"])
    fields = after("-o", words).split(",")
    for field in fields:
        if field in limits.get("refused", ()):
            sys.exit(f'sacct: error: Invalid field requested: "{field}"')
    guard = next(word for word in words if word.startswith(SEPARATOR))[len(SEPARATOR) :]
    jobs = json.loads((HERE / "jobs.json").read_text())
    if "-j" in words:
        wanted = set(after("-j", words).split(","))
        jobs = [job for job in jobs if job["JobIDRaw"].partition(".")[0] in wanted]
    else:
        start, end = moment(after("-S", words)), moment(after("-E", words))
        jobs = [job for job in jobs if start <= moment(job["End"]) <= end]
    if "-u" in words:
        jobs = [job for job in jobs if job["Owner"] == "me"]
    time.sleep(limits.get("nap_s", 0))
    if len(jobs) > limits.get("most", len(jobs)):
        sys.exit("sacct: error: slurm_persist_conn_open: talking to the database failed: Connection timed out")
    for row in [{field: field for field in fields}, *jobs]:
        print(guard.join(str(row.get(field, "")) for field in fields))


if __name__ == "__main__":
    main(sys.argv[1:])
