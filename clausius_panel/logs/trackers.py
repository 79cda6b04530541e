"""Links to experiment trackers that a log tells of: always the run's, never only the project's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from .ansi import plain_text

__all__ = ["TrackerLink", "find_tracker_links"]

Tracker = Literal["wandb", "mlflow", "tensorboard", "aim"]

_URL = re.compile(r"https?://[^\s\"'<>`|\\^{}]{1,2000}")
_WORDS_OF_WANDB = frozenset({"view run", "wandb", "weights & biases"})
_WORDS = (*_WORDS_OF_WANDB, "aim", "tensorboard")
_OPENERS = {")": "(", "]": "["}
_WANDB = re.compile(r"^/(?P<entity>[^/]+)/(?P<project>[^/]+)/runs/(?P<run>[^/]+)$")
_MLFLOW = re.compile(r"/experiments/\d+/runs/[0-9a-fA-F]{8,64}")
_AIM = re.compile(r"/runs/[0-9a-fA-F]{16,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerLink:
    """A page of an experiment tracker that belongs to a run."""

    tracker: Tracker
    url: str  # http or https, without colours and closing punctuation
    line: int  # number of the line that told it first, from 1


def find_tracker_links(text: str, *, first_line: int = 1) -> list[TrackerLink]:
    r"""The links in `text`, each once, in the order of the log.

    >>> find_tracker_links("wandb: View run at \x1b[34mhttps://wandb.ai/lab/llm/runs/a1b2c3\x1b[0m.")[0].url
    'https://wandb.ai/lab/llm/runs/a1b2c3'
    """
    found: dict[str, TrackerLink] = {}
    for number, raw in enumerate(text.split("\n"), first_line):
        if "://" not in raw:
            continue
        line = plain_text(raw)
        lowered = line.lower()
        words = frozenset(word for word in _WORDS if word in lowered)
        for match in _URL.finditer(line):
            url = _trimmed(match[0])
            if (tracker := _tracker(url, words)) is not None:
                found.setdefault(url, TrackerLink(tracker=tracker, url=url, line=number))
    return list(found.values())


def _tracker(url: str, words: frozenset[str]) -> Tracker | None:
    try:
        parts = urlsplit(url)
        is_plain = bool(parts.hostname) and parts.username is None
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
