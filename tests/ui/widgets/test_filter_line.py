"""The line of the filter: what it shows, how it is written, cleared, and written again."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.text import Text
from textual import events

from tests.samples import MakeProject, trial_file
from tests.ui.keys import press, send, write
from tests.ui.samples import NASTY, add_trial, choice_hp, float_hp
from tests.ui.screen import NARROW, AnyPilot, opened, screen_text, settle, style_at, text_of, wait_text
from tests.ui.tables import ids, table, to_column
from tuitune.analysis.text import printable
from tuitune.ui.widgets.filter_line import FilterInput, FilterLine

EXAMPLE = "val_accuracy >= 0.9 and lr < 1e-3      / to write"
LONG = "lr < 0.9 and " * 12 + "lr > 0.15"


def small(make_project: MakeProject) -> Path:
    """Four trials: two activations, four learning rates."""
    trials = [trial_file(str(n), {"lr": n / 10, "act": "relu" if n % 2 else "tanh"}, n / 8) for n in range(4)]
    return make_project(trials, [float_hp("lr", 0.0, 1.0), choice_hp("act", "relu", "tanh")])


def line(pilot: AnyPilot) -> str:
    """The line of the filter in sight."""
    return text_of(pilot.app.screen.query_one(FilterLine))


def parts(pilot: AnyPilot) -> tuple[str, str]:
    """The filter and the count that the line shows."""
    text = line(pilot)
    assert text.startswith(" filter ")
    written, _, count = text.removeprefix(" filter ").rstrip().rpartition("  ")
    return written.rstrip(), count


def is_written(pilot: AnyPilot) -> bool:
    """Whether what is typed goes into the filter."""
    return isinstance(pilot.app.focused, FilterInput)


async def test_without_a_filter_the_line_shows_an_example(make_project: MakeProject) -> None:
    """What a filter looks like and the key to write one, fainter than one that is in force."""
    async with opened(small(make_project)) as pilot:
        assert parts(pilot) == (EXAMPLE, "4 of 4")
        faint = style_at(pilot.app, EXAMPLE)
        await press(pilot, "slash")
        await write(pilot, "lr > 0.15")
        await press(pilot, "escape")
        assert style_at(pilot.app, "lr > 0.15").color != faint.color


async def test_the_example_is_in_the_empty_field_too(make_project: MakeProject) -> None:
    """It stays until the first character, and nothing is filtered by it."""
    async with opened(small(make_project)) as pilot:
        await press(pilot, "slash")
        assert is_written(pilot)
        assert parts(pilot) == (EXAMPLE, "4 of 4")
        await write(pilot, "l")
        assert EXAMPLE not in line(pilot)


async def test_what_is_typed_filters_and_the_count_says_how_many_are_left(make_project: MakeProject) -> None:
    """n of m and how many are hidden, with each character that makes a filter."""
    async with opened(small(make_project)) as pilot:
        await press(pilot, "slash")
        await write(pilot, "lr > 0")
        assert line(pilot).endswith("3 of 4, 1 hidden ")
        await write(pilot, ".25")
        assert line(pilot).startswith(" filter lr > 0.25 ")
        assert line(pilot).endswith("1 of 4, 3 hidden ")
        assert ids(pilot.app) == ["3"]
        await press(pilot, *["backspace"] * len("lr > 0.25"))
        assert parts(pilot) == (EXAMPLE, "4 of 4")
        assert ids(pilot.app) == ["0", "1", "2", "3"]


@pytest.mark.parametrize("key", ["escape", "enter"])
async def test_escape_and_enter_keep_the_filter_on_the_line(make_project: MakeProject, key: str) -> None:
    """Out of the field, the line shows it; digits and letters are keys again."""
    async with opened(small(make_project)) as pilot:
        await press(pilot, "slash")
        await write(pilot, "lr > 0.15")
        await press(pilot, key)
        assert not is_written(pilot)
        assert pilot.app.focused is table(pilot.app)
        assert line(pilot).startswith(" filter lr > 0.15 ")
        assert line(pilot).endswith("2 of 4, 2 hidden ")
        await press(pilot, "s")
        assert line(pilot).startswith(" filter lr > 0.15 ")
        assert ids(pilot.app) == ["2", "3"]


async def test_backspace_in_the_table_clears_it(make_project: MakeProject) -> None:
    """The example is back, and so are the rows; the field is empty when it is opened again."""
    async with opened(small(make_project)) as pilot:
        await press(pilot, "slash")
        await write(pilot, "lr > 0.15")
        await press(pilot, "escape", "backspace")
        assert parts(pilot) == (EXAMPLE, "4 of 4")
        assert ids(pilot.app) == ["0", "1", "2", "3"]
        await press(pilot, "slash")
        assert parts(pilot) == (EXAMPLE, "4 of 4")
        await write(pilot, "lr < 0.15")
        assert ids(pilot.app) == ["0", "1"]


async def test_equals_adds_the_value_under_the_cursor_and_the_line_says_so(make_project: MakeProject) -> None:
    """Though no field was ever opened; and what was added is in the field when it is."""
    async with opened(small(make_project)) as pilot:
        await to_column(pilot, "act")
        await press(pilot, "equals_sign")
        assert line(pilot).startswith(" filter act == 'tanh' ")
        assert line(pilot).endswith("2 of 4, 2 hidden ")
        await press(pilot, "slash")
        assert is_written(pilot)
        assert line(pilot).startswith(" filter act == 'tanh' ")


async def test_equals_adds_to_what_was_written_in_the_field(make_project: MakeProject) -> None:
    """Line and field both have the whole filter."""
    async with opened(small(make_project)) as pilot:
        await press(pilot, "slash")
        await write(pilot, "lr > 0.05")
        await press(pilot, "escape")
        await to_column(pilot, "act")
        await press(pilot, "equals_sign")
        assert line(pilot).startswith(" filter lr > 0.05 and act == 'relu' ")
        assert ids(pilot.app) == ["1", "3"]
        await press(pilot, "slash")
        assert line(pilot).startswith(" filter lr > 0.05 and act == 'relu' ")
        await press(pilot, "end")
        await write(pilot, " and lr > 0.15")
        assert ids(pilot.app) == ["3"]


@pytest.mark.parametrize("at", [1, 30, 119], ids=["label", "example", "count"])
async def test_a_click_on_the_line_begins_to_write(make_project: MakeProject, at: int) -> None:
    """Wherever on it; what is typed next is the filter."""
    async with opened(small(make_project)) as pilot:
        await pilot.click(FilterLine, offset=(at, 0))
        await settle(pilot)
        assert is_written(pilot)
        await write(pilot, "lr > 0.15")
        assert line(pilot).startswith(" filter lr > 0.15 ")
        assert ids(pilot.app) == ["2", "3"]


async def test_a_click_on_the_table_leaves_the_filter(make_project: MakeProject) -> None:
    """The line shows what was written, the field is gone."""
    async with opened(small(make_project)) as pilot:
        await press(pilot, "slash")
        await write(pilot, "lr > 0.15")
        await pilot.click("#trials", offset=(2, 2))
        await settle(pilot)
        assert pilot.app.focused is table(pilot.app)
        assert line(pilot).startswith(" filter lr > 0.15 ")
        assert not pilot.app.screen.query_one(FilterInput).display


@pytest.mark.parametrize("size", [(120, 40), NARROW], ids=["120x40", "80x24"])
async def test_a_filter_that_is_longer_than_the_line_is_cut(make_project: MakeProject, size: tuple[int, int]) -> None:
    """Its beginning and …, right beside the count, which stays whole."""
    async with opened(small(make_project), size=size) as pilot:
        await press(pilot, "slash")
        await write(pilot, LONG)
        assert "…" not in line(pilot)
        await press(pilot, "escape")
        shown, end = line(pilot), "… 2 of 4, 2 hidden "
        assert shown.endswith(end)
        assert (" filter " + LONG).startswith(shown.removesuffix(end))
        assert len(shown) == size[0]


@pytest.mark.parametrize("size", [(120, 40), NARROW], ids=["120x40", "80x24"])
async def test_the_end_that_is_written_stays_in_sight(make_project: MakeProject, size: tuple[int, int]) -> None:
    """Also where the count takes some of the room: whoever writes sees the last character, and the cursor."""
    async with opened(small(make_project), size=size) as pilot:
        await press(pilot, "slash")
        await write(pilot, LONG)
        assert "lr > 0.15" in line(pilot)


async def test_a_filter_that_fits_after_the_terminal_grew_is_shown_whole(make_project: MakeProject) -> None:
    """And is cut again when it shrinks."""
    text = "lr < 0.9 and " * 4 + "lr > 0.15"
    async with opened(small(make_project), size=NARROW) as pilot:
        await press(pilot, "slash")
        await write(pilot, text)
        await press(pilot, "escape")
        assert "… 2 of 4" in line(pilot)
        await pilot.resize_terminal(120, 40)
        await wait_text(pilot, f"filter {text} 2 of 4, 2 hidden")
        await pilot.resize_terminal(*NARROW)
        await wait_text(pilot, "… 2 of 4, 2 hidden")


async def test_the_field_is_as_wide_as_the_line_leaves_it(make_project: MakeProject) -> None:
    """It follows the terminal while somebody writes, and the count stays beside it."""
    async with opened(small(make_project), size=NARROW) as pilot:
        await press(pilot, "slash")
        await write(pilot, "lr > 0.15")
        for width in (120, 80, 60):
            await pilot.resize_terminal(width, 24)
            await settle(pilot)
            assert len(line(pilot)) == width
            assert line(pilot).startswith(" filter lr > 0.15 ")
            assert line(pilot).endswith(" 2 of 4, 2 hidden ")
            assert pilot.app.screen.query_one(FilterInput).region.right == width - len(" 2 of 4, 2 hidden ")


async def test_a_filter_that_cannot_be_read_is_said_where_the_count_is(make_project: MakeProject) -> None:
    """In words, in red, beside what is still shown; gone when the filter can be read."""
    async with opened(small(make_project)) as pilot:
        await press(pilot, "slash")
        await write(pilot, "speed > 1")
        assert "4 of 4  no hyperparameter, metric or column is called 'speed'." in line(pilot)
        color = style_at(pilot.app, "no hyperparameter").color
        assert color is not None
        assert color != style_at(pilot.app, "4 of 4").color
        await press(pilot, "escape")
        assert line(pilot).startswith(" filter speed > 1 ")
        assert "is called 'speed'" in line(pilot)
        await press(pilot, "slash")
        await write(pilot, "lr > 0.15")
        assert "is called" not in line(pilot)
        assert line(pilot).endswith("2 of 4, 2 hidden ")


async def test_a_long_error_leaves_room_for_the_filter_at_80_columns(make_project: MakeProject) -> None:
    """It is cut with …; what is written can still be read."""
    async with opened(small(make_project), size=NARROW) as pilot:
        await press(pilot, "slash")
        await write(pilot, "a_quite_long_name > 1")
        assert line(pilot).startswith(" filter a_quite_long_name > 1 ")
        assert "4 of 4  no hyperparameter" in line(pilot)
        assert "…" in line(pilot)
        await press(pilot, "escape")
        assert line(pilot).startswith(" filter a_quite_long_name > 1 ")


async def test_keys_that_follow_the_slash_at_once_all_arrive(make_project: MakeProject) -> None:
    """In one packet of a slow line; letters that are keys of the table are letters here."""
    text = "lr > 0.15 and act != 'snmrqSOU/?=!1234'"
    async with opened(small(make_project)) as pilot:
        for key in ("slash", *text):
            send(pilot, key)
        await wait_text(pilot, f"filter {text} 2 of 4, 2 hidden")
        assert ids(pilot.app) == ["2", "3"]


async def test_a_second_slash_of_the_same_packet_is_a_character(make_project: MakeProject) -> None:
    """A filter may hold one, however fast it is typed."""
    text = "act != 'a/b' and lr > 0.15"
    async with opened(small(make_project)) as pilot:
        for key in ("slash", *text):
            send(pilot, key)
        await wait_text(pilot, f"filter {text} 2 of 4, 2 hidden")
        assert ids(pilot.app) == ["2", "3"]


@pytest.mark.parametrize("key", ["escape", "enter"])
async def test_keys_that_follow_escape_or_enter_at_once_are_for_the_table(make_project: MakeProject, key: str) -> None:
    """In one packet of a slow line: s sorts, and is not written into the filter."""
    async with opened(small(make_project)) as pilot:
        await to_column(pilot, "lr")
        for name in ("slash", *"lr > 0.15", key, "s", "s"):
            send(pilot, name)
        await wait_text(pilot, "filter lr > 0.15 2 of 4, 2 hidden", "lr▼")
        assert ids(pilot.app) == ["3", "2"]
        assert pilot.app.focused is table(pilot.app)


async def test_an_older_filter_does_not_shuffle_what_is_still_being_written(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enter acts before the keys of its packet reach the field; what the line is told meanwhile must not move them."""
    arrives = FilterInput._on_key

    async def and_an_older_filter_comes(field: FilterInput, event: events.Key) -> None:
        await arrives(field, event)
        field.screen.query_one(FilterLine).say(field.value[:1], Text(f"{len(field.value)} typed"))

    monkeypatch.setattr(FilterInput, "_on_key", and_an_older_filter_comes)
    async with opened(small(make_project)) as pilot:
        for name in ("slash", *"lr > 0.15", "enter"):
            send(pilot, name)
        await wait_text(pilot, "filter lr > 0.15 2 of 4, 2 hidden")
        assert pilot.app.screen.query_one(FilterInput).value == "lr > 0.15"


async def test_the_field_comes_back_with_the_old_text(make_project: MakeProject) -> None:
    """Written again, it is there to be gone on with; or, as all of it is marked, to be written over."""
    async with opened(small(make_project)) as pilot:
        await press(pilot, "slash")
        await write(pilot, "lr > 0.05")
        await press(pilot, "escape")
        assert not pilot.app.screen.query_one(FilterInput).region.area
        await press(pilot, "down", "slash")
        assert is_written(pilot)
        assert pilot.app.screen.query_one(FilterInput).region.area
        assert line(pilot).startswith(" filter lr > 0.05 ")
        await press(pilot, "end")
        await write(pilot, " and lr < 0.25")
        assert line(pilot).startswith(" filter lr > 0.05 and lr < 0.25 ")
        assert ids(pilot.app) == ["1", "2"]
        await press(pilot, "escape", "slash")
        await write(pilot, "lr > 0.25")
        assert line(pilot).startswith(" filter lr > 0.25 ")
        assert ids(pilot.app) == ["3"]
        assert len(pilot.app.screen.query(FilterInput)) == 1


async def test_what_is_being_written_stays_when_a_trial_arrives(make_project: MakeProject) -> None:
    """The count follows; text and cursor do not move."""
    project = small(make_project)
    async with opened(project) as pilot:
        await press(pilot, "slash")
        await write(pilot, "lr > 0.35")
        await press(pilot, *["left"] * len("5"))
        add_trial(project, trial_file("4", {"lr": 0.4, "act": "relu"}, 1.0))
        await wait_text(pilot, "1 of 5, 4 hidden")
        assert is_written(pilot)
        await write(pilot, "2")
        assert line(pilot).startswith(" filter lr > 0.325 ")


@pytest.mark.parametrize("kind", ["markup", "closing tag", "escape sequence", "wide", "right to left", "joined"])
async def test_any_filter_on_the_line_is_only_text(make_project: MakeProject, kind: str) -> None:
    """What was pasted is shown as it is, or with pictures of what would steer the terminal."""
    text = f"act == '{NASTY[kind]}'"
    async with opened(small(make_project)) as pilot:
        await press(pilot, "slash")
        pilot.app.screen.query_one(FilterInput).post_message(events.Paste(text))
        await press(pilot, "escape")
        assert line(pilot).startswith(f" filter {printable(text)} ")
        assert line(pilot).endswith("0 of 4, 4 hidden ")
        assert not set(screen_text(pilot.app)) & {"\x1b", "\x07", "\u202e"}
