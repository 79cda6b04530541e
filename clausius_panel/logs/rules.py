"""What differs from site to site about logs, as plain values: where they lie, and what their lines mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..errors import InvalidInput
from .access import HIDDEN_SHOWN

__all__ = ["LogRules", "Mount", "PathMap", "SearchPath", "host_path", "mounted_path"]

_PLACES = ("{array_job_id}", "{job_id}", "{name}", "{user}", "{work_dir}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPath:
    """A further directory to look into for files that bear the id of a job.

    `template` is absolute and may hold {user}, {name}, {job_id}, {array_job_id}, {work_dir}.
    """

    template: str
    cluster: str = ""  # "": on every cluster

    def __post_init__(self) -> None:
        bare = self.template
        for place in _PLACES:
            bare = bare.replace(place, "")
        is_absolute = self.template.startswith(("/", "{work_dir}")) and ".." not in self.template.split("/")
        if not is_absolute or "{" in bare or "}" in bare or not self.template.strip("/"):
            raise InvalidInput(
                "search path", self.template, f"use an absolute path; it may hold {', '.join(_PLACES)}"
            )

    @property
    def is_static(self) -> bool:
        """Whether it is the same directory for every job."""
        return "{" not in self.template

    def expanded(self, values: dict[str, str]) -> str:
        """The directory for one job; "" where a value is missing or would leave the directory.

        >>> SearchPath(template="/scratch/{user}/logs").expanded({"{user}": "ada"})
        '/scratch/ada/logs'
        """
        parts = []
        for part in self.template.split("/"):
            for place in _PLACES:
                if place in part:
                    value = values.get(place, "")
                    if not value or "\x00" in value or (place != "{work_dir}" and "/" in value):
                        return ""
                    part = part.replace(place, value)
            if part in (".", ".."):
                return ""
            parts.append(part)
        path = "/".join(parts)
        return path if path.startswith("/") and ".." not in path.split("/") else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathMap:
    """A directory as jobs in containers see it, and where it is on the host."""

    inside: str  # "/workspace"
    outside: str  # "/lustre/lab/workspace"
    cluster: str = ""  # "": on every cluster

    def __post_init__(self) -> None:
        _check_pair("path map", self.inside, self.outside)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A directory of a cluster that is mounted on this machine, e.g. by sshfs: read first."""

    remote: str
    local: str
    cluster: str = ""  # "": of every cluster

    def __post_init__(self) -> None:
        _check_pair("mount", self.remote, self.local)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRules:
    """Everything configurable about finding logs. What their lines mean is in `AnalysisRules`."""

    search_paths: tuple[SearchPath, ...] = ()
    path_maps: tuple[PathMap, ...] = ()
    mounts: tuple[Mount, ...] = ()
    roots: tuple[str, ...] = ()  # directories whose files anybody here may look at, whoever owns them
    hidden_shown: tuple[str, ...] = field(default=HIDDEN_SHOWN)

    def mounts_of(self, cluster: str) -> tuple[Mount, ...]:
        """The mounts that hold for one cluster."""
        return tuple(mount for mount in self.mounts if mount.cluster in ("", cluster))

    def roots_of(self, cluster: str) -> tuple[str, ...]:
        """Directories of one cluster that may be looked at whatever job is asked about."""
        named = [each.template for each in self.search_paths if each.is_static and each.cluster in ("", cluster)]
        outside = [each.outside for each in self.path_maps if each.cluster in ("", cluster)]
        return tuple(dict.fromkeys([*self.roots, *named, *outside]))

    def on_host(self, path: str, cluster: str) -> str:
        """Where a path that a job in a container names is on the host; see `host_path`."""
        return host_path(path, cluster=cluster, maps=self.path_maps)


def host_path(path: str, *, cluster: str, maps: Iterable[PathMap]) -> str:
    """Where a path that a container's log names is on the host: by the longest prefix; unchanged without a rule.

    >>> host_path("/work/out/1.txt", cluster="alpha", maps=[PathMap(inside="/work", outside="/lustre/w")])
    '/lustre/w/out/1.txt'
    """
    pairs = [(each.inside, each.outside) for each in maps if each.cluster in ("", cluster)]
    return _moved(path, pairs) or path


def mounted_path(path: str, *, mounts: Iterable[Mount]) -> str:
    """Where a file of the cluster is on this machine, if a mount holds it; else "".

    >>> mounted_path("/scratch/ada/1.out", mounts=[Mount(remote="/scratch", local="/mnt/alpha")])
    '/mnt/alpha/ada/1.out'
    """
    return _moved(path, [(each.remote, each.local) for each in mounts])


def _moved(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    for before, after in sorted(pairs, key=lambda pair: -len(pair[0])):
        root = before.rstrip("/")
        if path == root or path.startswith(f"{root}/"):
            rest = path[len(root) :]
            return "" if ".." in rest.split("/") else after.rstrip("/") + rest
    return ""


def _check_pair(what: str, one: str, other: str) -> None:
    for path in (one, other):
        if not path.startswith("/") or "\x00" in path or ".." in path.split("/"):
            raise InvalidInput(what, path, "use an absolute path without '..'")
