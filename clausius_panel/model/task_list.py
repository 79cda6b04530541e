"""Lists of array tasks as Slurm writes them, `3-7,9,12-20:4%2`, and ids of parts of arrays."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from .job_id import valid_job_id

__all__ = ["part_of", "split_parts", "task_is_in", "tasks_of", "together"]

_SPAN = re.compile(r"([0-9]{1,10})(?:-([0-9]{1,10}))?(?::([0-9]{1,10}))?")
_ID = re.compile(r"([0-9]+)_(?:([0-9]+)|\[([^\]%]*)(?:%[0-9]+)?\])")


def tasks_of(job_id: str, *, most: int = 1_000_000) -> tuple[str, frozenset[int]]:
    """The array's number and the tasks of an id such as `12_7` or `12_[3-5,9%2]`.

    ("", none) for an id of no part of an array, and for one that names more than `most`.

    >>> tasks_of("12_7"), tasks_of("12_[1,3-7:2%4]") == ("12", {1, 3, 5, 7}), tasks_of("12")
    (('12', frozenset({7})), True, ('', frozenset()))
    """
    found = _ID.fullmatch(job_id)
    if found is None:
        return "", frozenset()
    spans = _spans(found[2] or found[3])
    if sum(map(len, spans)) > most:
        return "", frozenset()
    return found[1], frozenset(task for span in spans for task in span)


def task_is_in(task: str, tasks: str) -> bool:
    """Whether the unstarted rest of an array, as Slurm writes it, has this task.

    >>> task_is_in("9", "8-29%4"), task_is_in("9", "1,3-11:4"), task_is_in("7", "3-11:4")
    (True, False, True)
    """
    return any(int(task) in span for span in _spans(tasks.partition("%")[0]))


def _spans(tasks: str) -> list[range]:
    """What stands between the commas; the dots of a list that was too long to be told whole are passed over."""
    spans = filter(None, map(_SPAN.fullmatch, tasks.split(",")))
    return [range(int(span[1]), int(span[2] or span[1]) + 1, int(span[3] or 1) or 1) for span in spans]


def part_of(array: str, tasks: Collection[int]) -> str:
    """The id of some tasks of an array.

    >>> part_of("12", {7}), part_of("12", {3, 4, 5, 9, 11})
    ('12_7', '12_[3-5,9,11]')
    """
    from ClusterShell.RangeSet import RangeSet  # late: it takes a while to import

    text = str(RangeSet.fromlist(map(str, tasks)))
    return f"{array}_{text}" if len(tasks) == 1 else f"{array}_[{text}]"


def split_parts(
    job_ids: Iterable[str], *, most: int, known: Mapping[str, Collection[int]] | None = None
) -> dict[str, list[str]]:
    """For each id the ids of its single tasks; itself where it names no several, or where all would be too many.

    With `known` tasks only ids are split that name others of an array of which some are known.

    >>> split_parts(["12_[3-4]", "9"], most=10), split_parts(["12_[3-4]", "9"], most=2)
    ({'12_[3-4]': ['12_3', '12_4'], '9': ['9']}, {'12_[3-4]': ['12_[3-4]'], '9': ['9']})
    """
    parts = {}
    for job_id in job_ids:
        array, tasks = tasks_of(job_id, most=most) if valid_job_id(job_id) else ("", frozenset[int]())
        is_sure = known is not None and (not known.get(array) or tasks <= set(known[array]))
        is_one = len(tasks) < 2 or is_sure
        parts[job_id] = [job_id] if is_one else [f"{array}_{task}" for task in sorted(tasks)]
    return parts if sum(map(len, parts.values())) <= most else {job_id: [job_id] for job_id in parts}


def together(parts: Mapping[str, list[str]], said: Mapping[str, str]) -> dict[str, str]:
    """What was said of single tasks, for the ids that were split into them.

    An id of which all was said alike stays one; otherwise there is one for each thing that was said.

    >>> together({"12_[3-4,9]": ["12_3", "12_4", "12_9"]}, {"12_3": "", "12_4": "", "12_9": "no"})
    {'12_[3-4]': '', '12_9': 'no'}
    """
    outcome: dict[str, str] = {}
    for job_id, singles in parts.items():
        by_word: dict[str, set[int]] = {}
        array = ""
        for single in singles if len(singles) > 1 else ():
            array, tasks = tasks_of(single)
            by_word.setdefault(said.get(single, "no answer"), set()).update(tasks)
        if len(by_word) > 1:
            outcome |= {part_of(array, tasks): word for word, tasks in by_word.items()}
        else:
            outcome[job_id] = next(iter(by_word), "") if by_word else said.get(singles[0], "no answer")
    return outcome
