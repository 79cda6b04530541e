"""Logging in with a person at hand."""

from __future__ import annotations

import os
import shutil
import subprocess

from cryptography.hazmat.primitives import serialization

from ..config import Config
from ..errors import CommandFailed, CommandTimeout
from ..model import Cluster
from .base import Asker
from .chain import open_chain
from .connection import Connection
from .keys import Unlocked
from .route import route

__all__ = ["login"]

_AGENT_TIMEOUT_S = 20.0


def login(cluster: Cluster, config: Config, ask: Asker) -> None:
    """Log in at the cluster, asking a person for whatever is needed, run `true`, and log out again.

    It shows whether the credentials work. What stays afterwards: a key file that a passphrase opened can be added
    to a running ssh-agent (the person is asked); from then on all of the user's processes get in by themselves.
    A password or a second factor is never stored, and an SSH connection cannot be handed to another process: where
    a cluster insists on one, give `connect` the same `ask` in the program that is to stay. Its connection lives as
    long as that program, and asks again when it is lost. Raises what `Transport.run` raises.
    """
    if cluster.kind == "local":
        return
    hops = route(cluster, cluster.host, config)
    chain = open_chain(hops, cluster=cluster.name, ask=ask)
    connection = Connection(chain, host=hops[-1].label)
    try:
        connection.run("true", stdin=b"", timeout_s=config.command_timeout_s, max_bytes=65536)
    finally:
        connection.close()
    for unlocked in {grant.unlocked for grant in chain.grants if grant.unlocked is not None}:
        _offer_agent(unlocked, ask)


def _offer_agent(unlocked: Unlocked, ask: Asker) -> None:
    program = shutil.which("ssh-add")
    if program is None or not os.environ.get("SSH_AUTH_SOCK"):
        return
    question = f"Add key {unlocked.path} to ssh-agent, so that nothing asks again until it ends? [y/N] "
    if ask(question, True).strip().lower() not in ("y", "yes"):
        return
    secret = unlocked.passphrase.encode()
    data = unlocked.path.read_bytes()
    try:
        key = serialization.load_ssh_private_key(data, secret)
    except ValueError:  # the older PEM form
        key = serialization.load_pem_private_key(data, secret)  # type: ignore[assignment]
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    # The decrypted key goes through a pipe: it is never on disk, in the arguments or in the environment.
    try:
        done = subprocess.run(
            [program, "-"], input=plain, capture_output=True, timeout=_AGENT_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as exc:  # the ssh-agent does not answer
        raise CommandTimeout("localhost", "ssh-add -", _AGENT_TIMEOUT_S) from exc
    if done.returncode:
        raise CommandFailed("localhost", "ssh-add -", done.returncode, done.stderr.decode("utf-8", "replace"))
