"""Which of a job's files its directories hold, on every host of the cluster that may have some of them."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .asking import Told
from .listing import Entry, Listing, read_entries, words_for
from .refusal import LogRefused
from .source import LogSource
from .tasks import Task

__all__ = ["Seen", "look"]

_DIRECTORY_BYTES = 2 << 20
_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen in the directories."""

    listings: dict[str, Listing]  # of the directories that could be looked at
    files: dict[str, tuple[Entry, Listing]]  # by path, and where each was seen; a link or a directory too

    @property
    def is_complete(self) -> bool:
        """Whether nothing was left out of any directory."""
        return all(listing.is_complete for listing in self.listings.values())

    def lacking(self, path: str) -> str:
        """What is known of a file that was not seen; "" where not all of its directory was looked at."""
        listing = self.listings.get(posixpath.dirname(path))
        if listing is None:
            return "its directory could not be looked at"
        if not listing.is_complete:
            return ""
        if listing.detour:
            return "there is no such file (yet) on the login node; the data host could not be asked"
        return "there is no such file (yet)"


def look(source: LogSource, directories: Sequence[str], tasks: Sequence[Task], problems: list[str]) -> Seen:
    """Look into the directories for the files of the tasks; what cannot be looked at goes to `problems`.

    Where a file that Slurm names is not seen, the other host of the cluster is asked too, as for reading it.
    Raises `TransportError`.
    """
    questions = _questions(directories, tasks)
    listings: dict[str, Listing] = {}
    detours: dict[str, str] = {}
    for path, answer in zip(directories, _asked(source, list(questions.values())), strict=True):
        if not isinstance(answer, LogRefused):
            listings[path] = read_entries(path, answer, access=source.access)
        elif answer.reason == "missing":
            detours[path] = answer.detour
        else:
            problems.append(str(answer))
    beside = _beside(source, questions, listings, tasks)
    problems += [
        f"the data host could not be asked, only the login node was: {detour}"
        for detour in dict.fromkeys([*detours.values(), *(each.detour for each in listings.values())])
        if detour
    ]
    files = {entry.path: (entry, each) for each in [*beside, *listings.values()] for entry in each.entries}
    return Seen(listings=listings, files=files)


def _questions(directories: Sequence[str], tasks: Sequence[Task]) -> dict[str, tuple[str, ...]]:
    """The question for each directory: for names that hold an id of a task, or that Slurm tells."""
    ids = _ids(tasks)
    names: dict[str, set[str]] = {path: set() for path in directories}
    for task in tasks:
        for path in task.paths:
            directory, name = posixpath.split(path)
            if directory in names and not any(number in name for number in ids):
                names[directory].add(name)
    return {path: words_for(path, containing=ids, named=sorted(names[path])) for path in directories}


def _asked(source: LogSource, questions: Sequence[Sequence[str]]) -> list[Told | LogRefused]:
    return source.ask(questions, max_bytes=_DIRECTORY_BYTES * max(1, len(questions)), timeout_s=_SECONDS)


def _beside(
    source: LogSource, questions: dict[str, tuple[str, ...]], listings: dict[str, Listing], tasks: Sequence[Task]
) -> list[Listing]:
    """Listings by the other host of the directories that lack a file; in `listings` it is noted who was asked."""
    seen = {entry.path for listing in listings.values() for entry in listing.entries}
    named = [path for task in tasks for path in task.paths if "%" not in path and path not in seen]
    lacking = [
        path
        for path in dict.fromkeys(map(posixpath.dirname, named))
        if path in listings and listings[path].via in ("shell", "login")
    ]
    found: list[Listing] = []
    asked = [questions[path] for path in lacking]
    many = _DIRECTORY_BYTES * max(1, len(asked))
    answers = source.ask_beside(asked, max_bytes=many, timeout_s=_SECONDS) if asked else []
    for path, answer in zip(lacking, answers, strict=False):  # there may be no other host, and so no answers
        here = listings[path] = replace(listings[path], detour="")
        if not isinstance(answer, LogRefused):
            there = read_entries(path, answer, access=source.access)
            listings[path] = replace(here, is_complete=here.is_complete and there.is_complete)
            found.append(there)
    for path in set(listings) - set(lacking):  # nothing is missing there: nobody else need have been asked
        listings[path] = replace(listings[path], detour="")
    return found


def _ids(tasks: Sequence[Task]) -> list[str]:
    """The numbers that names of files may hold: an array's own, and each task's where there are few."""
    mains = dict.fromkeys(task.array or task.raw for task in tasks)
    raws = dict.fromkeys(task.raw for task in tasks)
    return list(mains | (raws if len(raws) <= 50 else {}))
