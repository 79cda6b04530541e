"""All that is known of one job, for the drawer at the side."""

from __future__ import annotations

from typing import Any

from ..model import Job, is_final, state_family
from ..queries import JobDetail
from ..state import BoardState
from .job_table import cells, key_text, mark_chip, row_text
from .links import page_link
from .words import DASH, epoch, gpus, memory, number, round_duration, state_word, why

__all__ = ["attempts", "job_detail"]

Field = dict[str, Any]


def job_detail(state: BoardState) -> dict[str, Any] | None:
    """What the drawer shows; None while it is closed."""
    if state.opened is None:
        return None
    cluster, job_id = state.opened
    if (detail := state.detail) is None or detail.job.cluster != cluster:
        return {"key": key_text((cluster, job_id)), "id": job_id, "cluster": cluster, "missing": True}
    job = detail.job
    chip = mark_chip(job, state.marks) if detail.is_newest else None
    return {
        "key": key_text((cluster, job_id)),
        "row": row_text(job),
        "id": job.job_id,
        "cluster": cluster,
        "missing": False,
        "pinned": detail.pinned,
        "name": job.name or "(no name)",
        "state": chip or _state(job),
        "why": why(job),
        "time": cells(job, _status(state, cluster))["time"],
        "can_cancel": not is_final(job.state) and not state.read_only and chip is None and detail.is_newest,
        "newest": detail.is_newest,
        "attempts": attempts(detail),
        "verdicts": [{"level": each.level, "text": each.text} for each in state.verdicts],
        "page": page_link("job", cluster=cluster, job=job.job_id, attempt=_attempt(detail)),
        "groups": [group for group in _groups(detail) if group["fields"]],
        "events": _events(detail),
    }


def attempts(detail: JobDetail) -> list[dict[str, Any]]:
    """Each attempt of a requeued job, the first one first; none where there was but one."""
    if len(detail.attempts) < 2:
        return []
    key = key_text((detail.job.cluster, detail.job.job_id))
    times = [at.timestamp() for at in reversed(detail.attempts)]
    shown = epoch(detail.job.submit_time)
    return [
        {"row": f"{key}:{at:.0f}", "number": number, "at": at, "shown": at == shown}
        for number, at in enumerate(times, 1)
    ]


def _attempt(detail: JobDetail) -> int:
    """How a link names this attempt: 0 is the newest."""
    return 0 if detail.is_newest or detail.job.submit_time is None else int(detail.job.submit_time.timestamp())


def _state(job: Job) -> dict[str, str]:
    return {"text": state_word(job.state), "family": state_family(job.state), "tip": job.state}


def _status(state: BoardState, cluster: str) -> Any:
    return next((status for status in state.statuses if status.cluster == cluster), None)


def _groups(detail: JobDetail) -> list[dict[str, Any]]:
    job = detail.job
    return [
        _group("Who and where", _who(job)),
        _group("Resources", _resources(job)),
        _group("Times", _times(detail)),
        _group("Files", _files(job)),
    ]


def _group(title: str, fields: list[Field]) -> dict[str, Any]:
    """Only fields that have something to say."""
    return {"title": title, "fields": [field for field in fields if field.get("text") or field.get("at")]}


def _text(title: str, text: object, *, mono: bool = False, copy: bool = False) -> Field:
    return {"title": title, "text": "" if text is None else str(text), "mono": mono, "copy": copy}


def _who(job: Job) -> list[Field]:
    return [
        _text("User", job.user),
        _text("Account", job.account),
        _text("Partition", job.partition),
        _text("QOS", job.qos),
        _text("Slurm's reason", job.reason),
        _text("Dependency", job.dependency, mono=True),
        _text("Nodes", job.node_list, mono=True, copy=True),
        _text("Array", job.array_job_id and f"{job.array_job_id}, task {job.array_task_id or DASH}"),
        _text("Het job", job.het_job_id and f"{job.het_job_id}, part {job.het_offset}"),
        _text("Priority", job.priority),
        _text("Comment", job.comment),
    ]


def _resources(job: Job) -> list[Field]:
    kind = f" {job.gpu_type.upper()}" if job.gpus and job.gpu_type else ""
    return [
        _text("Nodes", number(job.nodes)),
        _text("CPUs", number(job.cpus)),
        _text("GPUs", gpus(job) + kind),
        _text("Memory", memory(job.memory_mib)),
        _text("TRES", job.tres, mono=True),
    ]


def _times(detail: JobDetail) -> list[Field]:
    job = detail.job
    waits, final = state_family(job.state) == "pending", is_final(job.state)
    return [
        _moment("Submitted", job.submit_time),
        _moment("Eligible", job.eligible_time),
        _moment("Slurm's estimate of its start" if waits else "Started", job.start_time),
        _moment("Ended" if final else "Limit is reached", None if waits else job.end_time),
        _text("Time limit", round_duration(job.time_limit_s) if job.time_limit_s else "none, or not known"),
        _text("Exit status:signal", job.exit_code),
        _text("Restarts", job.restarts or ""),
        _moment("First seen here", detail.first_seen),
        _moment("Last seen here", detail.last_seen),
    ]


def _moment(title: str, when: Any) -> Field:
    return {"title": title, "at": epoch(when)}


def _files(job: Job) -> list[Field]:
    return [
        _text("Working directory", job.work_dir, mono=True, copy=True),
        _text("Output", job.stdout_path, mono=True, copy=True),
        _text("Errors", job.stderr_path if job.stderr_path != job.stdout_path else "", mono=True, copy=True),
    ]


def _events(detail: JobDetail) -> list[dict[str, Any]]:
    """Changes of state as we saw them, newest first."""
    return [
        {
            "at": epoch(event.at),
            "text": state_word(event.state),
            "family": state_family(event.state),
            "note": event.reason,
            "tip": f"{event.old_state or 'first seen'} -> {event.state}"
            + (f", says {event.evidence}" if event.evidence else ""),
        }
        for event in reversed(detail.events)
    ]
