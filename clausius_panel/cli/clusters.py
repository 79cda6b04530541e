"""The commands that configure clusters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import click

from .. import actions, answers, queries
from ..errors import InvalidInput
from ..model import Cluster
from .access import tested
from .context import cluster_argument, json_option, open_runtime
from .tables import Column, say, show

__all__ = [
    "add_cluster_command",
    "list_clusters_command",
    "remove_cluster_command",
    "update_cluster_command",
]

COLUMNS = (
    Column(title="NAME"),
    Column(title="HOST", flexible=12),
    Column(title="USER", rank=1),
    Column(title="PORT", right=True, rank=3),
    Column(title="JUMP", rank=2, flexible=10),
    Column(title="DATA HOST", rank=4, flexible=10),
    Column(title="JOBS OF", rank=1),
    Column(title="DESCRIPTION", rank=5, flexible=12),
)

OPTIONS = (
    click.option("--user", metavar="NAME", help="Login name. [default: ~/.ssh/config, else your own]"),
    click.option("--port", type=int, metavar="N", help="SSH port. [default: ~/.ssh/config, else 22]"),
    click.option("--key-file", metavar="FILE", help="Private key. [default: ~/.ssh/config, agent, ~/.ssh/id_*]"),
    click.option("--data-host", metavar="HOST", help="Host that serves files, where there is one."),
    click.option("--proxy-jump", metavar="HOSTS", help="user@bastion:port, several separated by commas."),
    click.option("--scope", type=click.Choice(["mine", "everyone"]), help="Whose jobs are asked for."),
    click.option("--slurm-path", metavar="DIR", help="Where squeue is, if PATH lacks it there."),
    click.option("--gpu-type", metavar="TEXT", help="For people: H100."),
    click.option("--description", metavar="TEXT"),
    click.option("--test/--no-test", "test", default=True, help="Connect afterwards. [default: test]"),
)


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


@click.command("add-cluster", short_help="Configure one more cluster.")
@click.argument("name")
@click.argument("host", required=False, default="")
@click.option("--local", is_flag=True, help="Slurm runs on this very host: no SSH, no HOST.")
@_options
@click.pass_context
def add_cluster_command(
    ctx: click.Context, /, *, name: str, host: str, local: bool, test: bool, **fields: Any
) -> int:
    """Add the cluster NAME with login node HOST (a name, an address or a Host of ~/.ssh/config)."""
    if local and host:
        raise InvalidInput("host", host, "leave it out where --local is given")
    cluster = Cluster(name=name, host=host, kind="local" if local else "ssh", **_given(fields))
    with open_runtime(ctx) as runtime:
        actions.add_cluster(runtime.store, cluster, config=runtime.config, actor="cli", resolve=test)
        say(f"added {name}")
        return tested(runtime, name) if test else 0


@click.command("update-cluster", short_help="Change a cluster's configuration.")
@cluster_argument()
@click.option("--host", metavar="HOST", help="Login node.")
@_options
@click.pass_context
def update_cluster_command(ctx: click.Context, /, *, cluster: str, test: bool, **fields: Any) -> int:
    """Change what is given of CLUSTER's configuration; the rest stays."""
    changes = _given(fields)
    if not changes:
        raise click.UsageError("nothing to change was given", ctx)
    with open_runtime(ctx) as runtime:
        actions.update_cluster(runtime.store, cluster, config=runtime.config, actor="cli", resolve=test, **changes)
        say(f"updated {cluster}")
        return tested(runtime, cluster) if test else 0


@click.command("remove-cluster", short_help="Forget a cluster's configuration.")
@cluster_argument()
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def remove_cluster_command(ctx: click.Context, /, *, cluster: str, yes: bool) -> int:
    """Forget CLUSTER's configuration. Its jobs stay in the history and come back with it."""
    with open_runtime(ctx) as runtime:
        [config] = queries.cluster_configs(runtime.store, clusters=[cluster])
        if not yes and not click.confirm(f"Remove {cluster} ({config.host or 'this host'})?", err=True):
            click.echo("nothing was removed", err=True)
            return 1
        actions.remove_cluster(runtime.store, cluster, actor="cli")
    say(f"removed {cluster}")
    return 0


@click.command("list-clusters", short_help="List the configured clusters.")
@json_option()
@click.pass_context
def list_clusters_command(ctx: click.Context, /, *, as_json: bool) -> None:
    """List the configured clusters, without asking them anything."""
    with open_runtime(ctx) as runtime:
        found = queries.cluster_configs(runtime.store)
        ages = answers.cluster_ages(queries.freshness(runtime.store))
    if as_json:
        click.echo(answers.as_json({"configs": [asdict(cluster) for cluster in found], "clusters": ages}))
    elif found:
        show(COLUMNS, [_cells(cluster) for cluster in found])
    else:
        say("no cluster is configured yet; add one: clausius add-cluster NAME HOST")


def _cells(cluster: Cluster) -> list[str]:
    return [
        cluster.name,
        cluster.host or "this host",
        cluster.user or "-",
        str(cluster.port or "-"),
        cluster.proxy_jump or "-",
        cluster.data_host or "-",
        cluster.scope,
        cluster.description or "-",
    ]
