"""The commands process-filters and log-rules: which local processes are shown, and what lines of logs mean."""

from __future__ import annotations

from typing import Any

import click

from .. import answers
from ..local_processes import PROCESS_FILTERS, ProcessFilter, add_filter, remove_filter
from ..logs.configured import LOG_SHELVES
from ..rule_shelf import RuleShelf
from ..store.rules import RuleKind
from .context import json_option, open_runtime
from .tables import Column, say, show

__all__ = ["log_rules_command", "process_filters_command"]

ACTOR = "cli"

FILTERS = (Column(title="TEXT", flexible=30), Column(title="ACTION"))
RULES = (Column(title="KIND"), Column(title="RULE", flexible=30), Column(title="REST", flexible=20))

KINDS: dict[str, tuple[RuleKind, tuple[str, ...]]] = {
    "map": ("path_mapping", ("inside", "outside")),
    "mount": ("mount", ("remote", "local")),
    "crash": ("crash", ("pattern", "kind")),
    "soft": ("soft_failure", ("pattern", "meaning")),
    "benign": ("benign", ("text",)),
}
"""Word of the command line: kind in the store, and the fields of a rule in the order in which they are typed."""

EPILOG = """
Kinds and what each takes: map INSIDE OUTSIDE (a directory as containers see it, and where it is on the host);
mount REMOTE LOCAL (a directory of a cluster that is mounted here, and read first); crash PATTERN NAME;
soft PATTERN MEANING (why a job did nothing); benign TEXT (lines that hold it are no errors). Patterns are extended
regular expressions as grep -E reads them. What is shipped stays; rules of one's own come first.
"""


@click.group("process-filters", invoke_without_command=True, short_help="Show processes of this machine as jobs.")
@json_option()
@click.pass_context
def process_filters_command(ctx: click.Context, *, as_json: bool) -> None:
    """List which processes of this machine are shown as the cluster "local"; or add or remove a filter."""
    if ctx.invoked_subcommand is not None:
        return
    with open_runtime(ctx) as runtime:
        found = PROCESS_FILTERS.all(runtime.store)
    if as_json:
        click.echo(answers.as_json({"process_filters": found}))
    elif found:
        show(FILTERS, [[each.text, each.action] for each in found])
    else:
        say("no process is shown; show some: clausius process-filters add TEXT", style="dim")


@process_filters_command.command("add")
@click.argument("text")
@click.option("-x", "--exclude", is_flag=True, help="Keep them from being shown.")
@click.pass_context
def add_filter_command(ctx: click.Context, *, text: str, exclude: bool) -> None:
    """Show your processes whose command line holds TEXT."""
    wanted = ProcessFilter(text=text, action="exclude" if exclude else "include")
    with open_runtime(ctx) as runtime:
        add_filter(runtime.store, wanted, actor=ACTOR)
    say(f"processes with {text!r} are {'not ' * exclude}shown")


@process_filters_command.command("remove")
@click.argument("text")
@click.pass_context
def remove_filter_command(ctx: click.Context, *, text: str) -> None:
    """Forget the filter TEXT; no process is touched."""
    with open_runtime(ctx) as runtime:
        remove_filter(runtime.store, text, actor=ACTOR)
    say(f"the filter {text!r} is forgotten")


@click.group("log-rules", invoke_without_command=True, epilog=EPILOG, short_help="Say what lines of logs mean.")
@json_option()
@click.pass_context
def log_rules_command(ctx: click.Context, *, as_json: bool) -> None:
    """List your own rules about logs; or add or remove one."""
    if ctx.invoked_subcommand is not None:
        return
    with open_runtime(ctx) as runtime:
        found = {word: _shelf(word).all(runtime.store) for word in KINDS}
    rows = [_cells(word, each) for word, rules in found.items() for each in rules]
    if as_json:
        click.echo(answers.as_json(found))
    elif rows:
        show(RULES, rows)
    else:
        say("no rules of your own; what is shipped holds", style="dim")


@log_rules_command.command("add", epilog=EPILOG)
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("words", nargs=-1, required=True)
@click.option("-c", "--cluster", default="", metavar="NAME", help="Only on this cluster (map, mount).")
@click.pass_context
def add_rule_command(ctx: click.Context, *, kind: str, words: tuple[str, ...], cluster: str) -> None:
    """Add a rule of KIND."""
    names = KINDS[kind][1]
    if len(words) != len(names):
        raise click.UsageError(f"{kind} takes {' and '.join(name.upper() for name in names)}")
    if cluster and kind not in ("map", "mount"):
        raise click.UsageError(f"--cluster is for map and mount; {kind} holds everywhere")
    values = dict(zip(names, words, strict=True)) | ({"cluster": cluster} if cluster else {})
    with open_runtime(ctx) as runtime:
        _shelf(kind).put(runtime.store, values, actor=ACTOR)
    say(f"{_shelf(kind).what}: {words[0]}")


@log_rules_command.command("remove")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("rule")
@click.option("-c", "--cluster", default="", metavar="NAME", help="The rule for this cluster (map, mount).")
@click.pass_context
def remove_rule_command(ctx: click.Context, *, kind: str, rule: str, cluster: str) -> None:
    """Forget a rule of KIND, named by the first word that it was added with."""
    with open_runtime(ctx) as runtime:
        _shelf(kind).remove(runtime.store, rule, cluster=cluster, actor=ACTOR)
    say(f"{_shelf(kind).what}: {rule} is forgotten")


def _shelf(word: str) -> RuleShelf[Any]:
    return LOG_SHELVES[KINDS[word][0]]


def _cells(word: str, rule: Any) -> list[str]:
    first, *rest = (str(getattr(rule, name)) for name in KINDS[word][1])
    cluster = getattr(rule, "cluster", "")
    return [word, first, " ".join([*rest, *([f"on {cluster}"] if cluster else [])])]
