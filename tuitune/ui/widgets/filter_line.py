"""The line of the filter: what it is and what it leaves. The field to write in is made when somebody writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.text import Text
from textual import events, on
from textual.binding import Binding
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from tuitune.analysis.text import printable
from tuitune.ui.widgets.line import says_same, segments_of
from tuitune.ui.widgets.table_model import fit

_LABEL = " filter "
_EXAMPLE = "val_accuracy >= 0.9 and lr < 1e-3      / to write"


class FilterInput(Input):
    """The field; escape and enter go back to where one came from, the filter stays."""

    # Both act before the next key of the same packet goes to the widget that has the focus.
    BINDINGS: ClassVar[list[Any]] = [
        Binding("escape", "leave", "Leave", priority=True),
        Binding("enter", "leave", show=False, priority=True),
    ]

    def __init__(self, value: str, leave: Callable[[], None]) -> None:
        super().__init__(value, placeholder=_EXAMPLE, compact=True, id="filter")
        self._leave = leave
        self.is_settled = True  # every key that was meant for it has arrived

    def action_leave(self) -> None:
        """Give the focus back. What was typed before, in the same packet, still waits to be written here."""
        self.is_settled = False
        self._leave()
        self.call_later(self._settle)

    def _settle(self) -> None:
        self.is_settled = True

    def show_cursor(self) -> None:
        """Scroll so that the cursor is in sight."""
        at = cell_len(self.value[: self.cursor_position])
        self.scroll_to_region(Region(at, 0, 1, 1), animate=False, force=True, immediate=True)


class FilterLine(Widget):
    """Shows a filter and a count; posts Input's messages while somebody writes. `leave` gives the focus back."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"filter--label"}

    def __init__(self, leave: Callable[[], None], *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._give_back = leave
        self._where = ""
        self._count = Text()
        self._field: FilterInput | None = None

    def say(self, where: str, count: Text) -> None:
        """Show the filter in force and what it leaves; what is being written stays as it is."""
        if where == self._where and says_same(count, self._count):
            return
        self._where, self._count = where, count
        field = self._field
        if field is not None:
            self._make_room(field)
            if not self.is_edited and field.is_settled and field.value != where:
                with field.prevent(Input.Changed):
                    field.value = where
        self.refresh()

    def edit(self) -> None:
        """Put the cursor into the filter."""
        field = self._field
        if field is None:
            field = self._field = FilterInput(self._where, self._give_back)
            self._make_room(field)
            self.mount(field)
        field.display = True
        self.screen.set_focus(field)

    @property
    def is_edited(self) -> bool:
        """Whether somebody writes."""
        return self._field is not None and self.screen.focused is self._field

    def _make_room(self, field: FilterInput) -> None:
        width = self.size.width - len(_LABEL) - self._count.cell_len - 2
        if field.styles.width is None or field.styles.width.value != width:
            field.styles.width = max(1, width)
            field.call_after_refresh(field.show_cursor)

    def on_resize(self) -> None:
        """The field is as wide as the line leaves it."""
        if self._field is not None:
            self._make_room(self._field)

    @on(events.DescendantFocus)
    def _entered(self) -> None:
        if self._field is not None:  # also where the terminal itself has the focus again
            self._field.display = True

    @on(events.DescendantBlur)
    def _left(self) -> None:
        if self._field is not None:
            self._field.display = False

    def on_click(self) -> None:
        """A click on the filter begins to write it."""
        self.edit()

    def render_line(self, y: int) -> Strip:
        """Label, filter, and the count at the right."""
        base = self.rich_style
        faint = self.get_component_rich_style("filter--label")
        width = max(0, self.size.width - len(_LABEL) - self._count.cell_len - 2)
        text, style = (printable(self._where), base) if self._where else (_EXAMPLE, faint)
        segments = [Segment(_LABEL, faint), Segment(fit(text, width, False), style), Segment(" ", base)]
        segments += segments_of(self._count, self.app.console, base)
        return Strip(segments).adjust_cell_length(self.size.width, base)
