"""The command path-bases: where to look for logs beside the places that Slurm names."""

from __future__ import annotations

import click

from .. import answers
from ..logs.configured import PATH_BASES
from ..logs.rules import SearchPath
from ..queries import cluster_configs
from .context import json_option, known_clusters, open_runtime
from .tables import Column, say, show

__all__ = ["path_bases_command"]

ACTOR = "cli"

COLUMNS = (Column(title="PATH", flexible=30), Column(title="CLUSTER"))

EPILOG = """
A path is absolute and may hold {user}, {name}, {job_id} and {array_job_id}, or begin with {work_dir}. Files in it
that bear the id of a job are listed with its logs; one without such parts can also be browsed.
"""

_CLUSTER = click.option(
    "-c", "--cluster", default="", metavar="NAME", shell_complete=known_clusters, help="Only on this cluster."
)


@click.group(
    "path-bases", invoke_without_command=True, epilog=EPILOG, short_help="List, add or remove places of logs."
)
@json_option()
@click.pass_context
def path_bases_command(ctx: click.Context, *, as_json: bool) -> None:
    """List the directories that are searched for logs beside those that Slurm names; or add or remove one."""
    if ctx.invoked_subcommand is not None:
        return
    with open_runtime(ctx) as runtime:
        found = PATH_BASES.all(runtime.store)
    if as_json:
        click.echo(answers.as_json({"path_bases": found}))
    elif found:
        show(COLUMNS, [[each.template, each.cluster or "(every)"] for each in found])
    else:
        say("no path base is configured; add one: clausius path-bases add PATH", style="dim")


@path_bases_command.command("add")
@click.argument("path")
@_CLUSTER
@click.pass_context
def add_command(ctx: click.Context, *, path: str, cluster: str) -> None:
    """Search PATH for logs too."""
    with open_runtime(ctx) as runtime:
        if cluster:
            cluster_configs(runtime.store, clusters=[cluster])
        PATH_BASES.add(runtime.store, SearchPath(template=path, cluster=cluster), actor=ACTOR)
    say(f"{path} is searched for logs")


@path_bases_command.command("remove")
@click.argument("path")
@_CLUSTER
@click.pass_context
def remove_command(ctx: click.Context, *, path: str, cluster: str) -> None:
    """Search PATH no more; no file is touched."""
    with open_runtime(ctx) as runtime:
        PATH_BASES.remove(runtime.store, path, cluster=cluster, actor=ACTOR)
    say(f"{path} is not searched any more")
