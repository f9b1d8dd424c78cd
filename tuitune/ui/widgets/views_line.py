"""The line under the title: the views, the present one marked. A click brings one to the front."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.message import Message

from tuitune.ui.views.registry import Entry
from tuitune.ui.widgets.items_line import Item, ItemsLine

_SHORTEST = 3  # letters of a label that had to be cut


class ViewsLine(ItemsLine):
    """Shows `entries`; where the terminal is too narrow for all, labels other than the present one's are cut."""

    class Chosen(Message):
        """The user wants the view of that name."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, entries: Sequence[Entry], present: str, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._entries = entries
        self._present = present

    def mark(self, present: str) -> None:
        """Mark the view that is in front."""
        if present != self._present:
            self._present = present
            self.forget_items()

    def items(self) -> Iterator[Item]:
        """The views in the order of the registry."""
        letters = self._letters()
        for entry in self._entries:
            is_marked = entry.name == self._present
            label = entry.label if is_marked else entry.label[:letters]
            yield Item(entry.name, entry.key, label, entry.help, is_marked)

    def _letters(self) -> int:
        """How many letters of a label there is room for."""
        longest = max(len(entry.label) for entry in self._entries)
        for letters in range(longest, _SHORTEST, -1):
            labels = (e.label if e.name == self._present else e.label[:letters] for e in self._entries)
            if sum(len(entry.key) + len(label) + 2 for entry, label in zip(self._entries, labels, strict=True)) <= (
                self.size.width + 1
            ):
                return letters
        return _SHORTEST

    def on_resize(self) -> None:
        """Another width has room for other labels."""
        self.forget_items()

    def pressed(self, item: Item) -> None:
        """Bring it to the front."""
        self.post_message(self.Chosen(item.name))
