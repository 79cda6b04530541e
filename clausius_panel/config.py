"""Where things are and how SSH starts: arguments > environment > clausius.toml > defaults.

Only what must be known before the store can be opened, or what differs between machines, is here; everything
else lives in the store.
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from .errors import InvalidInput
from .model import Cluster

__all__ = ["Config", "bootstrap_clusters", "load"]


def _default_known_hosts() -> tuple[Path, ...]:
    return (Path("~/.ssh/known_hosts").expanduser(), Path("/etc/ssh/ssh_known_hosts"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What one process is told from outside. Validated when made: a wrong value raises `InvalidInput`."""

    data_dir: Path = field(default_factory=lambda: Path(platformdirs.user_data_dir("clausius")))
    port: int = 7272  # of the user interface; 0 takes a free one
    api_port: int = 7273  # of REST and MCP; 0 takes a free one
    ssh_user: str = ""  # where neither the cluster nor ~/.ssh/config names one; "": the local user's name
    ssh_key: str = ""  # key file, likewise; "": ssh-agent and ~/.ssh/id_*
    ssh_config_file: Path = field(default_factory=lambda: Path("~/.ssh/config").expanduser())
    known_hosts_files: tuple[Path, ...] = field(default_factory=_default_known_hosts)  # trust writes to the first
    bootstrap_file: Path | None = None  # TOML with clusters that `clausius setup` adds
    command_timeout_s: float = 30.0
    connect_timeout_s: float = 8.0  # one hop: reach it; again as much to agree on keys

    def __post_init__(self) -> None:
        for name in ("port", "api_port"):
            port = getattr(self, name)
            if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= 65535:
                raise InvalidInput(name, port, "use a number from 1 to 65535, or 0 for a free one")
        for name in ("command_timeout_s", "connect_timeout_s"):
            seconds = getattr(self, name)
            if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds <= 86400:
                raise InvalidInput(name, seconds, "use a number of seconds above 0, at most 86400")
        if not self.known_hosts_files:
            raise InvalidInput("known_hosts_files", (), "name at least one file")


_FIELDS = {each.name for each in dataclasses.fields(Config)}

_ENVIRONMENT = {
    "CLAUSIUS_API_PORT": "api_port",
    "CLAUSIUS_BOOTSTRAP_FILE": "bootstrap_file",
    "CLAUSIUS_DATA_DIR": "data_dir",
    "CLAUSIUS_KNOWN_HOSTS": "known_hosts_files",  # several separated as in PATH
    "CLAUSIUS_PORT": "port",
    "CLAUSIUS_SSH_CONFIG": "ssh_config_file",
    "CLAUSIUS_SSH_KEY": "ssh_key",
    "CLAUSIUS_SSH_USER": "ssh_user",
}


def load(
    *,
    environ: Mapping[str, str] | None = None,
    file: str | os.PathLike[str] | None = None,
    **arguments: object,
) -> Config:
    """The configuration of this process.

    `arguments` are fields of `Config`; None means not given. `file` (else CLAUSIUS_CONFIG_FILE, else clausius.toml
    in the user's configuration directory) may set the same fields. Raises `InvalidInput` naming file or variable,
    key, value and remedy.

    >>> load(environ={"CLAUSIUS_PORT": "8080"}, file=os.devnull, api_port=9090).port
    8080
    """
    environ = os.environ if environ is None else environ
    given = {key: value for key, value in arguments.items() if value is not None}
    if strange := sorted(set(given) - _FIELDS):
        raise InvalidInput("argument", strange[0], f"known: {', '.join(sorted(_FIELDS))}")
    values = _from_file(file or environ.get("CLAUSIUS_CONFIG_FILE") or None)
    for variable, key in _ENVIRONMENT.items():
        if text := environ.get(variable):
            values[key] = _checked(key, _environment_value(key, text), variable)
    values |= {key: _checked(key, value, key) for key, value in given.items()}
    return Config(**values)


def _environment_value(key: str, text: str) -> object:
    if key == "known_hosts_files":
        return [part for part in text.split(os.pathsep) if part]
    if key in ("port", "api_port"):
        return int(text) if text.isascii() and text.isdigit() else text
    return text


def _from_file(file: str | os.PathLike[str] | None) -> dict[str, Any]:
    path = Path(file).expanduser() if file else Path(platformdirs.user_config_dir("clausius")) / "clausius.toml"
    if not file and not path.exists():
        return {}
    table = _read_toml(path)
    for key in table:
        if key not in _FIELDS:
            raise InvalidInput(f"key in {path}", key, f"known keys: {', '.join(sorted(_FIELDS))}")
    return {key: _checked(key, value, f"{key} in {path}") for key, value in table.items()}


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise InvalidInput("file", str(path), f"it cannot be read: {exc.strerror or exc}") from exc
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise InvalidInput("file", str(path), f"correct its TOML: {exc}") from exc


def _path(value: object) -> Path:
    if isinstance(value, (str, os.PathLike)) and os.fspath(value) and "\x00" not in os.fspath(value):
        return Path(value).expanduser()
    raise ValueError("use a path")


def _paths(value: object) -> tuple[Path, ...]:
    if isinstance(value, (list, tuple)) and value:
        return tuple(_path(each) for each in value)
    if isinstance(value, (str, os.PathLike)):
        return (_path(value),)
    raise ValueError("use a list of paths")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError("use text")


def _number(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise ValueError("use a number")


_READERS: dict[str, Callable[[object], object]] = {
    "api_port": _number,
    "bootstrap_file": _path,
    "command_timeout_s": _number,
    "connect_timeout_s": _number,
    "data_dir": _path,
    "known_hosts_files": _paths,
    "port": _number,
    "ssh_config_file": _path,
    "ssh_key": _text,
    "ssh_user": _text,
}


def _checked(key: str, value: object, origin: str) -> object:
    try:
        read = _READERS[key](value)
    except ValueError as exc:
        raise InvalidInput(origin, value, str(exc)) from exc
    try:
        Config(**{key: read})  # type: ignore[arg-type]  # one field at a time, so that the message can name its origin
    except InvalidInput as exc:
        raise InvalidInput(origin, value, exc.remedy) from exc
    return read


def bootstrap_clusters(path: str | os.PathLike[str]) -> list[Cluster]:
    """The clusters of a TOML file: `[[cluster]]` tables with a name, or `[clusters.NAME]` tables.

    The keys are the fields of `Cluster`. Raises `InvalidInput` naming file, cluster, key, value and remedy.
    """
    path = Path(path).expanduser()
    document = _read_toml(path)
    if strange := sorted(set(document) - {"cluster", "clusters"}):
        raise InvalidInput(f"key in {path}", strange[0], "use [[cluster]] or [clusters.NAME]")
    listed, named = document.get("cluster", []), document.get("clusters", {})
    if not isinstance(listed, list) or not isinstance(named, dict):
        raise InvalidInput(f"clusters in {path}", listed or named, "use [[cluster]] or [clusters.NAME]")
    found: dict[str, Cluster] = {}
    for table in [*listed, *(_named(path, name, table) for name, table in named.items())]:
        cluster = _cluster(path, table)
        if cluster.name in found:
            raise InvalidInput(f"cluster in {path}", cluster.name, "name each cluster once")
        found[cluster.name] = cluster
    return list(found.values())


def _named(path: Path, name: str, table: object) -> dict[str, Any]:
    if not isinstance(table, dict) or "name" in table:
        raise InvalidInput(f"clusters.{name} in {path}", table, "make it a table without a name key")
    return {"name": name, **table}


def _cluster(path: Path, table: object) -> Cluster:
    if not isinstance(table, dict) or not isinstance(table.get("name"), str):
        raise InvalidInput(f"cluster in {path}", table, 'give it a name = "..."')
    where = f"of cluster {table['name']} in {path}"
    fields = {each.name for each in dataclasses.fields(Cluster)}
    for key, value in table.items():
        if key not in fields:
            raise InvalidInput(f"key {where}", key, f"known keys: {', '.join(sorted(fields))}")
        wanted = int if key == "port" else str
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise InvalidInput(f"{key} {where}", value, "use a number" if wanted is int else "use text")
    try:
        return Cluster(**table)
    except InvalidInput as exc:
        raise InvalidInput(f"{exc.what} {where}", exc.value, exc.remedy) from exc
