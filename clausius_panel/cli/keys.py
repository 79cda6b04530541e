"""The commands about keys: who may send us whose jobs."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import click

from .. import answers, keys
from ..store.keys import ApiKey, KeyKind, host_time_zones, list_keys
from .context import json_option, open_runtime
from .tables import Column, say, show
from .words import ago

__all__ = ["keys_command"]

COLUMNS = (
    Column(title="KEY"),
    Column(title="HOST", flexible=12),
    Column(title="KIND"),
    Column(title="STATUS"),
    Column(title="CREATED", right=True, rank=2),
    Column(title="EXPIRES", right=True, rank=1),
    Column(title="LAST USED", right=True),
    Column(title="TIMES IN", rank=3),
)

_SPAN = re.compile(r"([0-9]{1,6})([hdw]?)")
_HOURS = {"h": 1, "d": 24, "": 24, "w": 168}


class _Span(click.ParamType[timedelta]):
    """`7d`, `12h`, `2w`; a plain number is days."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        found = _SPAN.fullmatch(str(value).strip().lower())
        if found is None or int(found[1]) == 0:
            self.fail(f"{value!r} is no span of time; write 12h, 7d or 2w", param, ctx)
        return timedelta(hours=int(found[1]) * _HOURS[found[2]])


@click.group("keys", short_help="Keys with which hosts send their jobs.")
def keys_command() -> None:
    """Keys with which hosts that nobody may SSH into send us their jobs (see clausius-exporter).

    A key belongs to one host. It is shown once, when it is made; the store has only its hash.
    """


@keys_command.command("add")
@click.argument("host")
@click.option("--deploy", is_flag=True, help="A key for one exchange against a key, on the host itself.")
@click.option(
    "--expires", "valid_for", type=_Span(), metavar="SPAN", help="12h, 7d, 2w. [default: never, deploy 7d]"
)
@click.option("--timezone", "time_zone", metavar="ZONE", help="Of times that come without one. [default: UTC]")
@click.pass_context
def add_command(
    ctx: click.Context, /, *, host: str, deploy: bool, valid_for: timedelta | None, time_zone: str | None
) -> None:
    """Make a key for HOST, the name under which its jobs are kept."""
    kind: KeyKind = "deploy" if deploy else "ingest"
    with open_runtime(ctx, create=True) as runtime:
        made = keys.add_key(runtime.store, host, kind=kind, valid_for=valid_for, time_zone=time_zone, actor="cli")
    _show_once(made)


@keys_command.command("list")
@json_option()
@click.pass_context
def list_command(ctx: click.Context, /, *, as_json: bool) -> None:
    """All keys, those that were revoked too."""
    with open_runtime(ctx) as runtime:
        found, zones = list_keys(runtime.store), host_time_zones(runtime.store)
    if as_json:
        click.echo(answers.as_json({"keys": [_facts(key, zones.get(key.host, "UTC")) for key in found]}))
        return
    if not found:
        say("no key yet; make one: clausius keys add HOST")
        return
    show(COLUMNS, [_cells(key, zones.get(key.host, "UTC")) for key in found])


@keys_command.command("rotate")
@click.argument("key")
@click.pass_context
def rotate_command(ctx: click.Context, /, *, key: str) -> None:
    """Replace KEY (its id, or its host) by a new one; the old one is worthless at once."""
    with open_runtime(ctx) as runtime:
        made = keys.rotate(runtime.store, key, actor="cli")
    _show_once(made)


@keys_command.command("revoke")
@click.argument("key")
@click.pass_context
def revoke_command(ctx: click.Context, /, *, key: str) -> None:
    """Make KEY (its id, or its host) worthless, at once."""
    with open_runtime(ctx) as runtime:
        old = keys.revoke(runtime.store, key, actor="cli")
    say(f"revoked {old.key_id} of {old.host}")


def _show_once(made: keys.NewKey) -> None:
    """The secret alone on standard output, so that it can be piped into a file; the rest beside it."""
    key = made.key
    until = f"until {key.expires.astimezone():%Y-%m-%d %H:%M}" if key.expires else "until it is revoked"
    click.echo(f"{key.kind} key {key.key_id} for {key.host}, {until}; it is shown this once:", err=True)
    click.echo(made.secret)


def _facts(key: ApiKey, zone: str) -> dict[str, Any]:
    """All but the digest, which is nobody's business."""
    told = {name: value for name, value in asdict(key).items() if name != "digest"}
    return {**told, "status": keys.key_status(key), "time_zone": zone}


def _cells(key: ApiKey, zone: str) -> list[str]:
    status = keys.key_status(key)
    expires = "never" if key.expires is None else _day(key.expires)
    used = ago(key.last_used) if key.last_used else "never"
    return [key.key_id, key.host, key.kind, status, _day(key.created), expires, used, zone]


def _day(when: datetime) -> str:
    return f"{when.astimezone():%Y-%m-%d %H:%M}"
