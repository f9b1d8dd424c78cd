"""The table in front, and a table on a screen of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual import on
from textual.app import App, ComposeResult
from textual.message import Message

from tests.ui.keys import repeat
from tests.ui.screen import AnyPilot, settle
from tuitune.ui.widgets.table import LineTable
from tuitune.ui.widgets.table_model import TableModel


def table(app: App[Any]) -> LineTable:
    """The table in front."""
    return next(item for item in app.screen.query(LineTable) if item.region.area and item.display)


def rows(app: App[Any]) -> list[str]:
    """The rows of the table in front, as text, blank lines left out."""
    return [text for line in lines(table(app))[1:] if (text := line.rstrip())]


def ids(app: App[Any]) -> list[str]:
    """The first column of the rows in sight: the ids of trials."""
    return [row.lstrip(" ★").split()[0] for row in rows(app)]


def header(app: App[Any]) -> str:
    """The header of the table in front."""
    return lines(table(app))[0]


async def to_column(pilot: AnyPilot, name: str) -> None:
    """Move the column cursor to `name`, with the keys."""
    shown = table(pilot.app)
    by = [column.name for column in shown.model.columns].index(name) - shown.cursor_column
    await repeat(pilot, "right" if by > 0 else "left", abs(by))


class TableApp(App[None]):
    """Nothing but a table; it writes down what the table says."""

    CSS = "LineTable { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.said: list[object] = []

    def compose(self) -> ComposeResult:
        """The table."""
        yield LineTable(id="table")

    @on(LineTable.Highlighted)
    @on(LineTable.HeaderClicked)
    @on(LineTable.RowClicked)
    def _write_down(self, message: Message) -> None:
        self.said.append(getattr(message, "index", getattr(message, "name", "again")))


@asynccontextmanager
async def table_of(model: TableModel, size: tuple[int, int] = (30, 6)) -> AsyncIterator[tuple[AnyPilot, LineTable]]:
    """A table of `model` on a screen of its own."""
    app = TableApp()
    async with app.run_test(size=size) as pilot:
        widget = app.query_one(LineTable)
        widget.set_model(model)
        widget.focus()
        await settle(pilot)
        yield pilot, widget


def said(pilot: AnyPilot) -> list[object]:
    """What the table has said so far."""
    assert isinstance(pilot.app, TableApp)
    return pilot.app.said


def lines(widget: LineTable) -> list[str]:
    """All lines in sight."""
    return [widget.render_line(y).text for y in range(widget.size.height)]
