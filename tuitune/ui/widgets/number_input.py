"""A field for a number, which leaves every other key to the form around it."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input

_NUMBER = "0123456789.eE+-"


class NumberInput(Input):
    """Takes the characters of a number and leaves every other key to the form.

    Until a digit is typed, or enter is pressed, arrows and signs are the form's too: they move and scale the range.
    """

    BINDINGS: ClassVar[list[Any]] = [Binding("escape", "leave", show=False)]

    class Committed(Message):
        """Posted when the user has finished with the field: enter, or another field."""

        def __init__(self, field: NumberInput) -> None:
            super().__init__()
            self.field = field

    def __init__(self, value: str, name: str) -> None:
        super().__init__(value, name=name, compact=True, classes="number")
        self._written = value
        self._edits = False

    def write(self, text: str) -> None:
        """Show the draft's value."""
        self._edits = self._edits and text == self._written
        self._written = text
        if self.value != text:
            with self.prevent(Input.Changed):
                self.value = text

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Part of Textual: keys that this widget takes for itself."""
        return character is not None and self._takes(character)

    def _takes(self, character: str) -> bool:
        return character in _NUMBER and (self.is_edited or character not in "+-")

    @property
    def is_edited(self) -> bool:
        """Whether its text is being written."""
        return self._edits or self.value != self._written

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Part of Textual: which of Input's own actions there are now."""
        return self.is_edited or action not in ("cursor_left", "cursor_right")

    async def _on_key(self, event: events.Key) -> None:
        """Textual calls this, then Input's own, unless it is prevented; the key bubbles to the form's commands."""
        if event.key == "enter" and not self.is_edited:  # here, not as an action: the next key may be there already
            self._edits = True
            event.stop()
            event.prevent_default()
        elif event.is_printable and event.character is not None:
            if self._takes(event.character):
                self._edits = True
            else:
                event.prevent_default()

    def on_blur(self) -> None:
        """Another field has the focus: this one is finished."""
        self._edits, self._written = False, self.value  # what comes next is no part of it, however soon it comes
        self.post_message(self.Committed(self))

    def action_leave(self) -> None:
        """Give the change up; where there is none, escape means what it means elsewhere."""
        if self.value == self._written:
            raise SkipAction
        self.value = self._written

    async def action_submit(self) -> None:
        """Be done with writing."""
        self._edits, self._written = False, self.value  # what comes next is no part of it, however soon it comes
        self.post_message(self.Committed(self))
