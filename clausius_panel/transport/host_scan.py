"""Getting to know a cluster's host keys."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence

import paramiko

from ..config import Config
from ..errors import AuthenticationRefused, HostKeyUnknown, InvalidInput, Unreachable
from ..model import Cluster
from . import host_keys
from .base import Asker
from .chain import open_chain
from .host_keys import HostKey
from .route import Hop, route

__all__ = ["scan", "trust"]

_LOG = logging.getLogger(__name__)


class _Seen(Exception):
    """Enough was seen: go no further on this route."""


def scan(cluster: Cluster, config: Config, *, ask: Asker | None = None) -> list[HostKey]:
    """The keys that the cluster's hosts show now: jump hosts, login node, data host, each once.

    A host behind a jump host can be seen only when the jump host is known (`is_known`) and lets us in: scan again
    after `trust`. Nothing is sent to a host whose key is unknown. A data host that cannot be reached is left out.
    Raises `Unreachable`, `AuthenticationRefused` (by a jump host) or `HostKeyChanged`.
    """
    if cluster.kind == "local":
        return []
    found = _scan_route(cluster, cluster.host, config, ask)
    if cluster.data_host:
        try:
            found += _scan_route(cluster, cluster.data_host, config, ask)
        except (Unreachable, AuthenticationRefused) as exc:
            _LOG.warning("the data host of %s shows no key: %s", cluster.name, exc)
    return list(dict.fromkeys(found))


def trust(
    cluster: Cluster,
    config: Config,
    *,
    confirm: Callable[[Sequence[HostKey]], bool] | None = None,
    ask: Asker | None = None,
) -> list[HostKey]:
    """Add the keys that the cluster's hosts show, and that are not known yet, to the user's known_hosts.

    `confirm` is shown the new keys before they are written, once for each row of hosts that becomes visible (jump
    hosts first); without it all are taken. Returns what was added; an empty list where everything was known or
    `confirm` said no. The file is the first of the host's UserKnownHostsFile, else of `config.known_hosts_files`;
    it is made with mode 0600. A changed key is never replaced: `HostKeyChanged`. Raises also what `scan` raises.
    """
    added: list[HostKey] = []
    while new := [key for key in scan(cluster, config, ask=ask) if not key.is_known]:
        if confirm is not None and not confirm(new):
            break
        for key in new:
            _remember(cluster, config, key)
        added += new
    return added


def _scan_route(cluster: Cluster, host: str, config: Config, ask: Asker | None) -> list[HostKey]:
    hops = route(cluster, host, config)
    found: list[HostKey] = []

    def look(hop: Hop, key: paramiko.PKey) -> None:
        raw = key.asbytes()
        is_known = True
        try:
            host_keys.check(hop, raw, cluster=cluster.name)
        except HostKeyUnknown:
            is_known = False
        found.append(
            HostKey(
                host=hop.known_as,
                key_type=key.get_name(),
                fingerprint=host_keys.fingerprint(raw),
                key=raw,
                is_known=is_known,
            )
        )
        if not is_known or hop is hops[-1]:
            raise _Seen

    with contextlib.suppress(_Seen):
        open_chain(hops, cluster=cluster.name, ask=ask, passer=look).close()
    return found


def _remember(cluster: Cluster, config: Config, key: HostKey) -> None:
    hosts = [cluster.host, *filter(None, [cluster.data_host])]
    for hop in (hop for host in hosts for hop in route(cluster, host, config)):
        if hop.known_as == key.host:
            if not hop.known_hosts:
                raise InvalidInput(
                    "UserKnownHostsFile", "none", f"name a file that can keep the key of {hop.alias}"
                )
            host_keys.remember([key], hop.known_hosts[0].expanduser())
            return
