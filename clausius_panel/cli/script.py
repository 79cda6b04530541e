"""`clausius script`: run a script on a cluster's login node."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, cast, get_args

import click

from .. import answers, control
from ..slurm.script_runner import Interpreter
from .context import cluster_argument, json_option, open_runtime
from .tables import is_terminal

if TYPE_CHECKING:
    from ..slurm.script_runner import ScriptOutcome

__all__ = ["script_command"]

OUT_OF_TIME = 124
"""The exit code of a script that did not end in time, as timeout(1) has it."""

EPILOG = """
The script runs as you, with an empty stdin. Its output and its exit code become those of this command,
124 where it did not end in time. What it prints beyond 1 MiB is lost. Refused in read-only mode.
"""


@click.command("script", short_help="Run a script on a cluster's login node.", epilog=EPILOG)
@cluster_argument()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option(
    "-i",
    "--interpreter",
    type=click.Choice(get_args(Interpreter)),
    help="What runs it. [default: what its first line names, else bash]",
)
@click.option(
    "-t",
    "--timeout",
    "timeout_s",
    type=int,
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="Up to 3600.",
)
@json_option()
@click.pass_context
def script_command(
    ctx: click.Context,
    /,
    *,
    cluster: str,
    file: IO[str],
    interpreter: str | None,
    timeout_s: int,
    as_json: bool,
) -> int:
    """Run FILE (- is standard input) on the login node of CLUSTER and wait for it."""
    try:
        text = file.read()
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file.name} is no text: {error.reason}") from error
    with open_runtime(ctx) as runtime:
        outcome = control.run_script(
            runtime.store,
            runtime.client(cluster),
            text,
            interpreter=cast("Interpreter | None", interpreter),
            timeout_s=timeout_s,
            actor="cli",
        )
    if as_json:
        click.echo(answers.as_json(outcome))
    else:
        _write(outcome)
    return OUT_OF_TIME if outcome.exit_code is None else outcome.exit_code


def _write(outcome: ScriptOutcome) -> None:
    from ..logs import plain_text

    # a terminal gets no sequence that steers it; a pipe gets what the script printed
    shown = plain_text if is_terminal() else str
    click.echo(shown(outcome.stdout), nl=False)
    click.echo(shown(outcome.stderr), nl=False, err=True)
    if outcome.timed_out:
        click.echo(f"clausius: it did not end within {outcome.seconds:.0f} s", err=True)
    if outcome.truncated:
        click.echo("clausius: it printed more than 1 MiB; the rest is lost", err=True)
