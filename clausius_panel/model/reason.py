"""Why a job waits or failed, in the words a person would use.

The table holds Slurm's own words (squeue(1), JOB REASON CODES); families of them (`QOSMax...Limit`, `AssocGrp...`)
are read by their parts. A reason that is in neither keeps Slurm's text.
"""

from __future__ import annotations

import re

from ..errors import ParseError
from .dependency import Dependencies, Dependency, parse_dependencies

__all__ = ["HELD_REASONS", "HELD_STATES", "REASONS", "explain_reason"]

HELD_REASONS = frozenset({"JobHeldUser", "JobHeldAdmin", "JobHoldMaxRequeue"})
"""Why a pending job waits that somebody holds."""

HELD_STATES = frozenset({"REQUEUE_HOLD", "SPECIAL_EXIT", "RESV_DEL_HOLD"})
"""States of jobs that wait until somebody releases them."""

REASONS: dict[str, str] = {
    "AccountNotAllowed": "this account may not use the partition",
    "AssociationJobLimit": "the account has reached its number of jobs",
    "AssociationResourceLimit": "the account has reached its resources",
    "AssociationTimeLimit": "the account has reached its time",
    "BadConstraints": "no node can ever satisfy what it asks for",
    "BeginTime": "its start time has not come",
    "BurstBufferOperation": "the burst buffer failed",
    "BurstBufferResources": "waits for space in the burst buffer",
    "BurstBufferStageIn": "its data are being copied in",
    "Cleaning": "its last run is being cleaned up",
    "ConstraintDependency": "waits for nodes with the features it asks for",
    "CoreSpecLimit": "asks for more specialised cores than allowed",
    "DeadLine": "cannot end before its deadline",
    "Dependency": "waits for another job",
    "DependencyNeverSatisfied": "the job it waits for ended the wrong way: it will never start",
    "FedJobLock": "the federation is deciding where it runs",
    "FrontEndDown": "no front end is up",
    "InactiveLimit": "was inactive for too long",
    "InvalidAccount": "its account is not valid",
    "InvalidQOS": "its QOS is not valid",
    "JobArrayTaskLimit": "its array runs as many tasks at once as it may",
    "JobHeldAdmin": "held by an administrator",
    "JobHeldUser": "held by its owner",
    "JobHoldMaxRequeue": "held: it was requeued too often",
    "JobLaunchFailure": "could not be launched",
    "Licenses": "waits for a licence",
    "MaxBillingPerAccount": "the account has reached its billing limit",
    "MaxMemPerLimit": "asks for more memory than allowed",
    "NodeDown": "a node it needs is down",
    "NonZeroExitCode": "ended with a non-zero exit status",
    "None": "",
    "OutOfMemory": "ran out of memory",
    "PartitionConfig": "asks for more than the partition allows",
    "PartitionDown": "the partition is down",
    "PartitionInactive": "the partition is inactive",
    "PartitionNodeLimit": "asks for more nodes than the partition allows",
    "PartitionTimeLimit": "asks for more time than the partition allows",
    "PowerNotAvail": "waits for power",
    "PowerReserved": "waits for power that is reserved",
    "Priority": "other jobs come first",
    "Prolog": "its prolog is running",
    "PrologFailed": "its prolog failed",
    "QOSJobLimit": "the QOS has reached its number of jobs",
    "QOSNotAllowed": "this QOS may not use the partition",
    "QOSResourceLimit": "the QOS has reached its resources",
    "QOSTimeLimit": "the QOS has reached its time",
    "QOSUsageThreshold": "usage has passed the QOS's threshold",
    "RaisedSignal": "was ended by a signal",
    "ReqNodeNotAvail": "a node it asks for is not available",
    "Reservation": "its reservation has not begun",
    "ReservationDeleted": "its reservation is gone",
    "ReservationInvalid": "its reservation is not valid",
    "ReservationMaintenance": "the nodes are reserved for maintenance",
    "Resources": "next in line, waits for free resources",
    "SchedDefer": "waits for the next scheduling round",
    "SystemFailure": "Slurm failed",
    "TimeLimit": "reached its time limit",
    "WaitingForScheduling": "not looked at by the scheduler yet",
}
"""Slurm's word: ours."""

_WHOM = {
    "PerAccount": "the account",
    "PerUser": "its owner",
    "PerJob": "it asks for",
    "PerNode": "it asks for",
}
_WHAT = {
    "Billing": "billing",
    "CPUMinutes": "CPU time",
    "CpuMinutes": "CPU time",
    "CPURunMinutes": "CPU time of running jobs",
    "CPU": "CPUs",
    "Cpu": "CPUs",
    "GRESMinutes": "GPU time",
    "GRESRunMinutes": "GPU time of running jobs",
    "GRES": "GPUs",
    "Job": "jobs",
    "Jobs": "jobs",
    "Memory": "memory",
    "Mem": "memory",
    "Node": "nodes",
    "SubmitJobs": "submitted jobs",
    "WallDuration": "run time",
    "Wall": "run time",
}
_LIMIT = re.compile(
    r"(?P<of>QOS|Assoc)(?P<kind>Grp|Max|Min)(?P<what>[A-Za-z]*?)(?P<per>Per(?:Account|User|Job|Node))?(?:Limit)?"
)
_BY_NUMBER = re.compile(r"cancelled by ([0-9]+)")
_NODES_DOWN = "Nodes required for job are DOWN"
_MANY = 3


def explain_reason(reason: str, *, dependency: str = "", array_task_id: str = "") -> str:
    """Why a job waits or failed, in words; "" for no reason, Slurm's text for one that is not known.

    `dependency` and `array_task_id` are those of the job, as `Job` holds them: with them the words name the jobs
    and the number.

    >>> explain_reason("Licenses"), explain_reason("JobArrayTaskLimit", array_task_id="4-31%4")
    ('waits for a licence', 'its array runs 4 tasks at a time')
    >>> explain_reason("Dependency", dependency="afterok:123(unfulfilled)")
    'after job 123 succeeds'
    >>> explain_reason("QOSMaxJobsPerUserLimit"), explain_reason("A_REASON_OF_TOMORROW")
    ('its owner has reached the limit of jobs in this QOS', 'A_REASON_OF_TOMORROW')
    """
    word, _, rest = reason.partition(",")
    if word == "Dependency" and dependency:
        return _after(dependency) or REASONS[word]
    if word == "DependencyNeverSatisfied" and dependency:
        return _not_needed(dependency) or REASONS[word]
    if word == "JobArrayTaskLimit" and array_task_id.partition("%")[2].isdigit():
        return f"its array runs {array_task_id.partition('%')[2]} tasks at a time"
    if (by := _BY_NUMBER.fullmatch(reason)) is not None:
        return f"cancelled by uid {by[1]}"
    if reason.startswith(_NODES_DOWN):
        return "the nodes it could use are down, drained or kept for more urgent jobs"
    if word == "ReqNodeNotAvail" and (nodes := rest.rpartition("UnavailableNodes:")[2].strip(" _)")):
        return f"a node it asks for is not available: {nodes}"
    if word in REASONS:
        return REASONS[word]
    return _limit(word) or reason


def _limit(word: str) -> str:
    """The words for a limit of a QOS or an association; "" for anything else."""
    found = _LIMIT.fullmatch(word)
    what = _WHAT.get(found["what"], "") if found else ""
    if not found or not what:
        return ""
    where = "this QOS" if found["of"] == "QOS" else "this account"
    if found["kind"] == "Min":
        return f"asks for fewer {what} than {where} demands"
    if found["per"] in ("PerJob", "PerNode") or what == "run time":
        return f"asks for more {what} than {where} allows"
    who = _WHOM.get(found["per"] or "", "the group" if found["kind"] == "Grp" else "its owner")
    return f"{who} has reached the limit of {what} in {where}"


def _after(text: str) -> str:
    """The words for a dependency; "" where it cannot be read."""
    dependencies = _read(text)
    waiting = [term for term in dependencies.terms if term.state != "fulfilled"]
    groups: dict[str, list[Dependency]] = {}
    for term in waiting:
        groups.setdefault(term.kind, []).append(term)
    joined = " or " if dependencies.is_any else " and "
    return joined.join(_group(kind, terms, joined) for kind, terms in groups.items())


def _not_needed(text: str) -> str:
    """The words for a job that would have stepped in where others fail, and they did not; "" for any other."""
    dependencies = _read(text)
    named = [term for term in dependencies.terms if term.job_id]
    lost = [term for term in named if term.state == "failed"] or named
    if not lost or any(term.kind != "afternotok" for term in lost):
        return ""
    ids = list(dict.fromkeys(term.job_id for term in lost))
    if len(ids) > _MANY:
        return f"not needed: none of {len(ids)} other jobs failed"
    return f"not needed: {' and '.join(f'job {job_id}' for job_id in ids)} did not fail"


def _read(text: str) -> Dependencies:
    """None where the text cannot be read."""
    try:
        return parse_dependencies(text)
    except ParseError:
        return Dependencies()


_HOW = {
    "after": " has started",
    "afterany": " has ended",
    "afterok": " succeeds",
    "afternotok": " fails",
    "aftercorr": "'s same task succeeds",
    "afterburstbuffer": "'s data are copied",
}


def _group(kind: str, terms: list[Dependency], joined: str) -> str:
    if kind == "singleton":
        return "after its namesakes have ended"
    ids = [term.job_id for term in terms]
    if len(ids) > _MANY:
        return f"after {'any of ' if joined == ' or ' else ''}{len(ids)} other jobs ({kind})"
    return joined.join(f"after job {job_id}{_HOW.get(kind, f' ({kind})')}" for job_id in ids)
