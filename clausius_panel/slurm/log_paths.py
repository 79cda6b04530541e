"""Where a job writes: the patterns of `sbatch --output` expanded as Slurm does it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

__all__ = ["log_path", "log_paths"]

_LETTER = re.compile(r"%(?:%|([0-9]*)([AabJjNnstux]))")
_NUMBERS = frozenset("AabJjnt")
_ESCAPE = re.compile(r"\\(.?)")
_PLACES = {"j": "{0}", "x": "{1}", "A": "{2}", "a": "{3}", "u": "{4}"}
_USUAL = re.compile(r"%([jxAau])")
_UNUSUAL = re.compile(r"%(?![jxAau])")
_NO_TASK = "4294967294"  # what Slurm prints for %a outside an array


def log_path(
    pattern: str,
    *,
    work_dir: str,
    job_id_raw: str,
    name: str,
    user: str,
    array_job_id: str = "",
    array_task_id: str = "",
    node_list: str = "",
) -> str:
    """The file behind `pattern`, absolute if `work_dir` is; "" where Slurm names none.

    Letters that mean nothing yet stay as they are: the task of an array's unstarted rest, the node of a job that
    waits. Those of a step take what a batch script gets.

    >>> log_path("%x-%A_%4a.out", work_dir="/w", job_id_raw="125", name="train", user="ada",
    ...          array_job_id="123", array_task_id="7")
    '/w/train-123_0007.out'
    """
    if pattern in ("", "(null)", "N/A"):
        return ""
    if "%" not in pattern and array_job_id and pattern.endswith(f"slurm-{job_id_raw}.out"):
        # squeue prints the default of a plain job; sbatch gives arrays another one
        pattern = pattern.removesuffix(f"slurm-{job_id_raw}.out") + "slurm-%A_%a.out"
    path = pattern if pattern[0] == "/" else posixpath.join(work_dir, pattern)
    if "\\" in pattern:  # sbatch(1): no letter is replaced where there is a backslash
        return _ESCAPE.sub(r"\1", path)
    if "%" not in pattern:
        return path
    task = array_task_id if array_task_id.isdigit() else ""
    own_id = job_id_raw if task or not array_job_id else ""
    values = {
        "A": array_job_id or job_id_raw,
        "a": task if array_job_id else _NO_TASK,
        "b": (task and str(int(task) % 10)) if array_job_id else _NO_TASK[-1],
        "J": own_id,
        "j": own_id,
        "N": _first_host(node_list),
        "n": "0",
        "s": "batch",
        "t": "0",
        "u": user,
        "x": name,
    }

    def expand(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        value = values[found[2]]
        if not value:
            return found[0]
        return value.zfill(min(int(found[1] or 0), 10)) if found[2] in _NUMBERS else value

    return _LETTER.sub(expand, path)


def log_paths(
    patterns: Sequence[str],
    *,
    work_dirs: Sequence[str],
    raw_ids: Sequence[str],
    names: Sequence[str],
    users: Sequence[str],
    array_ids: Sequence[str],
    tasks: Sequence[str],
    node_lists: Sequence[str],
) -> list[str]:
    """`log_path` for columns."""
    templates = {pattern: _template(pattern) for pattern in set(patterns)}
    return [
        template.format(raw, name, array_id or raw, task or _NO_TASK, user)
        if (template := templates[pattern]) is not None and (not array_id or task.isdigit())
        else log_path(
            pattern,
            work_dir=work_dir,
            job_id_raw=raw,
            name=name,
            user=user,
            array_job_id=array_id,
            array_task_id=task,
            node_list=node_list,
        )
        for pattern, work_dir, raw, name, user, array_id, task, node_list in zip(
            patterns, work_dirs, raw_ids, names, users, array_ids, tasks, node_lists, strict=True
        )
    ]


def _template(pattern: str) -> str | None:
    """The usual patterns as a text for str.format, which is ten times as fast; None for all others."""
    if pattern[:1] != "/" or "\\" in pattern or "slurm-" in pattern or _UNUSUAL.search(pattern):
        return None
    return _USUAL.sub(lambda found: _PLACES[found[1]], pattern.replace("{", "{{").replace("}", "}}"))


def _first_host(node_list: str) -> str:
    """The short name of the first host of a folded list."""
    first = re.split(r"[,\]]", node_list, maxsplit=1)[0]
    prefix, bracket, numbers = first.partition("[")
    return (prefix + numbers.partition("-")[0] if bracket else first).partition(".")[0]
