"""The last line: the keys that do something now, by key, by click and by resting the mouse."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.samples import MakeProject, trial_file
from tests.ui.keys import key_of, press, write
from tests.ui.samples import choice_hp, float_hp
from tests.ui.screen import (
    NARROW,
    WIDE,
    AnyPilot,
    opened,
    screen_text,
    settle,
    text_of,
    wait_for,
    wait_no_text,
    wait_text,
)
from tests.ui.tables import header, ids, table, to_column
from tuitune.ui.app import make_app
from tuitune.ui.commands import SCREEN, TRIALS_SHOWN
from tuitune.ui.feeds.project import Feed
from tuitune.ui.views.trials import TrialsView
from tuitune.ui.widgets.filter_line import FilterInput
from tuitune.ui.widgets.keys_line import KeysLine

OF_THE_TABLE = "s Sort ⏎ Detail ? Help q Quit / Filter n Narrow"
HELP = {command.label: command.help for command in (*SCREEN, *TRIALS_SHOWN, *TrialsView.COMMANDS)}


def small(make_project: MakeProject) -> Path:
    """Three trials."""
    trials = [trial_file(str(n), {"lr": n / 4, "act": "relu"}, n / 8) for n in range(3)]
    return make_project(trials, [float_hp("lr", 0.0, 1.0), choice_hp("act", "relu", "tanh")])


def keys(pilot: AnyPilot) -> str:
    """The last line in sight."""
    last = screen_text(pilot.app).splitlines()[-1]
    assert last == text_of(pilot.app.screen.query_one(KeysLine))
    return last.rstrip()


async def click(pilot: AnyPilot, label: str, into: int = 0) -> None:
    """Click on a key of the last line, `into` cells behind its start."""
    await pilot.click(KeysLine, offset=(keys(pilot).index(label) + into, 0))
    await settle(pilot)


async def tooltip(pilot: AnyPilot, at: int) -> object:
    """The tooltip while the mouse rests over a cell of the last line."""
    await pilot.hover(KeysLine, offset=(at, 0))
    return pilot.app.screen.query_one(KeysLine).tooltip


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
async def test_the_last_line_lists_the_keys_of_the_table(make_project: MakeProject, size: tuple[int, int]) -> None:
    """Those of the view first, then those of the screen; at 80 columns too all are there, up to q Quit."""
    async with opened(small(make_project), size=size) as pilot:
        assert keys(pilot) == OF_THE_TABLE


async def test_a_terminal_that_is_too_narrow_cuts_the_last_keys(make_project: MakeProject) -> None:
    """What does not fit is not there; the line stays one line."""
    async with opened(small(make_project), size=(50, 24), ready="3 of 3") as pilot:
        assert keys(pilot) == OF_THE_TABLE[:50].rstrip()


@pytest.mark.parametrize("key", ["escape", "enter"])
async def test_the_filter_has_other_keys_than_the_table(make_project: MakeProject, key: str) -> None:
    """There letters are letters: only the key out of it is listed, until it was pressed."""
    async with opened(small(make_project)) as pilot:
        await press(pilot, "slash")
        assert keys(pilot) == "esc Leave"
        await write(pilot, "lr > 0.1")
        assert keys(pilot) == "esc Leave"
        await press(pilot, key)
        assert keys(pilot) == OF_THE_TABLE


async def test_each_view_lists_its_own_keys(make_project: MakeProject) -> None:
    """The Space view can be launched from; its fields take digits as text. The Runs view can be stopped from."""
    async with opened(small(make_project)) as pilot:
        await press(pilot, key_of("space"))
        await wait_text(pilot, "l Launch")
        assert keys(pilot) == "p Take a Take all f Fix l Launch ? Help q Quit"
        await press(pilot, "escape", key_of("runs"))
        await wait_text(pilot, "X Stop now")
        assert keys(pilot) == "o Open r Resume x Stop X Stop now ? Help q Quit"
        await press(pilot, "1")
        await wait_no_text(pilot, "X Stop now")
        assert keys(pilot) == OF_THE_TABLE


@pytest.mark.parametrize("into", [0, 1, 2, len("n Narrow") - 1])
async def test_a_click_anywhere_on_a_key_presses_it(make_project: MakeProject, into: int) -> None:
    """On the key, on the blank behind it, on the first and on the last letter of its label."""
    async with opened(small(make_project)) as pilot:
        await click(pilot, "n Narrow", into)
        await wait_text(pilot, "Proposed from", "l Launch")


async def test_a_key_that_waited_can_be_clicked_once_there_are_rows(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is painted before anything was read; when rows come, nothing else has to happen to it."""
    may_read, read = threading.Event(), Feed.project
    monkeypatch.setattr(Feed, "project", lambda self: (may_read.wait(60), read(self))[1])
    app = make_app(str(small(make_project)))
    async with app.run_test(size=WIDE) as pilot:
        await wait_text(pilot, "n Narrow")
        may_read.set()
        await wait_text(pilot, "3 of 3")
        await click(pilot, "n Narrow")
        await wait_text(pilot, "Proposed from")


async def test_clicks_do_what_the_keys_do(make_project: MakeProject) -> None:
    """Sort by the column under the cursor, hide the trial, open the help and leave it."""
    async with opened(small(make_project)) as pilot:
        await to_column(pilot, "lr")
        for order in (["0", "1", "2"], ["2", "1", "0"]):
            await click(pilot, "s Sort")
            assert ids(pilot.app) == order
        assert "lr▼" in header(pilot.app)
        assert "Trial 2" in screen_text(pilot.app)
        await click(pilot, "⏎ Detail")
        assert "Trial 2" not in screen_text(pilot.app)
        assert pilot.app.focused is table(pilot.app)
        await click(pilot, "? Help")
        await wait_text(pilot, "Everywhere", "leave; searches in the background go on")


async def test_a_click_opens_and_leaves_the_filter(make_project: MakeProject) -> None:
    """The mouse alone gets in and out, and what was written stays."""
    async with opened(small(make_project)) as pilot:
        await click(pilot, "/ Filter")
        assert pilot.app.screen.query_one(FilterInput).has_focus
        await write(pilot, "lr > 0.1")
        await click(pilot, "esc Leave")
        assert pilot.app.focused is table(pilot.app)
        assert "2 of 3, 1 hidden" in screen_text(pilot.app)
        assert keys(pilot) == OF_THE_TABLE


async def test_a_click_on_quit_ends_the_program(make_project: MakeProject) -> None:
    """As q does."""
    async with opened(small(make_project)) as pilot:
        await pilot.click(KeysLine, offset=(keys(pilot).index("q Quit"), 0))
        await wait_for(pilot, lambda: not pilot.app.is_running, "the end")


async def test_a_click_between_or_behind_the_keys_does_nothing(make_project: MakeProject) -> None:
    """A blank between two belongs to neither."""
    async with opened(small(make_project)) as pilot:
        await wait_text(pilot, "No curve was recorded")  # the last thing that the screen reads
        before = screen_text(pilot.app)
        for at in (OF_THE_TABLE.index(" ⏎ Detail"), OF_THE_TABLE.index(" q Quit"), len(OF_THE_TABLE), 119):
            await pilot.click(KeysLine, offset=(at, 0))
            await settle(pilot)
            assert screen_text(pilot.app) == before


@pytest.mark.parametrize("label", ["/ Filter", "s Sort", "⏎ Detail", "n Narrow", "q Quit"])
async def test_resting_the_mouse_on_a_key_tells_what_it_does(make_project: MakeProject, label: str) -> None:
    """The tooltip is the sentence of the help, from the first cell to the last; outside there is none."""
    async with opened(small(make_project)) as pilot:
        start = keys(pilot).index(label)
        for at in (start, start + len(label) - 1):
            assert await tooltip(pilot, at) == HELP[label.split()[1]]
        assert await tooltip(pilot, start + len(label)) is None


async def test_what_the_mouse_rests_on_is_told_on_the_screen(make_project: MakeProject) -> None:
    """The sentence appears near the key, and goes when the mouse goes."""
    app = make_app(str(small(make_project)))
    async with app.run_test(size=WIDE, tooltips=True) as pilot:
        await wait_text(pilot, "3 of 3", "3 trials")
        await pilot.hover(KeysLine, offset=(keys(pilot).index("n Narrow"), 0))
        await wait_text(pilot, "propose a space from the trials")
        await pilot.hover(KeysLine, offset=(119, 0))
        await wait_no_text(pilot, "propose a space from the trials")


async def test_a_key_without_help_has_no_tooltip_and_leaves_none_behind(make_project: MakeProject) -> None:
    """In the filter the place of s Sort says nothing about sorting."""
    async with opened(small(make_project)) as pilot:
        at = keys(pilot).index("Filter")
        assert await tooltip(pilot, at) == HELP["Filter"]
        await press(pilot, "slash")
        assert keys(pilot) == "esc Leave"
        assert await tooltip(pilot, at + 1) is None
