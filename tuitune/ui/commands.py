"""What a command is, and those of the screens. The commands of a view stand in its own file.

Bindings, the last line and the help are made from these, and nobody declares a key beside them. A command is a
method `action_<name>` of the screen or the view that it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from textual.binding import Binding, BindingType


class Command(NamedTuple):
    """One thing that a key does. `footer`: whether the last line of the screen shows it."""

    key: str
    action: str
    label: str
    help: str
    footer: bool = True
    shown: str | None = None  # how the key is written, where its own name is clumsy
    # Acts before the next key of the same packet goes to the widget that has the focus now: keys that move the
    # focus must, or what is typed ahead over a slow line goes to the wrong place.
    priority: bool = False


SCREEN = (
    Command("exclamation_mark", "problems", "Problems", "what is wrong with this project", False, "!"),
    Command("O", "objective", "Objective", "say which metric the search optimizes", False),
    Command("question_mark", "help", "Help", "this page", True, "?"),
    Command("escape", "back", "Back", "back: out of the filter, to the project or list before", False, "esc"),
    Command("q", "app.quit", "Quit", "leave; searches in the background go on"),
)

# Of the project's screen too, while the view in front shows trials: one filter rules all of these views.
TRIALS_SHOWN = (
    Command("slash", "filter", "Filter", "write a filter; enter keeps it, esc leaves it", True, "/", True),
    Command("equals_sign", "filter_cell", "Only this", "keep trials with the value under the cursor", False, "="),
    Command("backspace", "clear_filter", "No filter", "clear the filter", False),
    Command("r", "all_rounds", "All rounds", "the trials of all rounds in one table; again: of this one", False),
    Command("n", "narrow", "Narrow", "propose a space from the trials that the filter leaves"),
)

PROJECT_LIST = (
    Command("enter", "open", "Open", "open the project"),
    Command("question_mark", "help", "Help", "this page", True, "?"),
    Command("q", "app.quit", "Quit", "leave"),
)


def bindings(place: str, commands: Iterable[Command]) -> list[BindingType]:
    """Textual's bindings of the commands of one place."""
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
        for c in commands
    ]
