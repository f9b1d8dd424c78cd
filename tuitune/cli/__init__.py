"""The command line: `tuitune PATH` opens the screen, the commands read and run searches without one."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from typing import Any, cast

from tuitune.errors import TuituneError

# Every command, and what carries it out; that is loaded when the command is given. In the order of the help.
COMMANDS = {
    "ls": "tuitune.cli.listing:ls",
    "info": "tuitune.cli.reading:info",
    "trials": "tuitune.cli.reading:trials",
    "show": "tuitune.cli.reading:show",
    "best": "tuitune.cli.reading:best",
    "narrow": "tuitune.cli.narrowing:narrow",
    "run": "tuitune.cli.narrowing:run",
    "relaunch": "tuitune.cli.narrowing:relaunch",
    "resume": "tuitune.cli.narrowing:resume",
    "runs": "tuitune.cli.runs:runs",
    "stop": "tuitune.cli.runs:stop",
    "logs": "tuitune.cli.runs:logs",
    "doctor": "tuitune.cli.doctor:doctor",
}
_SCREEN_OPTIONS = ("--no-diff", "--objective")


def main() -> None:
    """Entry point. The screen is opened without loading the commands: what it does not need it does not wait for."""
    # Few of the objects that are made at the start ever die: looking through them again and again costs a tenth of it.
    gc.set_threshold(50_000, 20, 20)
    arguments = sys.argv[1:]
    try:
        if _wants_screen(arguments):
            gc.disable()  # until the screen stands
            sys.exit(_open_screen(arguments))
        from tuitune.cli.commands import cli

        cli(prog_name="tuitune")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _wants_screen(arguments: list[str]) -> bool:
    first = arguments[0] if arguments else "."
    return first.partition("=")[0] in _SCREEN_OPTIONS or not (first in COMMANDS or first.startswith("-"))


def _open_screen(arguments: list[str]) -> int:
    try:
        path, is_plain, objective = _read_arguments(arguments)
        if not os.path.exists(path):
            hint = f"Give a project, a directory of projects, or a command: {', '.join(COMMANDS)}."
            raise TuituneError("No such path", f"{path} does not exist.", hint)
        if not sys.stdout.isatty() or not sys.stdin.isatty():
            hint = f"Without one: tuitune trials PROJECT, and {', '.join(COMMANDS)}."
            raise TuituneError("No terminal", "the screen needs a terminal.", hint, 2)
        if objective is not None:
            from tuitune.cli.reading import load

            load(path, objective, quiet=True)
        return _screen_opener()(path, is_plain)
    except TuituneError as error:
        report(error)
        return error.exit_code


def _screen_opener() -> Callable[[str, bool], int]:
    """What opens the screen. It talks to no network, so asyncio need not load the TLS library, which takes its time."""
    # Textual paints at most so often a second, and what a key asks for often takes two paintings.
    os.environ.setdefault("TEXTUAL_FPS", "250")
    is_new = "ssl" not in sys.modules
    if is_new:
        sys.modules["ssl"] = cast(Any, None)  # imports of it fail, which asyncio is ready for
    try:
        from tuitune.ui.app import open_screen
    finally:
        if is_new:
            del sys.modules["ssl"]
    return open_screen


def _read_arguments(arguments: list[str]) -> tuple[str, bool, str | None]:
    """Path, whether frames are written whole, the objective. Raises TuituneError."""
    paths: list[str] = []
    is_plain, objective = False, None
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--no-diff":
            is_plain = True
        elif word.startswith("--objective"):
            _, equals, value = word.partition("=")
            objective = value if equals else (rest.pop(0) if rest else "")
        else:
            paths.append(word)
    if len(paths) > 1:
        hint = f"Commands: {', '.join(COMMANDS)}. tuitune --help says more."
        raise TuituneError("Wrong usage", f"one path is opened, {len(paths)} were given.", hint, 2)
    return (paths[0] if paths else "."), is_plain, objective


def report(error: Exception) -> None:
    """Title, message and hint on stderr. Names from files are in it: they are text, whatever they hold."""
    from tuitune.analysis.text import printable_lines

    print("\n".join(printable_lines(str(error))), file=sys.stderr)  # noqa: T201 - before click is loaded
