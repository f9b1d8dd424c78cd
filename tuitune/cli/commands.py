"""The click group of all commands, each loaded when it is given; errors become sentences and exit statuses here."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

import tuitune
from tuitune import cli as package
from tuitune.cli import report
from tuitune.cli.streams import make_inert
from tuitune.errors import TuituneError


class _Group(click.Group):
    """Finds commands in the registry. Turns a TuituneError into its sentence on stderr and its exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order of the registry."""
        return list(package.COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        module, _, name = package.COMMANDS.get(cmd_name, "").partition(":")
        command: click.Command | None = getattr(import_module(module), name) if module else None
        return command

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Before anything is printed, be it an answer, a usage error or a traceback."""
        make_inert()
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Carry out the command."""
        try:
            return super().invoke(ctx)
        except TuituneError as error:
            report(error)
            sys.exit(error.exit_code)


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    options_metavar="",
    subcommand_metavar="[PATH] | COMMAND …",
)
@click.version_option(tuitune.__version__, message="tuitune %(version)s")
def cli() -> None:
    """See, narrow and relaunch keras-tuner searches.

    tuitune PATH opens the screen on a project, or on a directory that holds projects.
    """
