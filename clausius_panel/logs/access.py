"""What may be read: nothing outside the directories that known jobs, or the configuration, name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import InvalidInput

__all__ = ["HIDDEN_SHOWN", "NEVER", "Access", "Root", "checked_path"]

HIDDEN_SHOWN = (".hydra", ".nextflow.log", ".snakemake", ".submitit")
"""Names with a leading dot that hold logs and no secrets."""

_LONGEST = 4096  # PATH_MAX on Linux
NEVER = ("/", "/dev", "/etc", "/proc", "/root", "/run", "/sys")
"""Directories that are no root, also where a link leads there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A directory whose files, at any depth, may be read."""

    path: str  # absolute, on the far side; may lead through symbolic links
    owner: str = ""  # only files of this user: another person's job could name one of ours; "" means anybody's


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Which files may be read. Checked on the far side, on the file that was opened, after all symbolic links."""

    roots: tuple[Root, ...]
    hidden_shown: tuple[str, ...] = HIDDEN_SHOWN  # names with a leading dot that are no secret below a root

    @classmethod
    def to(cls, roots: Iterable[Root], *, hidden_shown: Iterable[str] = HIDDEN_SHOWN) -> Access:
        """Access to `roots`, without doubles and without those that would open the whole machine."""
        kept = {root: None for root in roots if root.path.rstrip("/") and root.path.rstrip("/") not in NEVER}
        free = {root.path for root in kept if not root.owner}
        return cls(
            roots=tuple(root for root in kept if not root.owner or root.path not in free),
            hidden_shown=tuple(hidden_shown),
        )


def checked_path(path: str) -> str:
    """`path` if it can be one. Raises `InvalidInput`.

    >>> checked_path("/home/ada/my logs/train.out")
    '/home/ada/my logs/train.out'
    """
    if not path.startswith("/") or "\x00" in path or len(path) > _LONGEST:
        raise InvalidInput("path", path[:200], f"use an absolute path of at most {_LONGEST} characters")
    return path
