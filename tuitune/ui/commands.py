"""The one registry of what keys do: bindings, footer and help are made from it.

A command belongs to a place: `screen` (everywhere in a project), or the view that has the focus. Its action
is a method `action_<name>` there.
"""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding, BindingType


class Command(NamedTuple):
    """One thing that a key does. `footer`: whether the last line of the screen shows it."""

    place: str
    key: str
    action: str
    label: str
    help: str
    footer: bool = True
    shown: str | None = None  # how the key is written, where its own name is clumsy
    # Acts before the next key of the same packet goes to the widget that has the focus now: keys that move the
    # focus must, or what is typed ahead over a slow line goes to the wrong place.
    priority: bool = False


COMMANDS = (
    Command("screen", "1", "view('trials')", "Trials", "the table of trials, with filter and curves", priority=True),
    Command("screen", "2", "view('space')", "Space", "the search space: proposal, editing, launch", priority=True),
    Command("screen", "3", "view('runs')", "Runs", "searches in the background: progress, log, stop", priority=True),
    Command("screen", "4", "view('rounds')", "Rounds", "the rounds of this search, what each gained", priority=True),
    Command("screen", "exclamation_mark", "problems", "Problems", "what is wrong with this project", False, "!"),
    Command("screen", "O", "objective", "Objective", "say which metric the search optimizes", False),
    Command("screen", "question_mark", "help", "Help", "this page", True, "?"),
    Command(
        "screen",
        "escape",
        "back",
        "Back",
        "back: out of the filter, to the project or list before",
        False,
        "esc",
    ),
    Command("screen", "q", "app.quit", "Quit", "leave; searches in the background go on"),
    Command("trials", "slash", "filter", "Filter", "write a filter; enter keeps it, esc leaves it", True, "/", True),
    Command("trials", "s", "sort", "Sort", "sort by the column under the cursor; again: the other way; again: off"),
    Command("trials", "S", "sort_more", "Sort also", "sort also by this column, within the ones before", False),
    Command(
        "trials",
        "equals_sign",
        "filter_cell",
        "Only this",
        "keep trials with the value under the cursor",
        False,
        "=",
    ),
    Command("trials", "backspace", "clear_filter", "No filter", "clear the filter", False),
    Command("trials", "enter", "detail", "Detail", "show or hide the trial beside the table"),
    Command("trials", "m", "metric", "Metric", "the next metric in the curve", False),
    Command(
        "trials", "r", "all_rounds", "All rounds", "the trials of all rounds in one table; again: of this one", False
    ),
    Command("trials", "n", "narrow", "Narrow", "propose a space from the trials that the filter leaves"),
    Command("space", "p", "take", "Take", "take the proposal for this hyperparameter"),
    Command("space", "a", "take_all", "Take all", "take every proposal"),
    Command("space", "f", "fix", "Fix", "hold it at the best trial's value; again: free it"),
    Command("space", "x", "reset", "Reset", "as in the parent", False),
    Command("space", "u", "undo", "Undo", "take the last change back", False),
    Command("space", "U", "redo", "Redo", "make it again", False),
    Command("space", "w", "write", "Write", "write the space to a file, for a script or for later", False),
    Command("space", "o", "read", "Open", "take a space from a file", False),
    Command("space", "l", "launch", "Launch", "choose algorithm and budget, then search this space"),
    Command("space", "up", "previous", "", "the hyperparameter above", False, "↑"),
    Command("space", "down", "next", "", "the hyperparameter below", False, "↓"),
    Command("space", "left", "nudge(-1)", "", "move the bound a step down; enter or a digit writes one", False, "←"),
    Command("space", "right", "nudge(1)", "", "move the bound a step up", False, "→"),
    Command("space", "plus", "spread(1)", "", "widen the range by a step at each end", False, "+"),
    Command("space", "minus", "spread(-1)", "", "narrow it by a step at each end", False, "-"),
    Command("rounds", "enter", "open", "Open", "open this round"),
    Command("runs", "o", "open", "Open", "open the project of this run"),
    Command("runs", "r", "resume", "Resume", "go on with a round that was stopped or killed, as warm as before"),
    Command("runs", "x", "stop_after", "Stop", "stop when the current trial has ended"),
    Command("runs", "X", "stop_now", "Stop now", "stop at once; the current trial is lost"),
    Command("projects", "enter", "open", "Open", "open the project"),
    Command("projects", "question_mark", "help", "Help", "this page", True, "?"),
    Command("projects", "q", "app.quit", "Quit", "leave"),
)

PLACES = {
    "screen": "Everywhere",
    "trials": "Trials",
    "space": "Space",
    "rounds": "Rounds",
    "runs": "Runs",
    "projects": "List of projects",
}


def bindings(place: str) -> list[BindingType]:
    """Textual's bindings of one place."""
    return [
        Binding(
            c.key,
            c.action,
            c.label,
            show=c.footer,
            key_display=c.shown,
            priority=c.priority,
            tooltip=c.help,
            id=f"{place}.{c.action}",
        )
        for c in COMMANDS
        if c.place == place
    ]


def help_lines() -> list[tuple[str, str, str]]:
    """(place, key, what it does) of every command, in the order of the registry."""
    return [(PLACES[c.place], c.shown or c.key, c.help) for c in COMMANDS]
