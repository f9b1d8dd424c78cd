"""What a table shows: columns as lists, an order of row indices, what each cell and row looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.strip import Strip

from tuitune.analysis.text import cell, printable

_WIDEST = 28
_SAMPLE = 20  # rows at each end, and between them, that set a column's width


class TableColumn(NamedTuple):
    """One column: `values` by row index, `show` turns one into text, `right` for numbers.

    `width`: cells that it takes; by default as many as a sample of it needs.
    """

    name: str
    title: str
    values: Sequence[Any]
    right: bool = False
    show: Callable[[Any], str] = cell
    width: int | None = None


class TableModel(NamedTuple):
    """What a table shows. `order` holds row indices; `keys` names each row for good.

    `row_class` and `cell_class` give the component class of a row or a cell, or None.
    """

    columns: Sequence[TableColumn] = ()
    order: Sequence[int] = ()
    keys: Sequence[str] = ()
    fixed: int = 1
    marks: Mapping[str, str] = MappingProxyType({})  # column name: what its header shows after the title
    row_class: Callable[[int], str | None] = lambda index: None
    cell_class: Callable[[int, str], str | None] = lambda index, name: None
    empty: str = ""


def fit(text: str, width: int, right: bool) -> str:
    """`text` in exactly `width` cells of the terminal, cut with … where it is longer."""
    if text.isascii():
        if len(text) > width:
            return text[: width - 1] + "…"
        return text.rjust(width) if right else text.ljust(width)
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…"
    return " " * (width - length) + text if right else text + " " * (width - length)


def cut(text: str, start: int, end: int) -> str:
    """The cells `start` to `end` of a text on the terminal; half a wide glyph is a blank."""
    if text.isascii():
        return text[start:end]
    return Strip([Segment(text)]).crop(start, end).text


def column_width(column: TableColumn, order: Sequence[int], least: int = 3) -> int:
    """Wide enough for the header and for the values of a sample of rows, never under `least`."""
    if column.width is not None:
        return column.width
    sample = order
    if len(order) > 3 * _SAMPLE:
        sample = [*order[:_SAMPLE], *order[_SAMPLE : -_SAMPLE : len(order) // _SAMPLE], *order[-_SAMPLE:]]
    head = cell_len(printable(column.title)) + (2 if column.name else 0)
    return min(_WIDEST, max([head, least, *(cell_len(column.show(column.values[index])) for index in sample)]))
