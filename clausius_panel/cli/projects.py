"""The commands that configure projects: add-project, edit-project, merge-project."""

from __future__ import annotations

import click

from .. import records
from ..model.project import Project
from .context import Decorator, open_runtime
from .tables import say

__all__ = ["add_project_command", "edit_project_command", "merge_project_command"]

ACTOR = "cli"


def looks_options() -> Decorator:
    """The options --prefix, --colour, --emoji."""
    options = (
        click.option("--prefix", metavar="TEXT", help="Jobs whose names begin with it are the project's."),
        click.option("--colour", metavar="#RRGGBB", help="Such as #4c78a8."),
        click.option("--emoji", metavar="EMOJI", help="One emoji; '' for none."),
    )

    def decorate(command: Decorator) -> Decorator:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.command("add-project", short_help="Configure a project by its prefix.")
@click.argument("name")
@looks_options()
@click.pass_context
def add_project_command(ctx: click.Context, /, *, name: str, **looks: str | None) -> None:
    """Configure the project NAME; jobs of its prefix, NAME_ unless told otherwise, are sorted into it."""
    with open_runtime(ctx) as runtime:
        _show(records.add_project(runtime.store, name, actor=ACTOR, **_given(looks)))


@click.command("edit-project", short_help="Change a project's name, prefix, colour or emoji.")
@click.argument("name")
@click.option("--name", "new_name", default="", metavar="NAME", help="Another name; its jobs stay its own.")
@looks_options()
@click.pass_context
def edit_project_command(ctx: click.Context, /, *, name: str, new_name: str, **looks: str | None) -> None:
    """Change how the project NAME is called and looks; with another prefix all jobs are sorted anew."""
    with open_runtime(ctx) as runtime:
        _show(records.edit_project(runtime.store, name, new_name=new_name, actor=ACTOR, **_given(looks)))


@click.command("merge-project", short_help="Let a project's jobs count to another.")
@click.argument("name")
@click.argument("into", required=False, default="")
@click.option("--undo", is_flag=True, help="Let NAME stand for itself again.")
@click.pass_context
def merge_project_command(ctx: click.Context, *, name: str, into: str, undo: bool) -> None:
    """Let all jobs of the project NAME, past and to come, count to the project INTO."""
    if undo == bool(into):
        raise click.UsageError("say INTO or --undo")
    with open_runtime(ctx) as runtime:
        records.merge_projects(runtime.store, name, into, actor=ACTOR)
    say(f"{name} counts to {into}" if into else f"{name} stands for itself again")


def _given(looks: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in looks.items() if value is not None}


def _show(project: Project) -> None:
    say(f"{project.emoji} {project.name}: prefix {project.prefix}, colour {project.colour}".strip())
