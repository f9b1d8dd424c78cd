"""The table by itself: what each line reads at a given size, scrolling, wide glyphs, edges, many rows."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.scrollbar import ScrollBar

from tests.ui.keys import press, repeat
from tests.ui.samples import NASTY
from tests.ui.screen import settle, text_of
from tests.ui.tables import lines, said, table_of
from tuitune.ui.widgets.table_model import TableColumn, TableModel
from tuitune.ui.widgets.thin_scrollbar import ThinScrollBar, thumb


def numbers(count: int, **more: object) -> TableModel:
    """Rows with an id and a number."""
    columns = [
        TableColumn("id", "id", [f"t{n}" for n in range(count)]),
        TableColumn("score", "score", [n / 4 for n in range(count)], True),
    ]
    return TableModel(columns, list(range(count)), [f"t{n}" for n in range(count)], **more)  # type: ignore[arg-type]


def many_columns(count: int = 10) -> TableModel:
    """Three rows with many columns."""
    columns = [TableColumn(f"c{n}", f"column{n}", [f"v{n}.{row}" for row in range(3)]) for n in range(count)]
    return TableModel(columns, [0, 1, 2], ["0", "1", "2"])


async def test_header_and_rows_stand_in_columns() -> None:
    """Words to the left, numbers to the right, each line as wide as the widget."""
    async with table_of(numbers(3)) as (_, widget):
        read = lines(widget)
        assert read[0] == "id      score                 "
        assert read[1] == "t0          0                 "
        assert read[2] == "t1       0.25                 "
        assert read[4] == " " * 30


async def test_the_header_stays_while_rows_scroll() -> None:
    """At the last row the header is still the first line."""
    async with table_of(numbers(50)) as (pilot, widget):
        await press(pilot, "end")
        read = lines(widget)
        assert read[0].startswith("id")
        assert [line.split()[0] for line in read[1:]] == ["t45", "t46", "t47", "t48", "t49"]


async def test_the_first_column_stays_while_the_others_scroll_sideways() -> None:
    """To the right the column under the cursor comes into sight, the first one stays beside it."""
    async with table_of(many_columns()) as (pilot, widget):
        await repeat(pilot, "right", 9)
        read = lines(widget)
        assert read[0].startswith("column0")
        assert "column9" in read[0]
        assert "column1 " not in read[0]
        assert read[1].startswith("v0.0")
        assert "v9.0" in read[1]
        await repeat(pilot, "left", 9)
        assert lines(widget)[0].startswith("column0    column1 ")


async def test_each_column_is_whole_in_sight_when_the_cursor_comes_to_it() -> None:
    """Stepping right and left, the title under the cursor can always be read."""
    async with table_of(many_columns(), size=(34, 6)) as (pilot, widget):
        for step in ["right"] * 9 + ["left"] * 9:
            await repeat(pilot, step, 1)
            assert f"column{widget.cursor_column} " in lines(widget)[0] + " "
        assert widget.cursor_column == 0


async def test_a_long_cell_is_cut_with_an_ellipsis() -> None:
    """No column is wider than a reader needs; what is cut says so."""
    model = TableModel([TableColumn("a", "a", ["x" * 500]), TableColumn("b", "b", ["end"])], [0], ["0"])
    async with table_of(model, size=(60, 4)) as (_, widget):
        assert "x…  end" in lines(widget)[1]


async def test_wide_glyphs_take_two_cells_and_push_nothing() -> None:
    """The column behind Chinese text starts where its header starts."""
    values = ["超参数", "abc", "超" * 40]
    columns = [TableColumn("a", "a", values), TableColumn("b", "behind", ["x", "y", "z"])]
    async with table_of(TableModel(columns, [0, 1, 2], "012"), size=(60, 6)) as (_, widget):
        read = lines(widget)
        at = cell_len(read[0][: read[0].index("behind")])
        for line, value in zip(read[1:4], "xyz", strict=True):
            assert cell_len(line[: line.rindex(value)]) == at
            assert cell_len(line) == 60


async def test_a_sideways_cut_through_a_wide_glyph_keeps_the_width() -> None:
    """Scrolled by one cell, half a glyph becomes a blank."""
    columns = [
        TableColumn("a", "a", ["id"]),
        TableColumn("b", "b", ["超参数搜索"]),
        TableColumn("c", "c", ["y" * 27]),
    ]
    async with table_of(TableModel(columns, [0], "0"), size=(30, 4)) as (_, widget):
        for x in range(12):
            widget.scroll_to(x=x, animate=False, force=True, immediate=True)
            assert cell_len(widget.render_line(1).text) == 30


async def test_an_empty_table_says_its_sentence() -> None:
    """Without rows the sentence of the model stands below the header."""
    model = TableModel([TableColumn("id", "id", [])], empty="Nothing here.")
    async with table_of(model) as (pilot, widget):
        assert lines(widget)[1].rstrip() == " Nothing here."
        await press(pilot, "down", "up", "end", "home", "pagedown", "right", "left")
        assert widget.highlighted is None


async def test_a_table_without_columns_takes_keys_and_clicks() -> None:
    """Before anything was read the table is there already."""
    async with table_of(TableModel()) as (pilot, widget):
        await press(pilot, "down", "right", "end")
        await pilot.click(widget, offset=(3, 0))
        await pilot.click(widget, offset=(3, 2))
        assert lines(widget) == [" " * 30] * 6
        assert said(pilot) == []


async def test_the_cursor_stops_at_the_edges() -> None:
    """Up from the first row and down from the last one move nothing and say nothing."""
    async with table_of(numbers(3)) as (pilot, widget):
        before = len(said(pilot))
        await press(pilot, "up", "home", "pageup", "left")
        assert (widget.cursor_row, widget.cursor_column) == (0, 0)
        assert len(said(pilot)) == before
        await press(pilot, "end")
        await repeat(pilot, "down", 5)
        await repeat(pilot, "right", 5)
        assert (widget.cursor_row, widget.cursor_column) == (2, 1)
        assert said(pilot)[before:] == [2]


async def test_keys_move_the_cursor_and_it_stays_in_sight() -> None:
    """The keys of vi and of everybody else; the row under the cursor is on the screen."""
    async with table_of(numbers(50)) as (pilot, widget):
        for key, row in {"j": 11, "k": 9, "g": 0, "G": 49, "pagedown": 14, "pageup": 6, "end": 49}.items():
            widget.move_to(10)
            await repeat(pilot, key, 1)
            assert widget.cursor_row == row
            assert any(line.startswith(f"t{row} ") for line in lines(widget))


async def test_a_click_moves_the_cursor_and_a_second_one_opens() -> None:
    """The first click says which row, the second on the same row that it is wanted."""
    async with table_of(numbers(5)) as (pilot, widget):
        del said(pilot)[:]
        await pilot.click(widget, offset=(1, 3))
        await settle(pilot)
        assert widget.highlighted_key == "t2"
        assert said(pilot) == [2]
        await pilot.click(widget, offset=(1, 3))
        await settle(pilot)
        assert said(pilot) == [2, "again"]


async def test_a_click_on_a_header_names_the_column_also_when_scrolled() -> None:
    """What counts is the title under the mouse, not where the column would stand unscrolled."""
    async with table_of(many_columns()) as (pilot, widget):
        await repeat(pilot, "right", 9)
        at = lines(widget)[0].index("column9")
        await pilot.click(widget, offset=(at, 0))
        await pilot.click(widget, offset=(1, 0))
        await settle(pilot)
        assert said(pilot)[-2:] == ["c9", "c0"]


async def test_the_cursor_follows_its_row_into_another_order() -> None:
    """The key of the row counts, not its place."""
    async with table_of(numbers(50)) as (pilot, widget):
        widget.move_to(3)
        widget.set_model(numbers(50)._replace(order=list(range(50))[::-1]))
        await settle(pilot)
        assert widget.highlighted_key == "t3"
        assert any(line.startswith("t3 ") for line in lines(widget))


async def test_the_cursor_takes_a_neighbour_when_its_row_has_gone() -> None:
    """A row that is filtered away leaves the cursor on a row that is there, and the table says which."""
    async with table_of(numbers(10)) as (pilot, widget):
        widget.move_to(9)
        widget.set_model(numbers(10)._replace(order=[0, 1, 2]))
        await settle(pilot)
        assert widget.highlighted_key == "t2"
        assert said(pilot)[-1] == 2


async def test_a_hundred_thousand_rows_are_shown_and_paged() -> None:
    """Only the rows in sight are formatted: the table is asked for few of them."""
    asked = 0

    def show(value: object) -> str:
        nonlocal asked
        asked += 1
        return str(value)

    count = 100_000
    columns = [TableColumn("id", "id", [f"t{n}" for n in range(count)], show=show)]
    model = TableModel(columns, list(range(count)), [f"t{n}" for n in range(count)])
    async with table_of(model, size=(30, 20)) as (pilot, widget):
        assert asked < 5_000
        await press(pilot, "pagedown", "pagedown")
        assert widget.cursor_row == 36
        await press(pilot, "end")
        assert lines(widget)[-1].startswith("t99999")
        await press(pilot, "home")
        assert lines(widget)[1].startswith("t0 ")
        assert asked < 8_000


async def test_no_cell_or_title_steers_the_terminal() -> None:
    """Markup stays as it is written, control characters become visible signs, the width holds."""
    async with table_of(TableModel(), size=(60, 5)) as (_, widget):
        for text in NASTY.values():
            columns = [TableColumn(text, text, [text, "plain"]), TableColumn("b", "behind", ["x", "y"])]
            widget.set_model(TableModel(columns, [0, 1], ["0", "1"]))
            for line in lines(widget):
                assert cell_len(line) == 60
                assert not set(line) & {"\x1b", "\x07", "\n", "\r", "\t", "\u202e", "\u200d", "\x9b"}
            if text.isascii() and text.isprintable():
                assert lines(widget)[1].startswith(text)


anything = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=60))


@st.composite
def models(draw: st.DrawFn) -> TableModel:
    """Models with any values, titles, order and number of columns."""
    count = draw(st.integers(0, 12))
    columns = [
        TableColumn(
            f"c{number}",
            draw(st.text(max_size=40)),
            draw(st.lists(anything, min_size=count, max_size=count)),
            draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 6)))
    ]
    order = draw(st.lists(st.integers(0, count - 1), unique=True)) if count else []
    return TableModel(columns, order, [f"k{n}" for n in range(count)], draw(st.integers(0, 3)), empty="Nothing.")


async def test_every_line_is_exactly_as_wide_as_the_table() -> None:
    """Whatever the values, the cursor and the scrolling: no line is shorter or longer than the widget."""
    async with table_of(TableModel(), size=(37, 9)) as (_, widget):

        @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(models(), st.integers(0, 6), st.integers(0, 12), st.integers(0, 80))
        def check(model: TableModel, column: int, row: int, x: int) -> None:
            widget.set_model(model)
            widget.move_to(row)
            widget.action_column(column)
            widget.scroll_to(x=x, animate=False, force=True, immediate=True)
            for y in range(widget.size.height):
                strip = widget.render_line(y)
                assert strip.cell_length == widget.size.width
                assert sum(segment.cell_length for segment in strip) == widget.size.width

        check()


async def test_the_scrollbar_tells_which_part_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """It moves with the rows to its end, however little a page of many rows is."""
    monkeypatch.setattr(ScrollBar, "renderer", ThinScrollBar)
    async with table_of(numbers(400), size=(30, 12)) as (pilot, widget):
        bar = widget.vertical_scrollbar
        for key, count in (("down", 30), ("pagedown", 45), ("home", 1), ("end", 1)):
            for _ in range(count):
                await press(pilot, key)
                shown = [bar.render_line(y).text for y in range(bar.size.height)]
                start, end = thumb(bar.size.height, widget.virtual_size.height, widget.size.height, widget.scroll_y)
                assert shown == [" "] * start + ["┃"] * (end - start) + [" "] * (bar.size.height - end)
                assert bar.position == widget.scroll_y  # where a drag begins
        assert shown[-1] == "┃"
        widget.set_model(numbers(60))
        await settle(pilot)
        shown = [bar.render_line(y).text for y in range(bar.size.height)]
        start, _ = thumb(bar.size.height, widget.virtual_size.height, widget.size.height, widget.scroll_y)
        assert shown.index("┃") == start


async def test_the_cursor_stays_above_the_scrollbar_of_wide_rows() -> None:
    """Where rows are wider than the terminal their scrollbar takes a line, and the cursor is never behind it."""
    names = [f"column {number}" for number in range(9)]
    columns = [TableColumn(name, name, [f"{name} row {row}" for row in range(50)]) for name in names]
    async with table_of(TableModel(columns, range(50), [str(row) for row in range(50)]), size=(40, 10)) as (
        pilot,
        shown,
    ):
        for _ in range(12):
            await press(pilot, "down")
            assert f"row {shown.cursor_row} " in text_of(shown)
        await press(pilot, "pagedown")
        assert f"row {shown.cursor_row} " in text_of(shown)
        await press(pilot, "end")
        assert "row 49 " in text_of(shown)
