"""Links to experiment trackers that a log tells of: always the run's, never only the project's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from .ansi import plain_text

__all__ = ["MOST_LINKS", "Tracker", "TrackerLink", "find_tracker_links", "merged_links"]

MOST_LINKS = 100
"""So many links are told of one text: a log that starts runs by the thousand is no list to choose from."""

Tracker = Literal["wandb", "mlflow", "tensorboard", "aim"]

_URL = re.compile(r"https?://[^\s\"'<>`|\\^{}]{1,2000}")
_WORDS_OF_WANDB = frozenset({"view run", "wandb", "weights & biases"})
_WORDS = (*_WORDS_OF_WANDB, "aim", "tensorboard")
_OPENERS = {")": "(", "]": "["}
_WANDB = re.compile(r"^/(?P<entity>[^/]+)/(?P<project>[^/]+)/runs/(?P<run>[^/]+)$")
_MLFLOW = re.compile(r"/experiments/\d+/runs/[0-9a-fA-F]{8,64}")
_AIM = re.compile(r"/runs/[0-9a-fA-F]{16,64}")
_NAMED = re.compile(r"\bview run (?P<name>\S(?:[^\n]{0,58}\S)??) at:? +[(<]?$", re.IGNORECASE)
_BEFORE = 100
_LONGEST_RUN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerLink:
    """A page of an experiment tracker that belongs to a run."""

    tracker: Tracker
    url: str  # http or https, without colours and closing punctuation
    run: str  # its name where the log tells it, else its id, or the host; data like all of the log
    line: int | None  # number of the line that told it first, from 1; None: not known

    @property
    def is_named(self) -> bool:
        """Whether the log tells a name of the run."""
        return self.run != _short(self.tracker, self.url)

    @property
    def host(self) -> str:
        """Where it leads, with the port."""
        return urlsplit(self.url).netloc


def merged_links(*told: Iterable[TrackerLink]) -> list[TrackerLink]:
    """The links of several texts, each once, in their order; of each the first name that was told."""
    found: dict[str, TrackerLink] = {}
    for link in (each for links in told for each in links):
        known = found.setdefault(link.url, link)
        if link.is_named and not known.is_named:
            found[link.url] = replace(known, run=link.run)
    return list(found.values())[:MOST_LINKS]


def find_tracker_links(text: str, *, first_line: int | None = 1) -> list[TrackerLink]:
    r"""The links in `text`, each once, in the order of the log; `first_line` is the number of its first line.

    >>> [link] = find_tracker_links("wandb: View run sunny at \x1b[34mhttps://wandb.ai/lab/llm/runs/a1b2c3\x1b[0m.")
    >>> link.url, link.run
    ('https://wandb.ai/lab/llm/runs/a1b2c3', 'sunny')
    """
    found: list[TrackerLink] = []
    for number, raw in enumerate(text.split("\n"), first_line or 1):
        if "://" not in raw:
            continue
        line = plain_text(raw)
        lowered = line.lower()
        words = frozenset(word for word in _WORDS if word in lowered)
        for match in _URL.finditer(line):
            url = _trimmed(match[0])
            if (tracker := _tracker(url, words)) is not None:
                run = _name(line[max(0, match.start() - _BEFORE) : match.start()]) or _short(tracker, url)
                where = None if first_line is None else number
                found.append(TrackerLink(tracker=tracker, url=url, run=run, line=where))
    return merged_links(found)


def _name(before: str) -> str:
    """What stands as the run's name in front of its address; "" for none, or for what could deceive the eye."""
    found = _NAMED.search(before)
    return found["name"] if found and found["name"].isprintable() else ""


def _short(tracker: Tracker, url: str) -> str:
    """What to call a run without a name: the id at the end of its address, else the host."""
    parts = urlsplit(url)
    last = (parts.fragment or parts.path).rstrip("/").rpartition("/")[2]
    if tracker == "tensorboard" or not last:
        return parts.netloc
    return last[:8] if tracker in ("mlflow", "aim") else last[:_LONGEST_RUN]


def _tracker(url: str, words: frozenset[str]) -> Tracker | None:
    try:
        parts = urlsplit(url)
        is_plain = bool(parts.hostname) and parts.username is None and url.isprintable()
    except ValueError:
        return None
    if not is_plain:  # a password has no place in a link
        return None
    if words & _WORDS_OF_WANDB and _WANDB.match(parts.path.rstrip("/")):
        return "wandb"
    if _MLFLOW.search(parts.path + "#" + parts.fragment):
        return "mlflow"
    if "tensorboard" in words:
        return "tensorboard"
    if _AIM.search(parts.path) and "aim" in words:
        return "aim"
    return None


def _trimmed(url: str) -> str:
    """`url` without the punctuation of the sentence around it."""
    while url and (url[-1] in ".,;:!?*_~…" or (url[-1] in _OPENERS and _OPENERS[url[-1]] not in url)):
        url = url[:-1]
    return url
