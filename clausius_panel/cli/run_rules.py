"""The command run-rules: by which rules jobs belong to one run."""

from __future__ import annotations

import click

from .. import answers
from ..model.run import DEFAULT_RULES
from ..run_rules import (
    RunRuleKind,
    RunRulesChange,
    add_run_rule,
    remove_run_rule,
    reset_run_rules,
    rule_lines,
    set_run_rules,
)
from ..store.rules import run_rules
from .context import json_option, open_runtime
from .tables import Column, say, show

__all__ = ["run_rules_command"]

ACTOR = "cli"

RULES = (
    Column(title="KIND"),
    Column(title="RULE", flexible=30),
    Column(title="COMES AFTER", flexible=16),
    Column(title="FROM"),
)

EPILOG = """
Kinds: stage PATTERN is what may end a name, after "-" or "_", without changing the run: stage 'eval[0-9]*'.
parent PATTERN [ENDING]... says that a job whose name ends so comes after the one that is named the same but for
ENDING, the likeliest first; '' or none is the name alone: parent '[-_]eval[0-9]*' -train ''. Patterns are regular
expressions of Python; capitals do not count. The shipped rules are in the list and can be removed too. Where it
matters a change puts all jobs into runs anew; stars and notes stay.
"""

# endings begin with "-": no word here is an option but --help
_WORDS = {"ignore_unknown_options": True, "help_option_names": ["--help"]}
_kind = click.argument("kind", type=click.Choice(["stage", "parent"]))


@click.group("run-rules", invoke_without_command=True, epilog=EPILOG, short_help="Say which jobs make one run.")
@json_option()
@click.pass_context
def run_rules_command(ctx: click.Context, *, as_json: bool) -> None:
    """List by which rules jobs belong to one run; or add, remove or set some."""
    if ctx.invoked_subcommand is not None:
        return
    with open_runtime(ctx) as runtime:
        rules = run_rules(runtime.store)
    if as_json:
        click.echo(answers.as_json({"run_rules": rules}))
        return
    rows = [
        [line.kind, line.pattern, line.parents or "-", _origin(is_shipped=line.is_shipped)]
        for lines in rule_lines(rules).values()
        for line in lines
    ]
    for name in ("explicit", "gap_s"):
        is_shipped = getattr(rules, name) == getattr(DEFAULT_RULES, name)
        rows.append([name, str(getattr(rules, name)), "-", _origin(is_shipped=is_shipped)])
    show(RULES, rows)


@run_rules_command.command("add", epilog=EPILOG, context_settings=_WORDS)
@_kind
@click.argument("pattern")
@click.argument("endings", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def add_command(ctx: click.Context, *, kind: RunRuleKind, pattern: str, endings: tuple[str, ...]) -> None:
    """Add a rule of KIND; of parent rules the newest is asked first."""
    with open_runtime(ctx) as runtime:
        change = add_run_rule(runtime.store, kind, pattern, endings, actor=ACTOR)
    _told(f"{kind} {pattern} is added", change)


@run_rules_command.command("remove", context_settings=_WORDS)
@_kind
@click.argument("pattern")
@click.pass_context
def remove_command(ctx: click.Context, *, kind: RunRuleKind, pattern: str) -> None:
    """Forget the rule of KIND that has this PATTERN, be it a shipped one."""
    with open_runtime(ctx) as runtime:
        change = remove_run_rule(runtime.store, kind, pattern, actor=ACTOR)
    _told(f"{kind} {pattern} is forgotten", change)


@run_rules_command.command("set")
@click.option("--gap", "gap_s", type=int, metavar="SECONDS", help="Jobs submitted no farther apart are one run.")
@click.option(
    "--explicit", metavar="PATTERN", help="What finds the run's id in a job's comment, as its one group."
)
@click.pass_context
def set_command(ctx: click.Context, *, gap_s: int | None, explicit: str | None) -> None:
    """Say how far apart jobs of one name may be submitted, or how comments name a run."""
    if gap_s is None and explicit is None:
        raise click.UsageError("say --gap or --explicit")
    with open_runtime(ctx) as runtime:
        change = set_run_rules(runtime.store, gap_s=gap_s, explicit=explicit, actor=ACTOR)
    _told("the rules are changed", change)


@run_rules_command.command("reset")
@click.pass_context
def reset_command(ctx: click.Context) -> None:
    """Have the rules as they are shipped."""
    with open_runtime(ctx) as runtime:
        change = reset_run_rules(runtime.store, actor=ACTOR)
    _told("the rules are as shipped", change)


def _told(done: str, change: RunRulesChange) -> None:
    say(f"{done}; {change.words}")


def _origin(*, is_shipped: bool) -> str:
    return "shipped" if is_shipped else "you"
