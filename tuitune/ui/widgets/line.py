"""A few lines of text that are written to the terminal only when they change."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

WIDE = 100  # columns from which two things stand beside each other


class Lines(Static):
    """Shows text; saying the same again costs nothing on the wire."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._said: Text | None = None

    @property
    def text(self) -> str:
        """What it says, also where a part of it is scrolled out of sight."""
        return "" if self._said is None else self._said.plain

    def say(self, text: Text | str) -> None:
        """Show `text`, as text: no markup is parsed."""
        text = Text(text) if isinstance(text, str) else text
        if text != self._said or text.style != self._said.style:
            self._said = text
            self.update(text)
