"""Projects, as job names tell them: `<project>_<campaign>_<rest>`."""

from __future__ import annotations

import colorsys
import re
import zlib
from collections.abc import Collection
from dataclasses import dataclass

from ..errors import InvalidInput

__all__ = ["COLOURS", "EMOJIS", "NameParts", "Project", "ProjectNames", "campaign_shade", "new_project"]

COLOURS = (
    "#4c78a8",
    "#f58518",
    "#54a24b",
    "#b279a2",
    "#e45756",
    "#72b7b2",
    "#9d755d",
    "#eeca3b",
    "#ff9da6",
    "#6b6ecf",
    "#8ca252",
    "#d6616b",
)
"""Given to projects in this order."""

EMOJIS = ("🔬", "🚀", "🧪", "📊", "🧠", "⚡", "🌊", "🎯", "🔥", "🌱", "🛰️", "🧩")
"""The same for emojis."""

_FIRST_WORD = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,62})_")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_PREFIX = re.compile(r"\S{1,64}")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_EMOJI = re.compile(r"[^\s<>&\"'`\x00-\x1f\x7f]{0,16}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project. Validated when made: a wrong value raises `InvalidInput`."""

    name: str
    prefix: str  # job names that begin with it, in whatever case, are its own
    colour: str  # "#4c78a8"
    emoji: str = ""
    merged_into: str = ""  # the project that its jobs now count to; "" for one that stands for itself

    def __post_init__(self) -> None:
        for name in (self.name, self.merged_into or self.name):
            if not _NAME.fullmatch(name):
                raise InvalidInput("project", name, "use letters, digits, '.', '_', '-' (at most 63)")
        if not _PREFIX.fullmatch(self.prefix):
            raise InvalidInput("prefix", self.prefix, "use 1 to 64 characters without spaces")
        if not _COLOUR.fullmatch(self.colour):
            raise InvalidInput("colour", self.colour, "use a form such as #4c78a8")
        if not _EMOJI.fullmatch(self.emoji):
            raise InvalidInput("emoji", self.emoji, "use one emoji")


@dataclass(frozen=True, slots=True)
class NameParts:
    """What a job's name says; "" for what it does not say."""

    project: str = ""
    campaign: str = ""


class ProjectNames:
    """Tells the project of a job's name: by the longest known prefix, else by its first word.

    >>> names = ProjectNames([Project(name="beta", prefix="beta-", colour="#000000")])
    >>> names.parts("beta-gpt_x"), names.parts("Hle_mpsf_eval-1"), names.parts("nounderscore").project
    (NameParts(project='beta', campaign='gpt'), NameParts(project='hle', campaign='mpsf'), '')
    """

    def __init__(self, projects: Collection[Project]) -> None:
        self._by_name = {project.name: project for project in projects}
        self._by_prefix = {project.prefix.lower(): project for project in projects}
        self._lengths = sorted({len(prefix) for prefix in self._by_prefix}, reverse=True)

    def parts(self, name: str) -> NameParts:
        """Project and campaign; the project may be one that is not known yet."""
        lower = name.lower()
        for length in self._lengths:
            if (found := self._by_prefix.get(lower[:length])) is not None:
                return NameParts(self.resolve(found.name), _campaign(lower[length:]))
        word = _FIRST_WORD.match(name)
        if word is None:
            return NameParts()
        return NameParts(self.resolve(word[1].lower()), _campaign(lower[word.end() :]))

    def resolve(self, name: str) -> str:
        """The project that `name` was merged into, or itself."""
        seen = set[str]()
        while (project := self._by_name.get(name)) is not None and project.merged_into and name not in seen:
            seen.add(name)
            name = project.merged_into
        return name


def _campaign(rest: str) -> str:
    """The word before the next underscore; without one there is only a rest."""
    word, underscore, _ = rest.lstrip("_-").partition("_")
    return word if underscore else ""


def new_project(name: str, known: Collection[Project]) -> Project:
    """A project seen for the first time, with the first colour and emoji that no other has."""
    colours, emojis = {project.colour for project in known}, {project.emoji for project in known}
    return Project(
        name=name,
        prefix=f"{name}_",
        colour=next((one for one in COLOURS if one not in colours), _one_of(COLOURS, name)),
        emoji=next((one for one in EMOJIS if one not in emojis), _one_of(EMOJIS, name)),
    )


def _one_of(choices: tuple[str, ...], name: str) -> str:
    return choices[zlib.crc32(name.encode()) % len(choices)]


def campaign_shade(colour: str, campaign: str) -> str:
    """A neighbour of the project's colour, always the same for one campaign; the colour itself for none.

    >>> campaign_shade("#4c78a8", ""), campaign_shade("#4c78a8", "mpsf") == campaign_shade("#4c78a8", "mpsf")
    ('#4c78a8', True)
    """
    if not campaign:
        return colour
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    share = zlib.crc32(campaign.encode(errors="replace")) / 0xFFFFFFFF
    turned = colorsys.hls_to_rgb((hue + (share - 0.5) / 6) % 1.0, light, saturation)
    return "#" + "".join(f"{round(255 * part):02x}" for part in turned)
