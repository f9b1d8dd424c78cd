"""The strip below the fields of a hyperparameter, drawn anew when its draft or its trials change."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widget import Widget

from tuitune.analysis.rank_classes import Mark
from tuitune.narrowing.proposal import Proposal
from tuitune.project.space import Hyperparameter
from tuitune.ui.drawing.range_strip import draw_categories, draw_range


class RangeStrip(Widget):
    """Draws one hyperparameter; `show` gives it the draft."""

    DEFAULT_CSS = "RangeStrip { height: 1; }"

    def __init__(self, parent: Hyperparameter) -> None:
        super().__init__(classes="field-strip")
        self._parent_hp = parent
        self._hp = parent
        self._proposal: Proposal | None = None
        self._marks: Sequence[Mark] = ()

    def show(self, hp: Hyperparameter, proposal: Proposal | None, marks: Sequence[Mark]) -> None:
        """Show the draft's `hp` against the trials; drawn anew only where something is different."""
        if (hp, proposal) != (self._hp, self._proposal) or marks is not self._marks:
            self._hp, self._proposal, self._marks = hp, proposal, marks
            self.refresh()

    def render(self) -> Text:
        """The line at the present width."""
        if self._parent_hp.is_numeric:
            return draw_range(self._parent_hp, self._hp, self._proposal, self._marks, self.size.width)
        return draw_categories(self._parent_hp, self._hp, self._proposal, self._marks)
