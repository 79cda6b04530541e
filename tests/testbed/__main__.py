"""A real two-cluster Slurm on one Debian machine: no systemd, no containers. Needs root. See README.md.

python -m tests.testbed up                    install what is missing, start everything; idempotent, heals
python -m tests.testbed seed [--seed N]       a realistic load, once on a fresh bed (about a minute)
python -m tests.testbed status [--json]       exit status 0 only if all is well
python -m tests.testbed run WHERE [--user U] -- CMD...    at alpha, beta, data, bastion or a node
python -m tests.testbed fault NAME [WHERE]    break something on purpose; `fault list` tells what there is
python -m tests.testbed history --cluster alpha --jobs 10000      invented finished jobs for sacct
python -m tests.testbed lagproxy 2301:2201 --rtt 80               a slow or failing network
python -m tests.testbed down [--purge]        stop everything; --purge forgets it too
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

from . import bed, faults, history, lagproxy, namespaces, seed
from .process import BedError, say

__all__ = ["main"]


def _status(options: argparse.Namespace) -> int:
    found = bed.status()
    if options.json:
        say(json.dumps(found, indent=1))
    else:
        for row in found["daemons"]:
            say(f"{row['name']:<24} {row['state']:<8} {row['pid'] or ''}")
        for what, problems in found["problems"].items():
            say(f"{what:<24} {'PROBLEM ' + ', '.join(problems) if problems else 'ok'}")
        say("status:", "up" if found["ok"] else "not up")
    return 0 if found["ok"] else 3


def _run(options: argparse.Namespace) -> int:
    prefix = namespaces.enter_argv(namespaces.daemon_of(options.where))
    if user := options.user:
        who = [f"HOME=/home/{user}", f"USER={user}", f"LOGNAME={user}", "SHELL=/bin/bash"]
        prefix += [*namespaces.as_user(user), "env", *who, "sh", "-c", f'cd /home/{user}; exec "$@"', "sh"]
    command = [*prefix, *(options.command or ["bash"])]
    return subprocess.run(command, env=namespaces.place_env(options.where, TERM="dumb"), cwd="/").returncode


def _fault(options: argparse.Namespace) -> int:
    if options.name == "list":
        for name, text in faults.FAULTS.items():
            say(f"{name:<16} {text}")
    else:
        faults.inject(options.name, options.where)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.testbed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("up")
    verbs.add_parser("down").add_argument("--purge", action="store_true")
    verbs.add_parser("status").add_argument("--json", action="store_true")
    at = verbs.add_parser("run")
    at.add_argument("where")
    at.add_argument("--user", default="")
    fault = verbs.add_parser("fault")
    fault.add_argument("name")
    fault.add_argument("where", nargs="?", default="alpha")
    seed.add_arguments(verbs.add_parser("seed"))
    history.add_arguments(verbs.add_parser("history"))
    lagproxy.add_arguments(verbs.add_parser("lagproxy"))
    return parser


def main(argv: list[str]) -> int:
    """Do what the command line says; the exit status."""
    cut = argv.index("--") if "--" in argv else len(argv)
    options = _parser().parse_args(argv[:cut])
    options.command = argv[cut + 1 :]
    if options.verb == "up":
        bed.up()
    elif options.verb == "down":
        bed.down(purge=options.purge)
    elif options.verb in ("status", "run", "fault"):
        return {"status": _status, "run": _run, "fault": _fault}[options.verb](options)
    else:
        {"seed": seed.main, "history": history.main, "lagproxy": lagproxy.main}[options.verb](options)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BedError as exc:
        sys.exit(f"testbed: {exc}")
    except subprocess.TimeoutExpired as exc:
        sys.exit(f"testbed: timed out: {exc}")
