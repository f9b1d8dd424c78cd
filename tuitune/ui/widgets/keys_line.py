"""The last line of a screen: the keys that do something now. One widget, however many keys it shows."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget


class _Key(NamedTuple):
    """One key of the line, from column `start` up to `end`."""

    start: int
    end: int
    binding: Binding
    enabled: bool


class KeysLine(Widget):
    """Shows the bindings in force that ask to be shown. A click presses the key, resting on one says what it does."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key", "keys--label"}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._keys: list[_Key] | None = None

    def on_mount(self) -> None:
        """Follow the bindings: they change with the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, _: Screen[object]) -> None:
        self._keys = None
        self.tooltip = None  # it was of another key
        self.refresh()

    @property
    def keys(self) -> list[_Key]:
        """The keys in the order of their places."""
        if self._keys is None:
            self._keys = []
            at = 0
            for _, binding, enabled, _ in self.screen.active_bindings.values():
                if binding.show:
                    end = at + cell_len(self._written(binding)) + 1 + cell_len(binding.description)
                    self._keys.append(_Key(at, end, binding, enabled))
                    at = end + 1
        return self._keys

    def _written(self, binding: Binding) -> str:
        return self.app.get_key_display(binding)

    def render_line(self, y: int) -> Strip:
        """The keys, each with its label."""
        base = self.rich_style
        key_style, label_style = (
            base + self.get_component_rich_style(name, partial=True) for name in ("keys--key", "keys--label")
        )
        segments = []
        for key in self.keys:
            label = f" {key.binding.description} "
            segments += [Segment(self._written(key.binding), key_style), Segment(label, label_style)]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _key_at(self, x: int) -> _Key | None:
        return next((key for key in self.keys if key.start <= x < key.end), None)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A click on a key presses it."""
        key = self._key_at(event.x)
        if key is not None and key.enabled:
            self.app.simulate_key(key.binding.key)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Where the mouse rests, the help of that key is shown."""
        key = self._key_at(event.x)
        self.tooltip = None if key is None else key.binding.tooltip or None
