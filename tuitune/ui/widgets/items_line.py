"""A line of things to press, each a key and a label: the base of the keys at the foot and the views under the title."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget


class Item(NamedTuple):
    """One thing of the line. `is_marked`: it is the one that is in front; `can_press`: a click does something."""

    name: str
    key: str
    label: str
    tooltip: str = ""
    is_marked: bool = False
    can_press: bool = True


class _Placed(NamedTuple):
    """An item from column `start` up to `end`."""

    start: int
    end: int
    item: Item


class ItemsLine(Widget):
    """Paints items beside each other with one blank between. A click presses one, resting on one says what it does."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"items--key", "items--label", "items--marked"}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._placed: list[_Placed] | None = None

    def items(self) -> Iterable[Item]:
        """What the line shows now, from left to right."""
        raise NotImplementedError

    def pressed(self, item: Item) -> None:
        """The user has clicked `item`."""
        raise NotImplementedError

    def forget_items(self) -> None:
        """There may be other items now: they are asked for again."""
        self._placed = None
        self.tooltip = None  # it was of another item
        self.refresh()

    @property
    def placed(self) -> list[_Placed]:
        """The items with their places."""
        if self._placed is None:
            self._placed = []
            at = 0
            for item in self.items():
                end = at + cell_len(item.key) + 1 + cell_len(item.label)
                self._placed.append(_Placed(at, end, item))
                at = end + 1
        return self._placed

    def render_line(self, y: int) -> Strip:
        """The keys, each with its label."""
        base = self.rich_style
        key_style, label_style, marked = (
            base + self.get_component_rich_style(name, partial=True)
            for name in ("items--key", "items--label", "items--marked")
        )
        segments = []
        for _, _, item in self.placed:
            styles = (marked, marked) if item.is_marked else (key_style, label_style)
            segments += [*_segments(item, *styles), Segment(" ", label_style)]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _item_at(self, x: int) -> Item | None:
        return next((item for start, end, item in self.placed if start <= x < end), None)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A click on an item presses it."""
        item = self._item_at(event.x)
        if item is not None and item.can_press:
            self.pressed(item)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Where the mouse rests, the help of that item is shown."""
        item = self._item_at(event.x)
        self.tooltip = None if item is None else item.tooltip or None


def _segments(item: Item, key: Style, label: Style) -> list[Segment]:
    return [Segment(item.key, key), Segment(f" {item.label}", label)]
