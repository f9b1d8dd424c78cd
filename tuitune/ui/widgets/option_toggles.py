"""Values beside each other, to switch on and off, or to choose one of."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual import events
from textual.app import RenderResult
from textual.binding import Binding
from textual.message import Message
from textual.widget import Widget

from tuitune.analysis.text import printable
from tuitune.project.scalars import format_scalar
from tuitune.project.space import Scalar, same_scalar


class OptionToggles(Widget, can_focus=True):
    """Values beside each other, each on or off. With `single`, exactly one is on."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("left", "move(-1)", show=False),
        Binding("right", "move(1)", show=False),
        Binding("space,enter", "switch", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"toggles--cursor", "toggles--off"}

    class Toggled(Message):
        """Posted when the user switches `option`."""

        def __init__(self, toggles: OptionToggles, option: Scalar) -> None:
            super().__init__()
            self.toggles = toggles
            self.option = option

    def __init__(self, options: tuple[Scalar, ...], single: bool = False, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.options = options
        self.single = single
        self._on: tuple[Scalar, ...] = ()
        self._cursor = 0

    def show(self, on: tuple[Scalar, ...]) -> None:
        """Show which values are on."""
        self._on = on
        self.refresh()

    def is_on(self, option: Scalar) -> bool:
        """Whether `option` is on."""
        return any(same_scalar(option, item) for item in self._on)

    def _label(self, option: Scalar) -> str:
        on, off = ("(●)", "( )") if self.single else ("[x]", "[ ]")
        return f"{on if self.is_on(option) else off} {printable(format_scalar(option))}"

    def render(self) -> RenderResult:
        """The values on one line; scrolled so that the cursor is in sight."""
        text = Text(no_wrap=True)
        start = 0
        for number, option in enumerate(self.options):
            if number == self._cursor:
                start = len(text)
            style = "" if self.is_on(option) else "dim"
            if number == self._cursor and self.has_focus:
                style = "reverse"
            text.append(self._label(option), style=style)
            text.append("  ")
        overflow = start + 12 - self.size.width
        return text[overflow:] if overflow > 0 else text

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self._cursor = max(0, min(self._cursor + by, len(self.options) - 1))
        self.refresh()

    def action_switch(self) -> None:
        """Switch the value under the cursor."""
        self.post_message(self.Toggled(self, self.options[self._cursor]))

    def on_click(self, event: events.Click) -> None:
        """Switch the value that was clicked."""
        end = 0
        for number, option in enumerate(self.options):
            end += len(self._label(option)) + 2
            if event.x < end:
                self._cursor = number
                self.action_switch()
                return
