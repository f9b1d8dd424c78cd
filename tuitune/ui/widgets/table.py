"""A table for many rows, painted a row at a time with Textual's line API.

It holds columns as lists and an order of indices; sorting and filtering are a new order. Only rows on the
screen are formatted. The text of cells is plain text: no markup is ever parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tuitune.analysis.text import printable
from tuitune.analysis.vectors import position_of
from tuitune.ui.widgets.row_layout import GAP, Part, Span, columns_in_sight, segments_of_parts, width_of
from tuitune.ui.widgets.table_model import TableModel, column_width, cut, fit
from tuitune.ui.widgets.thin_scrollbar import tell_position


class LineTable(ScrollView, can_focus=True):
    """The table. The cursor is a row and a column; once it was moved it follows its row when the order changes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--header-cursor",
        "table--cursor",
        "table--cursor-cell",
        "table--dim",
        "table--best",
        "table--bad",
        "table--live",
    }
    BINDINGS: ClassVar[list[Any]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,g", "edge(-1)", show=False),
        Binding("end,G", "edge(1)", show=False),
        Binding("left,h", "column(-1)", show=False),
        Binding("right", "column(1)", show=False),
    ]

    class Highlighted(Message):
        """Posted when the cursor stands on another row. `index` is None in an empty table."""

        def __init__(self, table: LineTable, index: int | None) -> None:
            super().__init__()
            self.table = table
            self.index = index

        @property
        def control(self) -> LineTable:
            """The table."""
            return self.table

    class HeaderClicked(Message):
        """Posted when a column's header was clicked."""

        def __init__(self, table: LineTable, name: str) -> None:
            super().__init__()
            self.table = table
            self.name = name

    class RowClicked(Message):
        """Posted when the row under the cursor was clicked again."""

    # The row under the cursor, index and key. Who watches it is told at once, and paints in the same frame.
    shown_row: Reactive[tuple[int | None, str | None]] = Reactive((None, None), repaint=False, init=False)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.model = TableModel()
        self.cursor_row = 0
        self.cursor_column = 0
        self._is_placed = False  # whether somebody put the cursor where it is; else it stays at the top
        self._widths: list[int] = []
        self._styles: dict[str, Style] = {}
        self._in_sight: tuple[object, list[Span]] = (None, [])

    # ------------------------------------------------------------------------------------------ the model

    def set_model(self, model: TableModel) -> None:
        """Show `model`; the cursor stays on its row and column where they are still there."""
        before, index, key, name = self.model, self.highlighted, self.highlighted_key, self.column_name
        in_sight = 0 < self._line_of(self.cursor_row) < max(2, self.inner_size.height)
        self.model = model
        known = {
            column.name: (column.values, width) for column, width in zip(before.columns, self._widths, strict=True)
        }
        self._widths = [
            column_width(column, model.order, width if values is column.values else 3)
            for column in model.columns
            for values, width in [known.get(column.name, (None, 3))]
        ]
        if key is not None and self._is_placed:
            row = index if model.keys is before.keys else _row_of(key, model.keys)
            position = None if row is None else position_of(row, model.order)
            self.cursor_row = self.cursor_row if position is None else position
        self.cursor_row = max(0, min(self.cursor_row, len(model.order) - 1))
        names = [column.name for column in model.columns]
        self.cursor_column = names.index(name) if name in names else min(self.cursor_column, max(0, len(names) - 1))
        self.virtual_size = Size(width_of(self._widths), len(model.order) + 1)
        if in_sight:
            self._keep_in_sight()
        self.refresh()
        if self.highlighted != index or self.highlighted_key != key:
            self._tell_highlighted()

    @property
    def widths(self) -> list[int]:
        """Cells that each column takes."""
        return self._widths

    @property
    def highlighted(self) -> int | None:
        """Index of the row under the cursor."""
        order = self.model.order
        return order[self.cursor_row] if 0 <= self.cursor_row < len(order) else None

    @property
    def highlighted_key(self) -> str | None:
        """Key of the row under the cursor."""
        index = self.highlighted
        return None if index is None or index >= len(self.model.keys) else self.model.keys[index]

    @property
    def column_name(self) -> str | None:
        """Name of the column under the cursor."""
        columns = self.model.columns
        return columns[self.cursor_column].name if self.cursor_column < len(columns) else None

    # ----------------------------------------------------------------------------------------- the cursor

    def move_to(self, position: int) -> None:
        """Put the cursor on the row at `position` of the order."""
        self._is_placed = True
        position = max(0, min(position, len(self.model.order) - 1))
        if position == self.cursor_row:
            return
        old, self.cursor_row = self.cursor_row, position
        if not self._keep_in_sight():
            self.refresh(*(Region(0, self._line_of(row), self.inner_size.width, 1) for row in (old, position)))
        self._tell_highlighted()

    @property
    def inner_size(self) -> Size:
        """Columns and lines for header and rows: what the scrollbars leave."""
        return self.scrollable_content_region.size

    def _tell_highlighted(self) -> None:
        self.shown_row = (self.highlighted, self.highlighted_key)
        self.post_message(self.Highlighted(self, self.highlighted))

    def _line_of(self, row: int) -> int:
        return row + 1 - round(self.scroll_y)

    def _keep_in_sight(self) -> bool:
        """Scroll so that the cursor is visible; whether anything moved."""
        height = max(1, self.inner_size.height - 1)
        top = round(self.scroll_y)
        wanted = top
        if self.cursor_row < top:
            wanted = self.cursor_row
        elif self.cursor_row >= top + height:
            wanted = self.cursor_row - height + 1
        if wanted == top:
            return False
        self.scroll_to(y=wanted, animate=False, force=True, immediate=True)
        return True

    def action_move(self, by: int) -> None:
        """Move the cursor by rows."""
        self.move_to(self.cursor_row + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by screens."""
        self.move_to(self.cursor_row + by * max(1, self.inner_size.height - 2))

    def action_edge(self, towards: int) -> None:
        """Move the cursor to the first or the last row."""
        self.move_to(0 if towards < 0 else len(self.model.order) - 1)

    def action_column(self, by: int) -> None:
        """Move the column cursor, and scroll sideways so that the column is in sight."""
        count = len(self.model.columns)
        if not count:
            return
        self.cursor_column = max(0, min(self.cursor_column + by, count - 1))
        left = width_of(self._widths[: self.cursor_column])
        right = left + self._widths[self.cursor_column] + GAP
        frozen = self._fixed_width()
        x = round(self.scroll_x)
        if self.cursor_column >= self.model.fixed:
            if left - x < frozen:
                x = left - frozen
            elif right - x > self.inner_size.width:
                x = right - self.inner_size.width
        else:
            x = 0
        self.scroll_to(x=x, animate=False, force=True, immediate=True)
        self.refresh()

    def _fixed_width(self) -> int:
        return width_of(self._widths[: self.model.fixed])

    def on_click(self, event: events.Click) -> None:
        """Header: sort; row: move there, and once more: open."""
        column = self._column_at(event.x)
        if event.y == 0:
            if column is not None:
                self.post_message(self.HeaderClicked(self, self.model.columns[column].name))
            return
        row = event.y - 1 + round(self.scroll_y)
        if row >= len(self.model.order):
            return
        if column is not None:
            self.cursor_column = column
        if row == self.cursor_row:
            self.post_message(self.RowClicked())
        self.move_to(row)
        self.refresh()

    def _column_at(self, x: int) -> int | None:
        if x >= self._fixed_width():
            x += round(self.scroll_x)
        end = 0
        for number, width in enumerate(self._widths):
            end += width + GAP
            if x < end:
                return number
        return None

    # ---------------------------------------------------------------------------------------------- painting

    def notify_style_update(self) -> None:
        """Textual calls this when styles may have changed."""
        super().notify_style_update()
        self._styles.clear()

    def on_focus(self) -> None:
        """The cursor is drawn stronger with the focus."""
        self._styles.clear()
        self.refresh()

    on_blur = on_focus

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._keep_in_sight()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """As Textual's, but the scrollbar is painted, which it is whole each time, only when its thumb moves."""
        if self.show_vertical_scrollbar:
            tell_position(self.vertical_scrollbar, new_value)
        if round(old_value) != round(new_value):
            self.refresh(self.size.region)

    def render_line(self, y: int) -> Strip:
        """The header, or one row."""
        width = self.inner_size.width
        base = self._base_style()
        if y == 0:
            return self._paint(lambda number: self._header_cell(number, base), width, base)
        position = y - 1 + round(self.scroll_y)
        if position >= len(self.model.order):
            if position == 0 and self.model.empty:
                return Strip([Segment(" " + self.model.empty, base)]).adjust_cell_length(width, base)
            return Strip.blank(width, base)
        row_style = self._row_style(position, base)
        return self._paint(lambda number: self._cell(number, position, row_style), width, row_style)

    def _base_style(self) -> Style:
        style = self._styles.get("")
        if style is None:
            style = self._styles[""] = self.rich_style
        return style

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            style = self._styles[name] = self.get_component_rich_style(name, partial=True)
        return style

    def _row_style(self, position: int, base: Style) -> Style:
        style = base
        name = self.model.row_class(self.model.order[position])
        if name:
            style += self._style(name)
        if position == self.cursor_row:
            style += self._style("table--cursor")
        return style

    def _header_cell(self, number: int, base: Style) -> Part:
        column = self.model.columns[number]
        name = "table--header-cursor" if number == self.cursor_column and self.has_focus else "table--header"
        title = printable(column.title) + self.model.marks.get(column.name, "")
        return fit(title, self._widths[number], column.right), base + self._style(name)

    def _cell(self, number: int, position: int, row_style: Style) -> Part:
        model = self.model
        index, column, style = model.order[position], model.columns[number], row_style
        name = model.cell_class(index, column.name)
        if name:
            style += self._style(name)
        if number == self.cursor_column and position == self.cursor_row and self.has_focus:
            style += self._style("table--cursor-cell")
        return fit(column.show(column.values[index]), self._widths[number], column.right), style

    def _spans(self, width: int) -> list[Span]:
        """The columns in sight. The fixed ones stay, the others are scrolled beside them."""
        scroll = round(self.scroll_x)
        wanted = (width, scroll, self._widths, self.model.fixed)
        if self._in_sight[0] != wanted:
            self._in_sight = (wanted, list(columns_in_sight(self._widths, self.model.fixed, scroll, width)))
        return self._in_sight[1]

    def _paint(self, cell: Callable[[int], Part], width: int, style: Style) -> Strip:
        """The cells of the columns in sight with their gaps, blanks in `style` behind them."""
        parts: list[Part] = []
        end = 0
        for number, start, cut_from, cut_to in self._spans(width):
            text, cell_style = cell(number)
            text += " " * GAP
            if cut_from or cut_to < self._widths[number] + GAP:
                text = cut(text, cut_from, cut_to)
            parts.append((text, cell_style))
            end = start + cut_to - cut_from
        if end < width:
            parts.append((" " * (width - end), style))
        return Strip(segments_of_parts(parts), width)


def _row_of(key: str, keys: Sequence[str]) -> int | None:
    """Index of the row with this key; None where there is none."""
    try:
        return keys.index(key)
    except ValueError:
        return None
