"""The last look at every line of the screen: no character of it steers the terminal, whoever drew it."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tuitune.analysis.text import printable


class Inert(LineFilter):
    """Replaces what a view has let through. Views still show such text by pictures: here a line keeps its width."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same line as text only; the very same list where it was."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [Segment(_inert(text), style, control) for text, style, control in segments]


def _inert(text: str) -> str:
    if printable(text) == text:
        return text
    return "".join(_fitting(character) for character in text)


def _fitting(character: str) -> str:
    """What stands for one character, as wide as the layout took it to be."""
    shown, width = printable(character), cell_len(character)
    return shown if cell_len(shown) == width else "·" * width
