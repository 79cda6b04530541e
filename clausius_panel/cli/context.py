"""What commands share: opening the runtime, the options that name clusters, and how old the answer is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from ..errors import ClausiusError
from .tables import say
from .words import ago

if TYPE_CHECKING:
    from ..answers import ClusterAge
    from ..config import Config
    from ..runtime import Runtime

__all__ = [
    "cluster_argument",
    "cluster_option",
    "exit_code",
    "json_option",
    "max_age_option",
    "open_runtime",
    "read_config",
    "say_ages",
    "token_option",
]

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def read_config(ctx: click.Context, **arguments: Any) -> Config:
    """The configuration, with the command line's own values on top. Raises `InvalidInput`."""
    from .. import config

    return config.load(**(ctx.find_root().obj or {}), **arguments)


@contextmanager
def open_runtime(ctx: click.Context, *, create: bool = False, **arguments: Any) -> Iterator[Runtime]:
    """The store and the connections; `create` makes a store where there is none. Raises `StoreMissing`."""
    from ..runtime import Runtime

    with Runtime(read_config(ctx, **arguments), create=create) as runtime:
        yield runtime


def known_clusters(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of clusters for the shell's completion; none where the store cannot be read."""
    from ..queries import cluster_configs

    try:
        with open_runtime(ctx) as runtime:
            found = cluster_configs(runtime.store)
    except ClausiusError:
        return []
    return [CompletionItem(cluster.name) for cluster in found if cluster.name.startswith(incomplete)]


def cluster_argument(**attributes: Any) -> Decorator:
    """The argument CLUSTER."""
    return click.argument("cluster", shell_complete=known_clusters, **attributes)


def cluster_option() -> Decorator:
    """The option --cluster, which may be given several times."""
    return click.option(
        "-c",
        "--cluster",
        "clusters",
        metavar="NAME",
        multiple=True,
        shell_complete=known_clusters,
        help="Only this cluster; may be repeated.",
    )


def json_option() -> Decorator:
    """The option --json."""
    return click.option("--json", "as_json", is_flag=True, help="JSON for scripts, with the age of each answer.")


def max_age_option() -> Decorator:
    """The option --max-age."""
    return click.option(
        "--max-age",
        "fresh_s",
        metavar="SECONDS",
        type=click.FloatRange(min=0),
        help="Ask clusters whose data are older than this. [default: the setting refresh_interval_s]",
    )


def token_option(words: str = "") -> Decorator:
    """The option --token, which is better given as CLAUSIUS_TOKEN."""
    return click.option(
        "--token",
        envvar="CLAUSIUS_TOKEN",
        show_envvar=True,
        metavar="TEXT",
        help=f"{words}[default: the one in DATA_DIR/token] Others on this machine see what a command line says: "
        "the variable and the file are not shown to them.",
    )


def say_ages(ages: Sequence[ClusterAge]) -> None:
    """One line with the age of each cluster's data, and one for each cluster that has a problem."""
    if not ages:
        say("no cluster is configured yet; add one: clausius add-cluster NAME HOST", style="dim")
        return
    say(
        " · ".join(f"{age.cluster} {ago(age.as_of) if age.as_of else 'never answered'}" for age in ages),
        style="dim",
    )
    for age in ages:
        if age.error:
            since = f" (since {age.error_since.astimezone():%Y-%m-%d %H:%M})" if age.error_since else ""
            say(f"{age.cluster}: {age.error}{since}", style="red")


def exit_code(ages: Sequence[ClusterAge]) -> int:
    """1 if a cluster that was asked for has never answered, else 0."""
    return int(any(age.as_of is None for age in ages))
