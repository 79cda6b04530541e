"""The commands settings, get and set."""

from __future__ import annotations

import click

from .. import actions, answers
from ..store import get_setting, list_settings
from .context import json_option, open_runtime
from .tables import Column, say, show

__all__ = ["get_command", "set_command", "settings_command"]

COLUMNS = (
    Column(title="KEY"),
    Column(title="VALUE", flexible=10),
    Column(title="DEFAULT", rank=1),
    Column(title="MEANING", flexible=20),
)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@click.command("settings")
@json_option()
@click.pass_context
def settings_command(ctx: click.Context, *, as_json: bool) -> None:
    """List all settings with their values."""
    with open_runtime(ctx) as runtime:
        found = list_settings(runtime.store)
    if as_json:
        click.echo(answers.as_json({setting.key: setting.value for setting in found}))
    else:
        show(COLUMNS, [[row.key, _text(row.value), _text(row.default), row.doc] for row in found])


@click.command("get")
@click.argument("key")
@json_option()
@click.pass_context
def get_command(ctx: click.Context, *, key: str, as_json: bool) -> None:
    """Print the value of the setting KEY."""
    with open_runtime(ctx) as runtime:
        value = get_setting(runtime.store, key)
    click.echo(answers.as_json(value) if as_json else _text(value))


@click.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("key")
@click.argument("value")
@click.pass_context
def set_command(ctx: click.Context, *, key: str, value: str) -> None:
    """Give the setting KEY another VALUE."""
    with open_runtime(ctx) as runtime:
        actions.set_setting(runtime.store, key, value, actor="cli")
        say(f"{key} = {_text(get_setting(runtime.store, key))}")
