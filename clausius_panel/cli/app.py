"""The command group: which commands there are, and what an error costs.

Exit codes: 0 all went well; 1 something failed; 2 a value that cannot be right, nothing was changed; 130 Ctrl-C;
129 and 143 SIGHUP and SIGTERM.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from ..errors import ClausiusError, InvalidInput
from ..version import __version__

__all__ = ["clausius", "main"]

COMMANDS = {
    "jobs": "jobs",
    "status": "status",
    "job": "job",
    "log": "log",
    "stats": "stats",
    "runs": "runs",
    "run": "runs",
    "projects": "runs",
    "project": "runs",
    "add-project": "projects",
    "edit-project": "projects",
    "merge-project": "projects",
    "history": "history",
    "sql": "history",
    "usage": "usage",
    "report": "report",
    "cancel": "cancel",
    "cancel-run": "cancel",
    "hold": "control",
    "release": "control",
    "requeue": "control",
    "top": "control",
    "change": "control",
    "clear": "records",
    "dismiss": "records",
    "pin": "records",
    "unpin": "records",
    "star": "records",
    "unstar": "records",
    "note": "records",
    "cleanup": "records",
    "script": "script",
    "list-clusters": "clusters",
    "add-cluster": "clusters",
    "update-cluster": "clusters",
    "remove-cluster": "clusters",
    "test-cluster": "access",
    "trust": "access",
    "login": "access",
    "serve": "serve",
    "demo": "serve",
    "mcp": "mcp",
    "path-bases": "paths",
    "run-rules": "run_rules",
    "log-rules": "rules",
    "process-filters": "rules",
    "setup": "setup",
    "backfill": "backfill",
    "import": "import_",
    "settings": "settings",
    "set": "settings",
    "get": "settings",
    "backup": "setup",
    "restore": "restore",
    "keys": "keys",
}
"""Command -> module of this package that has it, as a function of the command's name with `_` for `-`."""


INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""


_ENDINGS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class LazyGroup(click.Group):
    """Loads a command's module when it is needed; turns errors into one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of their use, not of the alphabet."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f".{COMMANDS[cmd_name]}", __package__)
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run and exit with the code of what happened."""
        run = super().main
        _exit(lambda: run(args, prog_name or "clausius", complete_var, standalone_mode=False, **extra))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="clausius")
@click.option("--data-dir", metavar="DIR", help="Where the store is (else CLAUSIUS_DATA_DIR, else clausius.toml).")
@click.pass_context
def clausius(ctx: click.Context, data_dir: str | None) -> None:
    """See and steer your jobs on all your Slurm clusters.

    Data come from the local store; a cluster is asked only when its data are older than the refresh interval.

    Completion in the shell: eval "$(_CLAUSIUS_COMPLETE=bash_source clausius)" (or zsh_source, fish_source).
    """
    ctx.obj = {"data_dir": data_dir} if data_dir else {}


def main() -> NoReturn:
    """The entry point of the command `clausius`."""
    for number in _ENDINGS:
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup has set another
            signal.signal(number, _end)
    try:
        clausius.main()
    except SystemExit as ended:
        was_ended = ended.code in (INTERRUPTED, *(128 + number for number in _ENDINGS))
        if isinstance(ended.code, int) and (was_ended or "holoviews" in sys.modules):
            # a thread may still wait for a host that does not answer; the person shall not. And of what
            # HoloViews keeps of DuckDB its binding would complain on forty lines, while all is closed
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ended.code)
        raise
    raise AssertionError("unreachable: the group exits")


def _end(number: int, frame: object) -> NoReturn:
    """Leave through everything that cleans up, such as the files of the demo."""
    sys.exit(128 + number)


def _exit(run: Callable[[], Any]) -> NoReturn:
    """Run a command; exit 0, 1, 2 or 130 with at most one line on stderr."""
    try:
        code = run()
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(2)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "clausius"
        _fail(f"{error.format_message()} (see {command} --help)", error.exit_code)
    except click.ClickException as error:
        _fail(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except ClausiusError as error:
        _fail(str(error), 2 if isinstance(error, InvalidInput) else 1)
    except BrokenPipeError:
        # whoever read our output has closed it, as `head` does; nothing more can be written
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, code: int) -> NoReturn:
    from .words import printable

    # what a cluster said may be in it
    click.echo(f"clausius: {printable(' '.join(message.split()))}", err=True)
    sys.exit(code)
