"""The commands setup and backup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import actions, queries
from .context import open_runtime, read_config
from .tables import say

if TYPE_CHECKING:
    from ..config import Config
    from ..model import Cluster

__all__ = ["backup_command", "setup_command"]


@click.command("setup", short_help="Make the data directory and the store.")
@click.pass_context
def setup_command(ctx: click.Context) -> None:
    """Make the data directory and the store, and add the clusters of CLAUSIUS_BOOTSTRAP_FILE.

    Run again it changes nothing that is there.
    """
    wanted = _bootstrap(read_config(ctx))
    with open_runtime(ctx, create=True) as runtime:
        known = {cluster.name for cluster in queries.cluster_configs(runtime.store)}
        for cluster in wanted:
            if cluster.name not in known:
                actions.add_cluster(runtime.store, cluster, config=runtime.config, resolve=False, actor="setup")
                say(f"added {cluster.name}")
        say(f"ready: {runtime.config.data_dir}")
        if not known and not wanted:
            say("next: clausius add-cluster NAME HOST, or see it work: clausius demo")


def _bootstrap(config: Config) -> list[Cluster]:
    """The clusters to add, checked before anything is made. Raises `InvalidInput`."""
    from ..config import bootstrap_clusters
    from ..transport.check import check_cluster

    if config.bootstrap_file is None:
        return []
    found = bootstrap_clusters(config.bootstrap_file)
    for cluster in found:
        check_cluster(cluster, config, resolve=False)
    return found


@click.command("backup", short_help="Copy the store while it is in use.")
@click.argument("directory", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--keep", type=click.IntRange(min=1), default=7, show_default=True, help="How many to keep.")
@click.pass_context
def backup_command(ctx: click.Context, *, directory: Path | None, keep: int) -> None:
    """Copy the store into DIRECTORY (default: backups in the data directory), while it is in use."""
    with open_runtime(ctx) as runtime:
        click.echo(runtime.store.backup(directory or runtime.config.data_dir / "backups", keep=keep))
