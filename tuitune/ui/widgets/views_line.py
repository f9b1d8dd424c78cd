"""The line under the title: the views, the present one marked. A click brings one to the front."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.message import Message

from tuitune.ui.widgets.items_line import Item, ItemsLine

_SHORTEST = 3  # letters of a label that had to be cut


class ViewsLine(ItemsLine):
    """Shows `views`; where the terminal is too narrow for all, labels other than the present one's are cut."""

    class Chosen(Message):
        """The user wants the view of that name."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, views: Sequence[Item], present: str, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._views = views
        self._present = present

    def mark(self, present: str) -> None:
        """Mark the view that is in front."""
        if present != self._present:
            self._present = present
            self.forget_items()

    def items(self) -> Iterator[Item]:
        """The views in their order."""
        letters = self._letters()
        for view in self._views:
            is_marked = view.name == self._present
            yield view._replace(label=view.label if is_marked else view.label[:letters], is_marked=is_marked)

    def _letters(self) -> int:
        """How many letters of a label there is room for."""
        longest = max(len(view.label) for view in self._views)
        return next((n for n in range(longest, _SHORTEST, -1) if self._width(n) <= self.size.width), _SHORTEST)

    def _width(self, letters: int) -> int:
        """The width of the line where labels are cut to so many letters."""
        labels = (view.label if view.name == self._present else view.label[:letters] for view in self._views)
        return sum(len(view.key) + 1 + len(label) + 1 for view, label in zip(self._views, labels, strict=True)) - 1

    def on_resize(self) -> None:
        """Another width has room for other labels."""
        self.forget_items()

    def pressed(self, item: Item) -> None:
        """Bring it to the front."""
        self.post_message(self.Chosen(item.name))
