"""The click group that holds all commands; errors become sentences and exit statuses here."""

from __future__ import annotations

import io
import sys
from typing import Any

import click

import tuitune
from tuitune.cli import doctor, listing, reading, report, searching
from tuitune.errors import TuituneError


class _Group(click.Group):
    """Turns a TuituneError into its sentence on stderr and its exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # half a character in a message must not end a command
                stream.reconfigure(errors="backslashreplace")
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


for _command in (
    listing.ls,
    reading.info,
    reading.trials,
    reading.show,
    reading.best,
    searching.narrow,
    searching.run,
    searching.relaunch,
    searching.resume,
    searching.runs,
    searching.stop,
    searching.logs,
    doctor.doctor,
):
    cli.add_command(_command)
