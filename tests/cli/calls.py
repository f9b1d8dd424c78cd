"""How a test calls the command line."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from click.testing import CliRunner, Result

from tuitune.cli.commands import cli

Invoke = Callable[..., Result]


Spawn = Callable[..., "subprocess.CompletedProcess[str]"]


def call(*arguments: object, stdin: str | None = None) -> Result:
    """The command in this process; anything but an exit is raised."""
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
