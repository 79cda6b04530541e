"""From a cluster's configuration to the hops that lead to its host."""

from __future__ import annotations

import getpass
import re
from dataclasses import dataclass
from pathlib import Path

from ..config import Config
from ..errors import InvalidInput
from ..model import Cluster
from .ssh_config import HostOptions, lookup

__all__ = ["Hop", "route"]

_MOST_HOPS = 8
_JUMP = re.compile(
    r"(?:(?P<user>\S+)@)?(?:\[(?P<six>[^]]+)\]|(?P<host>[^:@\s]+|[^@\s]*:[^@\s]*:[^@\s]*))(?::(?P<port>\d+))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One SSH server on the way, everything settled."""

    alias: str  # as people name it
    address: str
    port: int
    user: str
    key_files: tuple[str, ...] | None  # None: nobody names one, so OpenSSH's default files
    identities_only: bool
    known_hosts: tuple[Path, ...]
    known_as: str  # its name in known_hosts: "host" or "[host]:port"
    connect_timeout_s: float

    @property
    def label(self) -> str:
        """Whom messages should name."""
        return f"{self.user}@{self.alias}"


@dataclass(frozen=True, slots=True)
class _Place:
    """What is known of a hop before ~/.ssh/config is asked."""

    alias: str
    user: str = ""
    port: int | None = None
    key_file: str = ""
    fallback_user: str = ""
    fallback_key: str = ""
    jumps: str = ""  # "": as ~/.ssh/config says


def route(cluster: Cluster, host: str, config: Config) -> tuple[Hop, ...]:
    """The hops to `host` (the cluster's login node or data host): jump hosts first, `host` last.

    The cluster's own fields beat ~/.ssh/config, which beats `config`. `cluster.port` is the login node's; another
    host takes its port from "host:port" or ~/.ssh/config. Jump hosts named by the cluster fall back to its user
    and key. Raises `InvalidInput` for what cannot be followed.
    """
    user, alias, port = _split(host)
    if host == cluster.host:
        port = cluster.port or port
    place = _Place(
        alias=alias,
        user=cluster.user or user,
        port=port,
        key_file=cluster.key_file,
        jumps=cluster.proxy_jump,
    )
    return tuple(_hops(place, config, named_by=cluster if cluster.proxy_jump else None, depth=0))


def _hops(place: _Place, config: Config, *, named_by: Cluster | None, depth: int) -> list[Hop]:
    if depth > _MOST_HOPS:
        raise InvalidInput("ProxyJump", place.alias, f"it leads in a circle, or over more than {_MOST_HOPS} hosts")
    options = lookup(place.alias, config.ssh_config_file, user=place.user, port=place.port)
    jumps = place.jumps or options.proxy_jump
    before: list[Hop] = []
    if jumps and jumps.lower() != "none":
        chain = [_jump(each.strip(), named_by) for each in jumps.split(",")]
        # Only the first jump host's own ProxyJump counts: the others are reached through the one before.
        before = _hops(chain[0], config, named_by=None, depth=depth + 1)
        before += [
            _hop(each, lookup(each.alias, config.ssh_config_file, user=each.user, port=each.port), config)
            for each in chain[1:]
        ]
    elif not jumps and options.proxy_command.lower() not in ("", "none"):
        raise InvalidInput(
            f"ProxyCommand of {place.alias} in {config.ssh_config_file}",
            options.proxy_command,
            "use ProxyJump, or set the cluster's proxy_jump",
        )
    return [*before, _hop(place, options, config)]


def _hop(place: _Place, options: HostOptions, config: Config) -> Hop:
    address = options.hostname or place.alias
    port = options.port or 22
    user_files = options.user_known_hosts
    global_files = options.global_known_hosts
    first, *others = config.known_hosts_files
    return Hop(
        alias=place.alias,
        address=address,
        port=port,
        user=options.user or place.fallback_user or config.ssh_user or getpass.getuser(),
        key_files=_key_files(place, options, config),
        identities_only=options.identities_only,
        known_hosts=(
            *((first,) if user_files is None else map(Path, user_files)),
            *(others if global_files is None else map(Path, global_files)),
        ),
        known_as=options.host_key_alias or (address.lower() if port == 22 else f"[{address.lower()}]:{port}"),
        connect_timeout_s=options.connect_timeout_s or config.connect_timeout_s,
    )


def _key_files(place: _Place, options: HostOptions, config: Config) -> tuple[str, ...] | None:
    if place.key_file:
        return (str(Path(place.key_file).expanduser()),)
    if options.identity_files is not None:
        return options.identity_files
    named = place.fallback_key or config.ssh_key
    return (str(Path(named).expanduser()),) if named else None


def _jump(text: str, named_by: Cluster | None) -> _Place:
    user, alias, port = _split(text.removeprefix("ssh://"), what="jump host")
    return _Place(
        alias=alias,
        user=user,
        port=port,
        fallback_user=named_by.user if named_by else "",
        fallback_key=named_by.key_file if named_by else "",
    )


def _split(text: str, *, what: str = "host") -> tuple[str, str, int | None]:
    """User, host and port of "user@host:port", "[::1]:22" or "::1"."""
    match = _JUMP.fullmatch(text)
    port = int(match["port"]) if match and match["port"] else None
    if not match or (port is not None and not 1 <= port <= 65535):
        raise InvalidInput(what, text, "use HOST, HOST:PORT or USER@HOST:PORT")
    return match["user"] or "", match["six"] or match["host"], port
