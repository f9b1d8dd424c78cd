"""The command line: `tuitune PATH` opens the screen, the commands read and run searches without one."""

from __future__ import annotations

import os
import sys

_COMMANDS = ("ls", "info", "trials", "show", "best", "narrow", "run", "relaunch", "runs", "stop", "logs")


def main() -> None:
    """Entry point. The screen is opened without loading the commands: what it does not need it does not wait for."""
    arguments = sys.argv[1:]
    try:
        if not arguments or (arguments[0] not in _COMMANDS and not arguments[0].startswith("-")):
            sys.exit(_open_screen(arguments))
        from tuitune.cli.commands import cli

        cli(prog_name="tuitune")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _open_screen(arguments: list[str]) -> int:
    from tuitune.errors import TuituneError

    try:
        if len(arguments) > 1:
            hint = f"Commands: {', '.join(_COMMANDS)}. tuitune --help says more."
            raise TuituneError("Wrong usage", f"one path is opened, {len(arguments)} were given.", hint, 2)
        if arguments and not os.path.exists(arguments[0]):
            hint = f"Give a project, a directory of projects, or a command: {', '.join(_COMMANDS)}."
            raise TuituneError("No such path", f"{arguments[0]} does not exist.", hint)
        if not sys.stdout.isatty() or not sys.stdin.isatty():
            hint = f"Without one: tuitune trials PROJECT, and {', '.join(_COMMANDS)}."
            raise TuituneError("No terminal", "the screen needs a terminal.", hint, 2)
        from tuitune.ui.app import open_screen

        return open_screen(arguments[0] if arguments else ".")
    except TuituneError as error:
        report(error)
        return error.exit_code


def report(error: Exception) -> None:
    """Title, message and hint on stderr."""
    print(error, file=sys.stderr)  # noqa: T201 - before click is loaded
