"""What commands that bring many jobs do first: a copy of the store, unless there is one of the last day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from ..errors import StoreError

if TYPE_CHECKING:
    from ..runtime import Runtime

__all__ = ["back_up_first", "no_backup_option"]


def no_backup_option() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option --no-backup."""
    return click.option(
        "--no-backup",
        is_flag=True,
        help="Make no copy of the store first. [default: one, where the last is older than a day]",
    )


def back_up_first(runtime: Runtime, *, no_backup: bool) -> None:
    """Copy a store that has jobs where the last copy is older than a day, and say so on standard error.

    The setting daily_backups holds here too. Raises `StoreError`.
    """
    from ..queries.history import count_history
    from ..store import settings
    from ..store.backup import backup_times

    store, directory = runtime.store, runtime.config.data_dir / "backups"
    if no_backup or not settings(store).daily_backups or not count_history(store):
        return
    times = backup_times(directory, stem=store.path.stem).values()
    if times and datetime.now(UTC) - max(times) < timedelta(days=1):
        return
    try:
        made = store.backup(directory)
    except (OSError, StoreError) as error:
        raise StoreError(
            f"{error}; nothing was fetched or written (--no-backup goes on without a copy)"
        ) from error
    click.echo(f"backup: {made}", err=True)
