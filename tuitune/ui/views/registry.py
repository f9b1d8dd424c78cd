"""The views of a project, in the order of their keys. A new view is its file, and a line here.

The key, the line under the title, the help and the lazy import are made from this list. A view is loaded when it is
brought to the front for the first time; a style file of the same name beside it is read then, where there is one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from textual.app import App

from tuitune.ui import commands
from tuitune.ui.commands import Command
from tuitune.ui.views.base import View


class Entry(NamedTuple):
    """One view: its name in the program, its key and label on the screen, a line of help, and `module:Class`."""

    name: str
    key: str
    label: str
    help: str
    opens: str

    @property
    def id(self) -> str:
        """The id of its widget."""
        return f"{self.name}-view"


# The first is the one that a project opens with.
VIEWS: list[Entry] = [
    Entry("trials", "1", "Trials", "the table of trials, with curves", "tuitune.ui.views.trials:TrialsView"),
    Entry("space", "7", "Space", "the search space: proposal, editing, launch", "tuitune.ui.views.space:SpaceView"),
    Entry("runs", "8", "Runs", "searches in the background: progress, log, stop", "tuitune.ui.views.runs:RunsView"),
    Entry("rounds", "9", "Rounds", "the rounds of this search, what each gained", "tuitune.ui.views.rounds:RoundsView"),
]  # fmt: skip


def entry_named(name: str) -> Entry:
    """The view of that name. Raises KeyError."""
    found = next((entry for entry in VIEWS if entry.name == name), None)
    if found is None:
        raise KeyError(name)
    return found


def view_class(entry: Entry) -> type[View]:
    """The class of a view, loaded now if it was not."""
    module, _, name = entry.opens.partition(":")
    found: type[View] = getattr(import_module(module), name)
    return found


def make_view(entry: Entry, app: App[None]) -> View:
    """A view, to be mounted in `app`."""
    cls = view_class(entry)
    style = Path(sys.modules[cls.__module__].__file__ or "").with_suffix(".tcss")
    if style.is_file() and not app.stylesheet.has_source(str(style)):
        app.stylesheet.read(style)  # what is mounted from now on follows it
    return cls(id=entry.id)


def view_commands() -> list[Command]:
    """The keys that bring views to the front. They move the focus, so they go before the next key."""
    return [Command(e.key, f"view({e.name!r})", e.label, e.help, footer=False, priority=True) for e in VIEWS]


def all_commands() -> Iterator[tuple[str, Command]]:
    """Every command with its place in words, for the help. Loads every view."""
    for command in (*view_commands(), *commands.SCREEN):
        yield "Everywhere", command
    for command in commands.TRIALS_SHOWN:
        yield "Where trials are shown", command
    for entry in VIEWS:
        for command in view_class(entry).COMMANDS:
            yield entry.label, command
    for command in commands.PROJECT_LIST:
        yield "List of projects", command
