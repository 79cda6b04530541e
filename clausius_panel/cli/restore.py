"""The command restore: an older copy of the store in its place."""

from __future__ import annotations

from pathlib import Path

import click

from .context import read_config
from .tables import say

__all__ = ["restore_command"]


@click.command("restore", short_help="Put a backup in the place of the store.")
@click.argument("backup", type=click.Path(path_type=Path))
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def restore_command(ctx: click.Context, /, *, backup: Path, yes: bool) -> None:
    """Put BACKUP in the place of the store. The file that it replaces is kept beside it.

    BACKUP is read as a whole first. Other processes may go on: their next question sees the restored store.
    """
    from ..store.backup import check_backup, restore

    path = read_config(ctx).data_dir / "clausius.duckdb"
    content = check_backup(backup)
    say(f"{backup}: {content.jobs} jobs, schema version {content.version}")
    if not yes:
        click.confirm(f"Put it in the place of {path}?", abort=True)
    aside = restore(backup, path)
    if aside is not None:
        say(f"the replaced file is {aside}")
    say(f"restored: {path}")
