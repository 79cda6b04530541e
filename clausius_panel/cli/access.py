"""The commands about getting in: test-cluster, trust, login."""

from __future__ import annotations

import getpass
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from .. import actions, answers, queries
from ..errors import ClausiusError, TransportError
from .context import cluster_argument, json_option, open_runtime
from .tables import Column, say, show

if TYPE_CHECKING:
    from ..runtime import Runtime
    from ..transport import HostKey

__all__ = ["ask", "login_command", "test_cluster_command", "tested", "trust_command"]

COLUMNS = (Column(title="HOST"), Column(title="KEY"), Column(title="FINGERPRINT"))


def tested(runtime: Runtime, name: str) -> int:
    """Connect and say what was found; 0, or 1 where that fails. Raises `UnknownCluster`."""
    try:
        report = actions.test_cluster(runtime.store, runtime.client(name))
    except TransportError as error:
        click.echo(f"clausius: {name}: {' '.join(str(error).split())}", err=True)
        return 1
    accounting = "with" if report.accounting == "yes" else "without"
    say(
        f"{name}: connected as {report.user} to {report.host}, Slurm {report.version} "
        f"({report.slurm_cluster or 'no name'}), {accounting} accounting, {report.seconds:.1f} s"
    )
    if report.detour:
        click.echo(f"clausius: {name}: files are looked for on the login node instead: {report.detour}", err=True)
    return 0


@click.command("test-cluster", short_help="Connect to a cluster and say what is there.")
@cluster_argument()
@json_option()
@click.pass_context
def test_cluster_command(ctx: click.Context, *, cluster: str, as_json: bool) -> int:
    """Connect to CLUSTER and say what is there."""
    with open_runtime(ctx) as runtime:
        queries.cluster_configs(runtime.store, clusters=[cluster])
        if as_json:
            click.echo(answers.as_json(actions.test_cluster(runtime.store, runtime.client(cluster))))
            return 0
        return tested(runtime, cluster)


@click.command("trust", short_help="Accept the host keys of a cluster.")
@cluster_argument()
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def trust_command(ctx: click.Context, *, cluster: str, yes: bool) -> int:
    """Show the keys of CLUSTER's hosts and, if you say so, accept them as known."""
    from ..transport import trust

    shown: list[HostKey] = []

    def confirm(keys: Sequence[HostKey]) -> bool:
        shown.extend(keys)
        show(COLUMNS, [[key.host, key.key_type, key.fingerprint] for key in keys])
        return yes or click.confirm("Compare with what the site publishes. Trust these keys?", err=True)

    with open_runtime(ctx) as runtime:
        [config] = queries.cluster_configs(runtime.store, clusters=[cluster])
        added = trust(config, runtime.config, confirm=confirm, ask=ask)
        if len(added) == len(shown):
            actions.try_again(runtime.store, cluster)
    if not shown:
        say(f"{cluster}: the keys of all its hosts are known")
    elif not added:
        click.echo("nothing was trusted", err=True)
    else:
        say(f"{cluster}: {len(added)} key{'s' * (len(added) != 1)} added to known_hosts")
    return int(len(added) < len(shown))


@click.command("login", short_help="Log in where something must be typed.")
@cluster_argument()
@click.pass_context
def login_command(ctx: click.Context, *, cluster: str) -> None:
    """Log in to CLUSTER where a passphrase, a password or a second factor must be typed, to see that it works.

    Nothing of it is kept: `clausius serve --login CLUSTER` asks once and keeps the connection, as does
    fleet.login("CLUSTER") in a notebook; ssh-add unlocks a key for every command.
    """
    from ..transport import login

    with open_runtime(ctx) as runtime:
        [config] = queries.cluster_configs(runtime.store, clusters=[cluster])
        login(config, runtime.config, ask)
        actions.try_again(runtime.store, cluster)
    say(f"{cluster}: logging in works. Nothing of it is kept; to stay connected: clausius serve --login {cluster}")


def ask(prompt: str, echo: bool) -> str:
    """Ask the person at the terminal, on stderr; the answer is kept nowhere.

    Raises `ClausiusError` where something secret is asked for and there is no terminal to type it in.
    """
    text = prompt.rstrip(": ")
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)  # what is typed would be seen
        try:
            answer: str = click.prompt(text, hide_input=not echo, default="", show_default=False, err=True)
        except getpass.GetPassWarning as error:
            raise ClausiusError(f"{text}: there is no terminal to type it in; run this in one") from error
    return answer
