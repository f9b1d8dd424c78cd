"""A few lines of text that are written to the terminal only when they change."""

from __future__ import annotations

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.widgets import Static

WIDE = 100  # columns from which two things stand beside each other


def segments_of(text: Text, console: Console, base: Style) -> list[Segment]:
    """One line of text on a `base` style. Rich alone forgets the style of a text that has no other within."""
    if not text.spans:
        return [Segment(text.plain, base + console.get_style(text.style, default=Style.null()))]
    return list(Segment.apply_style(text.render(console, end=""), base))


def says_same(one: Text, other: Text) -> bool:
    """Whether two texts look the same; Rich's own comparison leaves out the style of the whole."""
    return one == other and one.style == other.style


class Lines(Static):
    """Shows text; saying the same again costs nothing on the wire.

    A new layout of the screen costs many times what the text does, so there is one only where the text may take
    another place. `wraps`: its height depends on more than the number of its lines.
    """

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
        wraps: bool = False,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._wraps = wraps
        self._said: Text | None = None

    @property
    def text(self) -> str:
        """What it says, also where a part of it is scrolled out of sight."""
        return "" if self._said is None else self._said.plain

    def say(self, text: Text | str) -> None:
        """Show `text`, as text: no markup is parsed."""
        text = Text(text) if isinstance(text, str) else text
        if self._said is None or not says_same(text, self._said):
            other_size = self._said is None or text.plain.count("\n") != self.text.count("\n")
            width = self.styles.width
            other_width = width is not None and width.is_auto and text.cell_len != (self._said or Text()).cell_len
            from_nothing = not self.text or not text.plain
            self._said = text
            self.update(text, layout=self._wraps or other_size or other_width or from_nothing)
