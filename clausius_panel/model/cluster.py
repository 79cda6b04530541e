"""What we are told about a cluster: where it is and how to reach it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ..errors import InvalidInput

__all__ = ["PROCESSES", "Cluster"]

PROCESSES = "local"
"""The name of the cluster that stands for processes of this machine."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_HOST = re.compile(  # name, alias of ~/.ssh/config, IPv4, IPv6; a port behind IPv6 needs brackets
    r"[A-Za-z0-9:]([A-Za-z0-9._:%-]{0,252})|\[(?=[^]]*:)[A-Fa-f0-9:.]{2,45}(?:%[A-Za-z0-9._-]{1,63})?\](?::[0-9]{1,5})?"
)
_UNFIT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # steers terminals, or no UTF-8 can hold it
_LONGEST = 4096
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@\\-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One cluster's configuration. Validated when made: a wrong value raises `InvalidInput`."""

    name: str
    host: str = ""  # login node: a name, an address or a Host of ~/.ssh/config; "" only for kind "local"
    kind: Literal["ssh", "local"] = "ssh"
    port: int | None = None  # None: ~/.ssh/config, else 22
    user: str = ""  # "": ~/.ssh/config, else CLAUSIUS_SSH_USER, else $USER
    key_file: str = ""  # "": ~/.ssh/config, else CLAUSIUS_SSH_KEY, else agent and ~/.ssh/id_*
    data_host: str = ""  # serves files; "" or unreachable: the login node does
    proxy_jump: str = ""  # "user@bastion:2200,second"; "": ~/.ssh/config
    scope: Literal["mine", "everyone"] = "mine"  # whose jobs are asked for
    slurm_path: str = ""  # directory of Slurm's commands where PATH lacks it
    gpu_type: str = ""  # for people: "H100"
    description: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InvalidInput("cluster name", self.name, "use letters, digits, '.', '_', '-' (at most 63)")
        if self.kind not in ("ssh", "local"):
            raise InvalidInput("kind", self.kind, "use ssh or local")
        if self.scope not in ("mine", "everyone"):
            raise InvalidInput("scope", self.scope, "use mine or everyone")
        if self.kind == "ssh" and not self.host:
            raise InvalidInput("host", self.host, "name the login node")
        for what, host in (("host", self.host), ("data_host", self.data_host)):
            if host and not _HOST.fullmatch(host):
                raise InvalidInput(
                    what, host, "use a host name, an address, [IPv6]:PORT or a Host of ~/.ssh/config"
                )
        if self.port is not None and not (isinstance(self.port, int) and 1 <= self.port <= 65535):
            raise InvalidInput("port", self.port, "use a number from 1 to 65535")
        if self.user and not _USER.fullmatch(self.user):
            raise InvalidInput("user", self.user, "use a login name")
        for what in ("key_file", "slurm_path", "proxy_jump", "gpu_type", "description"):
            if _UNFIT.search(text := getattr(self, what)) or len(text) > _LONGEST:
                raise InvalidInput(what, text[:_LONGEST], f"use one line of UTF-8, at most {_LONGEST} characters")
