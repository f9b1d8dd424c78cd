"""The last line of a screen: the keys that do something now. One widget, however many keys it shows."""

from __future__ import annotations

from collections.abc import Iterator

from textual.screen import Screen

from tuitune.ui.widgets.items_line import Item, ItemsLine


class KeysLine(ItemsLine):
    """Shows the bindings in force that ask to be shown. A click presses the key."""

    def on_mount(self) -> None:
        """Follow the bindings: they change with the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, _: Screen[object]) -> None:
        self.forget_items()

    def items(self) -> Iterator[Item]:
        """The keys in the order in which they are asked: those of the widget in focus first."""
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if binding.show:
                written = self.app.get_key_display(binding)
                yield Item(binding.key, written, binding.description, binding.tooltip, can_press=enabled)

    def pressed(self, item: Item) -> None:
        """Press the key."""
        self.app.simulate_key(item.name)
