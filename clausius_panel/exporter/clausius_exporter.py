#!/usr/bin/env python3
# ruff: noqa: B905, SIM905, TRY400, UP006, UP028, UP035, UP045
"""Sends the ended jobs of this cluster, as its accounting tells of them, to a Clausius server.

For clusters that nobody may SSH into: copy this file there. It needs Python 3.6, and sacct with the right to see
everybody's jobs. Run it daily (see the systemd timer beside it):

    clausius-exporter setup --api-url https://clausius.example.org --deploy-key KEY
    clausius-exporter --dry-run --verbose
    clausius-exporter

The configuration is JSON: api_url, api_key, and where not as usual cluster_name, timeout (s), spool_directory,
collection_window_days, retry_pause_s (doubled with each try). Each run sends the last days again: the server knows
what it has. What cannot be sent is kept in the spool directory, and is sent first by the next run.
Exit status: 0 all was sent; 1 something failed; 2 wrong usage or configuration; 130 Ctrl-C.
"""

import argparse
import http.client
import itertools
import json
import logging
import math
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

__all__ = ["main"]

DEFAULT_CONFIG = "/etc/clausius-exporter/config.json"
SPOOL = "/var/lib/clausius-exporter"
USUAL = {"timeout": 120, "collection_window_days": 7, "retry_pause_s": 2.0, "spool_directory": SPOOL}
BATCH = 20000  # jobs in one request: some 12 MB
CHUNK = timedelta(days=7)  # of accounting in one question
SACCT_TIMEOUT_S, TRIES, ANSWER_MOST = 900, 5, 1 << 24  # the last in bytes
SPOOL_MOST = 2 * 1000**3  # bytes; the oldest go first

log = logging.getLogger("clausius-exporter")
Job = Dict[str, Any]

FIELDS = (  # what stands last is no person's text: with it a record is whole
    "JobID,User,Group,Account,Partition,QOS,State,ExitCode,Submit,Eligible,Start,End,ElapsedRaw,"
    "TimelimitRaw,NNodes,AllocCPUS,AllocTRES,NodeList,NTasks,TotalCPU,AveCPU,MaxRSS,AveDiskRead,AveDiskWrite,"
    "TRESUsageInAve,TRESUsageInMax,TRESUsageInTot,TRESUsageOutTot,ConsumedEnergyRaw,WorkDir,JobName,JobIDRaw"
).split(",")
SENT = "JobID,JobIDRaw,JobName,User,Group,Account,Partition,QOS,ExitCode,WorkDir,NodeList,AllocTRES".split(",")
ACTIVE = {"RUNNING", "PENDING", "SUSPENDED", "COMPLETING", "CONFIGURING", "RESIZING", "UNKNOWN", ""}
SEPARATOR = "\x1f" + os.urandom(8).hex()  # no text of a person's can have it
NO_ANSWER = (OSError, http.client.HTTPException, ValueError, TypeError, RecursionError)  # away, cut off, garbage
SIZES = {"": 1.0, "K": 2.0**10, "M": 2.0**20, "G": 2.0**30, "T": 2.0**40, "P": 2.0**50}


class Failure(Exception):
    """Why a run cannot go on; `code` is its exit status, `field` what this version of sacct does not know."""

    def __init__(self, message: str, code: int = 1, field: str = "") -> None:
        super().__init__(message)
        self.code, self.field = code, field


class Away(Failure):
    """The server cannot take anything now: what was to be sent is to be kept."""


def chunks(start: datetime, end: datetime) -> Iterator[Tuple[datetime, datetime]]:
    """The span in pieces of a week that meet: none is skipped, at the end of a year neither."""
    while start < end:
        yield start, min(start + CHUNK, end)
        start += CHUNK


def ended_jobs(start: datetime, end: datetime) -> Iterator[Job]:
    """The jobs that ended in a span of UTC, as the server takes them."""
    record = None  # type: Optional[Dict[str, str]]
    own, extern = Usage(), Usage()
    for line in sacct_records(start, end):
        job_id, dot, step = line["JobID"].partition(".")
        if not dot:
            if record is not None:
                yield job_of(record, own, extern)
            record, own, extern = line, Usage(), Usage()
        elif record is not None and record["JobID"] == job_id:
            (extern if step.startswith("extern") else own).add(line)
    if record is not None:
        yield job_of(record, own, extern)


def sacct_records(start: datetime, end: datetime) -> Iterator[Dict[str, str]]:
    """What sacct prints, a job and then its steps; without those fields that this version does not know."""
    fields = list(FIELDS)
    while True:
        try:
            for record in run_sacct(fields, start, end):
                yield record
        except Failure as error:  # an unknown field is refused before anything is printed
            fewer = [each for each in fields if each.lower() != error.field.lower()]
            if len(fewer) == len(fields):
                raise
            fields = fewer
        else:
            return


def run_sacct(fields: Sequence[str], start: datetime, end: datetime) -> Iterator[Dict[str, str]]:
    """One question to accounting. Raises `Failure`."""
    command = ["sacct", "--allusers", "--duplicates", "--parsable2", "--noheader", "--noconvert"]
    command += ["--delimiter=" + SEPARATOR, "--format=" + ",".join(fields)]
    command += [f"--starttime={start:%Y-%m-%dT%H:%M:%S}", f"--endtime={end:%Y-%m-%dT%H:%M:%S}"]
    environment = dict(os.environ, TZ="UTC0", SLURM_TIME_FORMAT="standard", LC_ALL="C")
    log.debug("running %s", " ".join(command).replace(SEPARATOR, "\\x1f"))
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment)
        except OSError as error:
            raise Failure(f"sacct cannot be run: {error}") from error
        clock = threading.Timer(SACCT_TIMEOUT_S, process.kill)
        clock.start()
        with process:
            try:
                for record in records(process.stdout, len(fields)):
                    yield dict(zip(fields, record))
                status = process.wait()
            finally:
                clock.cancel()
                process.kill()
        errors.seek(0)
        said = errors.read(4000).decode("utf-8", "replace").strip()
    if status:
        refused = re.search(r'Invalid field requested: "([^"]+)"', said)
        raise Failure(f"sacct exited {status}: {said or 'no message'}", field=refused.group(1) if refused else "")


def records(lines: Any, width: int) -> Iterator[List[str]]:
    """The fields of each record; one whose text has line breaks takes several lines."""
    kept = ""
    for line in lines:
        kept += line.decode("utf-8", "replace")
        if kept.count(SEPARATOR) < width - 1:
            continue
        record, kept = kept, ""
        yield record.rstrip("\n").split(SEPARATOR)[:width]


class Usage:
    """What steps used. The server reckons in the same way for clusters that it asks itself."""

    def __init__(self) -> None:
        self.count, self.busiest = 0, -1.0
        self.average_cpu_s = None  # type: Optional[float]
        self.found = {}  # type: Dict[str, float]

    def add(self, step: Dict[str, str]) -> None:
        """One more step. Memory: the most of any step, all its tasks; CPU, disk and energy: all steps."""
        self.count += 1
        tasks = max(1, int(size(step.get("NTasks", "")) or 1))
        average, peak, total, out = (
            tres(step.get("TRESUsage" + name, "")) for name in ("InAve", "InMax", "InTot", "OutTot")
        )
        mean_s = seconds(step.get("AveCPU", ""))
        if (mean_s or 0.0) * tasks > self.busiest:
            self.busiest, self.average_cpu_s = (mean_s or 0.0) * tasks, mean_s
        for name, amount in (
            ("rss", size(step.get("MaxRSS", "") or peak.get("mem", ""), tasks)),
            ("util", size(average.get("gres/gpuutil", ""), tasks)),
            ("gpumem", size(total.get("gres/gpumem", ""))),
            ("gpumem", size(peak.get("gres/gpumem", ""))),
        ):
            if amount is not None:
                self.found[name] = max(self.found.get(name, 0.0), amount)
        for name, amount, mean in (
            ("cpu", seconds(total.get("cpu", "")), None),
            ("read", size(total.get("fs/disk", "")), size(step.get("AveDiskRead", ""), tasks)),
            ("written", size(out.get("fs/disk", "")), size(step.get("AveDiskWrite", ""), tasks)),
            ("energy", size(step.get("ConsumedEnergyRaw", "")), None),
        ):
            more = mean if amount is None else amount
            if more is not None:
                self.found[name] = self.found.get(name, 0.0) + more


def job_of(record: Dict[str, str], own: Usage, extern: Usage) -> Job:
    """A job as the server takes it, from its own record and what its steps used."""
    job = {name: record.get(name, "") for name in SENT}  # type: Job
    job["State"] = record["State"].split(" ")[0]
    for name in ("Submit", "Eligible", "Start", "End"):
        told = record.get(name, "")
        job[name] = told + "+00:00" if told[:1].isdigit() else None
    for name, field in (("ElapsedSeconds", "ElapsedRaw"), ("AllocCPUS", "AllocCPUS"), ("AllocNodes", "NNodes")):
        job[name] = whole(record.get(field, "")) or 0
    limit_min = whole(record.get("TimelimitRaw", ""))
    job["TimelimitSeconds"] = None if limit_min is None else limit_min * 60
    job["AllocGPUS"] = gpus(record.get("AllocTRES", ""))
    job.update(usage_of(record, own, extern, job["AllocGPUS"]))
    return job


def usage_of(record: Dict[str, str], own: Usage, extern: Usage, gpu_count: int) -> Job:
    """What a job used; None is "not measured". One without steps has what its own record says."""
    measured = [each.found["cpu"] for each in (own, extern) if "cpu" in each.found]
    if not own.count:
        own = extern
    if not own.count:
        own.add(record)
        measured = [own.found["cpu"]] if "cpu" in own.found else []
    total = [each for each in (seconds(record.get("TotalCPU", "")), sum(measured) or None) if each]
    mib = {name: amount / 2.0**20 for name, amount in own.found.items()}
    util = own.found.get("util")
    joules = size(record.get("ConsumedEnergyRaw", "")) or own.found.get("energy")
    return {
        "TotalCPUSeconds": max(total) if total else None,
        "AveCPUSeconds": own.average_cpu_s,
        "MaxRSSMiB": math.ceil(mib["rss"]) if "rss" in mib else None,
        "GPUUtil": None if util is None else min(100.0, util / max(1, gpu_count)),
        "GPUMemoryMiB": math.ceil(mib["gpumem"]) if "gpumem" in mib else None,
        "DiskReadMiB": mib.get("read"),
        "DiskWrittenMiB": mib.get("written"),
        "EnergyJoules": int(joules) if joules else None,
    }


def whole(text: str) -> Optional[int]:
    """A whole number; None for anything else."""
    return int(text) if re.match(r"^[0-9]{1,17}$", text) else None


def seconds(text: str) -> Optional[float]:
    """`[days-][hours:]minutes:seconds[.fraction]` in seconds; None for anything else."""
    found = re.match(r"^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$", text)
    if found is None:
        return None
    days, hours, minutes, rest = found.groups()
    return int(days or 0) * 86400 + int(hours or 0) * 3600 + int(minutes) * 60 + float(rest)


def size(text: str, factor: int = 1) -> Optional[float]:
    """`1234K`, `1.5G` in bytes (or a plain number as it is), so many times; None for anything else."""
    found = re.match(r"^(\d+(?:\.\d+)?)([KMGTP]?)$", text)
    amount = float(found.group(1)) * SIZES[found.group(2)] if found else 2.0**63
    return amount * factor if amount < 2.0**63 else None  # so much is Slurm's way to say "not measured"


def tres(text: str) -> Dict[str, str]:
    """`cpu=4,mem=8G` by name."""
    return dict(part.split("=", 1) for part in text.split(",") if "=" in part)


def gpus(text: str) -> int:
    """GPUs of an AllocTRES; several types add up, and the total beside them is not counted twice."""
    parts = tres(text)
    typed = sum(whole(count) or 0 for name, count in parts.items() if name.startswith("gres/gpu:"))
    return max(typed, whole(parts.get("gres/gpu", "")) or 0)


class _StayHere(urllib.request.HTTPRedirectHandler):
    """A redirection would carry the key to another host, and lose the body."""

    def redirect_request(self, *arguments: Any, **more: Any) -> None:
        return None


OPENER = urllib.request.build_opener(_StayHere)


def ask(config: Dict[str, Any], path: str, body: Optional[bytes] = None, kind: str = "application/json") -> Any:
    """One request, tried again while the server is busy. Raises `Away`, also for a wrong key, and `Failure`."""
    headers = {"User-Agent": "clausius-exporter", "Content-Type": kind}
    if config.get("api_key"):
        headers["X-API-Key"] = config["api_key"]
    request = urllib.request.Request(config["api_url"] + path, data=body, headers=headers)
    for attempt in range(1, TRIES + 1):
        try:
            with OPENER.open(request, timeout=config["timeout"]) as answer:
                return dict(json.loads(answer.read(ANSWER_MOST).decode("utf-8")))
        except urllib.error.HTTPError as error:
            with error:  # it is the answer, too, and its connection is to be closed
                said = "".join(filter(str.isprintable, error.read(2000).decode("utf-8", "replace")))
            message = f"{request.full_url} answered {error.code}: {said}"
            if error.code not in (408, 429) and error.code < 500:
                raise (Away if error.code < 405 and error.code != 400 else Failure)(message) from None
        except NO_ANSWER as error:
            message = "".join(filter(str.isprintable, f"{request.full_url}: {error}"))
        if attempt < TRIES:
            pause = config["retry_pause_s"] * 2 ** (attempt - 1)
            log.info("%s; try %d of %d in %.0f s", message, attempt + 1, TRIES, pause)
            time.sleep(pause)
    raise Away(message)


def send(config: Dict[str, Any], payload: bytes) -> None:
    """Send one body. Raises `Away`, `Failure`."""
    answer = ask(config, "/api/data/ingest", payload)
    errors = answer.get("errors")
    for error in errors[:20] if isinstance(errors, list) else ():
        log.warning("refused: %s", json.dumps(error, sort_keys=True)[:1000])
    log.info("%s", "".join(filter(str.isprintable, str(answer.get("message", "sent")))))


def write_private(path: Path, content: bytes) -> None:
    """A file for its owner only, which has its name only when it is complete. Raises `OSError`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(str(draft), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def keep(directory: Path, payload: bytes) -> None:
    """Keep a body for the next run. Raises `Failure`."""
    try:
        write_private(directory / f"{datetime.utcnow():%Y%m%d-%H%M%S-%f}.json", payload)
        waiting = sorted(directory.glob("*.json"))
        while len(waiting) > 1 and sum(path.stat().st_size for path in waiting) > SPOOL_MOST:
            log.warning("the spool is full: %s is given up", waiting[0])
            waiting.pop(0).unlink()
    except OSError as error:
        raise Failure(f"{directory}: cannot keep what was not sent: {error}") from error


def send_spool(config: Dict[str, Any]) -> None:
    """Send what earlier runs could not. Raises `Away`; what the server refuses for good is put aside."""
    for path in sorted(Path(config["spool_directory"]).glob("*.json")):
        try:
            send(config, path.read_bytes())
        except Away:
            raise
        except Failure as error:
            log.error("%s is put aside: %s", path, error)
            path.rename(str(path) + ".refused")
        else:
            path.unlink()


def run(config: Dict[str, Any], start: datetime, end: datetime, dry_run: bool) -> int:
    """Send the jobs of a span, or keep them; gives the exit status."""
    away = None  # type: Optional[Away]
    failed = False
    if not dry_run:
        try:
            ask(config, "/api/dashboard/health")
            send_spool(config)
        except Away as error:
            away = error
            log.error("%s; what follows is kept for the next run", error)
    total = 0
    for first, last in chunks(start, end):
        log.info("accounting from %s to %s (UTC)", first, last)
        for jobs in batches(ended_jobs(first, last)):
            total += len(jobs)
            if dry_run:
                sys.stdout.write(f"{len(jobs)} jobs for {config['cluster_name']}; the first:\n")
                sys.stdout.write(json.dumps(jobs[0], indent=2, sort_keys=True) + "\n")
                continue
            payload = json.dumps({"hostname": config["cluster_name"], "jobs": jobs}).encode("utf-8")
            try:
                if away is None:
                    send(config, payload)
            except Away as error:
                away = error
                log.error("%s; this and what follows is kept for the next run", error)
            except Failure as error:
                failed = True
                log.error("not sent: %s", error)
            if away is not None:
                keep(Path(config["spool_directory"]), payload)
    what = "found, nothing was sent" if dry_run else "kept for the next run" if away else "sent"
    log.info("%d ended jobs of %s: %s", total, config["cluster_name"], what)
    return 1 if away or failed else 0


def batches(jobs: Iterator[Job]) -> Iterator[List[Job]]:
    """Those that have ended, so many at a time."""
    ended = (job for job in jobs if job["State"] not in ACTIVE and job["Submit"])
    return iter(lambda: list(itertools.islice(ended, BATCH)), [])


def read_config(path: Path, name: str, needs_server: bool) -> Dict[str, Any]:
    """The configuration, with what is usual where it is silent. Raises `Failure` (2)."""
    told = {}  # type: Any
    if needs_server or path.exists():
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise Failure(f"configuration {path}: {error}", 2) from error
    if not isinstance(told, dict):
        raise Failure(f"configuration {path}: must be a JSON object", 2)
    config = {**USUAL, **told}  # type: Dict[str, Any]
    for key, most in (("timeout", 86400), ("collection_window_days", 36500), ("retry_pause_s", 3600)):
        value = config[key]
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= most:
            raise Failure(f"configuration {path}: {key} must be a number above 0, at most {most}", 2)
    config["cluster_name"] = name or config.get("cluster_name") or slurm_name()
    for key in ("cluster_name", "spool_directory") + (("api_url", "api_key") if needs_server else ()):
        if not isinstance(config.get(key), str) or not config[key].isprintable() or not config[key]:
            raise Failure(f"configuration {path}: {key} is missing, or no line of text", 2)
    config["api_url"] = checked_url(config["api_url"]) if needs_server else ""
    return config


def checked_url(url: str) -> str:
    """An address without a slash at its end. Raises `Failure` (2)."""
    found = re.match(r"^(https?)://([\w.-]+|\[[\w:.]+\])(:[0-9]{1,5})?(/[!-~]*)?\Z", url, re.ASCII)
    if found is None:
        raise Failure(f"api_url {url!r}: must be https://HOST or http://HOST, with a port or a path if needed", 2)
    if found.group(1) == "http" and found.group(2) not in ("localhost", "127.0.0.1", "[::1]"):
        log.warning("api_url is http://: key and jobs go over the network for all to read; use https://")
    return url.rstrip("/")


def slurm_name() -> str:
    """What Slurm calls this cluster, else the host's short name."""
    try:
        told = subprocess.check_output(["scontrol", "show", "config"], stderr=subprocess.DEVNULL, timeout=30)
        found = re.search(r"^ClusterName\s*=\s*(\S+)", told.decode("utf-8", "replace"), re.MULTILINE)
    except (OSError, subprocess.SubprocessError):
        found = None
    return found.group(1) if found else socket.gethostname().split(".")[0]


def setup(arguments: argparse.Namespace) -> int:
    """Exchange a deploy key for a key and write the configuration, for its owner only. Raises `Failure`."""
    if not arguments.api_url or not arguments.deploy_key:
        raise Failure("setup needs --api-url and --deploy-key", 2)
    url = checked_url(arguments.api_url)
    body = urllib.parse.urlencode({"deploy_key": arguments.deploy_key}).encode("ascii")
    form = "application/x-www-form-urlencoded"
    told = ask({**USUAL, "api_url": url}, "/api/agent/exchange-deploy-key", body, form)
    if not isinstance(told.get("api_key"), str) or not isinstance(told.get("hostname"), str):
        raise Failure(f"{url}: no Clausius server: its answer has no api_key")
    new = {"api_url": url, "api_key": told["api_key"], "cluster_name": arguments.cluster_name or told["hostname"]}
    text = json.dumps(new, indent=2) + "\n"
    try:
        write_private(arguments.config, text.encode("utf-8"))
    except OSError as error:  # the deploy key is used up: the new key must not be lost with it
        raise Failure(f"{arguments.config}: {error}; write it there yourself:\n{text}") from error
    log.info("%s is written; try: clausius-exporter --dry-run --verbose", arguments.config)
    return 0


def span(arguments: argparse.Namespace, days: float) -> Tuple[datetime, datetime]:
    """The days that were asked for, both included, else the last ones until now. UTC. Raises `Failure` (2)."""
    now = datetime.utcnow().replace(microsecond=0)
    end = now if arguments.end_date is None else min(now, arguments.end_date + timedelta(days=1))
    start = arguments.start_date or end - timedelta(days=days)
    if start >= end:
        raise Failure("--start-date must not be after --end-date, nor in the future", 2)
    return start, end


def day(text: str) -> datetime:
    """A date; argparse names this function in its complaint about another text."""
    return datetime.strptime(text, "%Y-%m-%d")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="clausius-exporter", description=(__doc__ or "").partition("\n")[0])
    made.add_argument("command", nargs="?", choices=["run", "setup"], default="run", help="default: run")
    made.add_argument("--config", type=Path, default=Path(DEFAULT_CONFIG), help="default: %(default)s")
    made.add_argument("--start-date", type=day, metavar="YYYY-MM-DD", help="first day (UTC)")
    made.add_argument("--end-date", type=day, metavar="YYYY-MM-DD", help="last day, included (UTC)")
    made.add_argument("--cluster-name", default="", help="default: configuration, then Slurm's own name")
    made.add_argument("--dry-run", action="store_true", help="ask accounting, send and write nothing")
    made.add_argument("--verbose", action="store_true", help="say what is done")
    made.add_argument("--api-url", default="", help="setup: address of the server")
    made.add_argument("--deploy-key", default="", help="setup: from `clausius keys add HOST --deploy`")
    return made


def main(argv: Optional[Sequence[str]] = None) -> int:
    """The command; gives its exit status."""
    arguments = parser().parse_args(argv)
    logging.basicConfig(level="DEBUG" if arguments.verbose else "INFO", format="%(levelname)s %(message)s")
    try:
        if arguments.command == "setup":
            return setup(arguments)
        config = read_config(arguments.config, arguments.cluster_name, not arguments.dry_run)
        start, end = span(arguments, config["collection_window_days"])
        return run(config, start, end, arguments.dry_run)
    except Failure as error:
        log.error("%s", error)
        return error.code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
