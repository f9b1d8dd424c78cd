"""What of a project's screen is kept for the next time, when, and when not."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from rich.style import Style
from rich.text import Text

from tests.samples import MakeProject, trial_file
from tests.ui.keys import press, write
from tests.ui.samples import add_trial
from tests.ui.screen import (
    NARROW,
    WIDE,
    AnyPilot,
    opened,
    screen_text,
    settle,
    text_of,
    wait_for,
    wait_text,
)
from tests.ui.screen_cache.saved import (
    CONSOLE,
    SPACE,
    aged,
    change_oracle,
    come_to_rest,
    kept,
    loaded,
    plain,
    reading_stopped,
    see,
    small,
)
from tests.ui.tables import ids, rows, table
from tuitune.ui.app import make_app
from tuitune.ui.feeds.project import Feed
from tuitune.ui.messages import AtRest
from tuitune.ui.screen_cache import as_line, as_text, load_screen, stamp_of
from tuitune.ui.widgets.detail import TrialDetail


async def test_what_is_kept_is_what_was_on_the_screen(make_project: MakeProject) -> None:
    """Heading, rows in their order, the best one's class, the count, the trial beside them."""
    project = small(make_project)
    async with opened(project) as pilot:
        await wait_for(pilot, kept, "a saved screen to be kept")
        saved = loaded(project)
        assert as_text(saved.heading).plain in screen_text(pilot.app)
        assert as_text(saved.count).plain in screen_text(pilot.app)
        shown = [line.plain for line in saved.detail_lines()]
        beside = text_of(pilot.app.screen.query_one(TrialDetail)).rstrip().splitlines()
        assert [line.rstrip() for line in beside] == [line.rstrip() for line in shown]
    assert as_text(saved.heading).plain.startswith(" project   RandomSearch  val_loss min (inferred)  3 trials")
    assert as_text(saved.count).plain == "3 of 3"
    assert "Trial 1 ★ best  COMPLETED  score 0.25" in shown
    assert plain(saved)["trial_id"] == ["★1", " 0", " 2"]
    assert plain(saved)["score"] == ["0.25", "0.5", "0.75"]
    assert plain(saved)["act"] == ["relu", "relu", "relu"]
    assert (saved.keys, saved.total) == (["1", "0", "2"], 3)
    assert saved.row_classes == ["table--best", None, None]
    assert saved.marks == {"score": "▲"}


async def test_only_the_first_rows_are_kept_and_the_others_are_blank(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More rows than a terminal shows: the table is as long as it was, and can be scrolled before it is read."""
    trials = [trial_file(f"{n:03}", {"lr": n / 150}, n / 150) for n in range(150)]
    project = aged(make_project(trials, SPACE[:1]))
    await see(project)
    saved = loaded(project)
    assert (len(saved.keys), saved.total) == (100, 150)
    assert as_text(saved.count).plain == "150 of 150"
    with reading_stopped(monkeypatch) as may_read:
        app = make_app(str(project))
        async with app.run_test(size=WIDE) as pilot:
            await wait_text(pilot, "150 of 150")
            assert ids(app)[:3] == ["000", "001", "002"]
            table(app).scroll_end(animate=False, immediate=True)
            await settle(pilot)
            assert rows(app) == []
            may_read.set()
            await wait_for(pilot, lambda: rows(app), "the rows that were not kept")
            assert ids(app)[-1] == "149"


async def test_a_trial_that_was_hidden_is_not_kept(make_project: MakeProject) -> None:
    """Only what is on the screen is."""
    project = small(make_project)
    async with opened(project) as pilot:
        await wait_for(pilot, kept, "a saved screen to be kept")
        assert loaded(project).detail
        await press(pilot, "enter")
        await come_to_rest(pilot)
        assert loaded(project).detail == []
        assert plain(loaded(project))["trial_id"] == ["★1", " 0", " 2"]


async def test_at_80_columns_the_table_is_kept_without_the_trial(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There was none on the screen; the next time at 120 columns its place is empty until it was read."""
    project = small(make_project)
    async with opened(project, size=NARROW) as pilot:
        await wait_for(pilot, kept, "a saved screen to be kept")
    assert loaded(project).detail == []
    with reading_stopped(monkeypatch) as may_read:
        app = make_app(str(project))
        async with app.run_test(size=WIDE) as pilot:
            await wait_text(pilot, "3 of 3")
            assert ids(app) == ["1", "0", "2"]
            assert "Trial 1" not in screen_text(app)
            may_read.set()
            await wait_text(pilot, "Trial 1 ★ best")
            await wait_for(pilot, lambda: len(kept()) == 1 and loaded(project).keys, "the saved screen")


async def check_only_without(pilot: AnyPilot, *undo: str) -> None:
    """At rest nothing is kept, and something is after the keys `undo`."""
    for file in kept():
        file.unlink()
    await come_to_rest(pilot)
    assert kept() == []
    await press(pilot, *undo)
    await come_to_rest(pilot)
    assert len(kept()) == 1


async def test_nothing_is_kept_while_a_filter_is_in_force(make_project: MakeProject) -> None:
    """The next time there is none."""
    async with opened(small(make_project)) as pilot:
        await wait_for(pilot, kept, "a saved screen to be kept")
        await press(pilot, "slash")
        await write(pilot, "lr > 0.3")
        await press(pilot, "escape")
        assert "2 of 3" in screen_text(pilot.app)
        await check_only_without(pilot, "backspace")


async def test_nothing_is_kept_while_a_filter_cannot_be_read(make_project: MakeProject) -> None:
    """All rows are there, but the count says what is wrong."""
    async with opened(small(make_project)) as pilot:
        await wait_for(pilot, kept, "a saved screen to be kept")
        await press(pilot, "slash")
        await write(pilot, "speed")
        await press(pilot, "escape")
        assert "3 of 3" in screen_text(pilot.app)
        await check_only_without(pilot, "backspace")


async def test_nothing_is_kept_while_the_table_is_sorted_otherwise(make_project: MakeProject) -> None:
    """The user's order is not the one that the next screen begins with."""
    async with opened(small(make_project)) as pilot:
        await wait_for(pilot, kept, "a saved screen to be kept")
        await press(pilot, "s")
        assert ids(pilot.app) == ["0", "1", "2"]
        for file in kept():
            file.unlink()
        await come_to_rest(pilot)
        assert kept() == []


async def test_another_trial_than_the_first_is_not_kept(make_project: MakeProject) -> None:
    """The next screen begins at the first row: the rows are kept, the trial beside them only where it is that one's."""
    project = small(make_project)
    async with opened(project) as pilot:
        await wait_for(pilot, kept, "a saved screen to be kept")
        whole = loaded(project)
        await press(pilot, "down")
        await wait_text(pilot, "Trial 0 ")
        await come_to_rest(pilot)
        assert loaded(project).detail == []
        assert plain(loaded(project)) == plain(whole)
        await press(pilot, "up")
        await wait_text(pilot, "Trial 1 ★ best")
        await come_to_rest(pilot)
        assert loaded(project) == whole


async def test_a_screen_is_kept_only_when_the_curves_are_on_it(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are read behind the rows: however long that takes, no screen without them is kept."""
    project, may_read, read = small(make_project), threading.Event(), Feed.curves
    monkeypatch.setattr(Feed, "curves", lambda self, *of: (may_read.wait(60), read(self, *of))[1])
    try:
        async with opened(project) as pilot:
            await come_to_rest(pilot)
            await pilot.pause(0.3)
            assert kept() == []
            may_read.set()
            await wait_for(pilot, kept, "a screen to be kept")
    finally:
        may_read.set()
    assert "No curve was recorded" in "\n".join(line.plain for line in loaded(project).detail_lines())


async def test_what_was_written_after_the_last_look_makes_the_saved_screen_worthless(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the stamp of before that look, so it does not stand for what came later."""
    project = small(make_project)
    async with opened(project) as pilot:
        await wait_for(pilot, kept, "a saved screen to be kept")
        monkeypatch.setattr(Feed, "project", lambda self: None)  # nothing is read from now on
        stamp = stamp_of(project)
        change_oracle(project)
        assert load_screen(project) is None
        for file in kept():
            file.unlink()
        pilot.app.screen.post_message(AtRest(stamp))
        await wait_for(pilot, kept, "a saved screen to be kept")
        assert load_screen(project) is None
        await come_to_rest(pilot)
        assert load_screen(project) is not None


def half_done(make_project: MakeProject) -> Path:
    """A search that goes on: one trial is done, one is running."""
    done = trial_file("0", {"lr": 0.5, "act": "relu"}, 0.5)
    return make_project([done, trial_file("1", {"lr": 0.25, "act": "relu"}, status="RUNNING")], SPACE)


async def test_nothing_is_kept_while_a_trial_is_open(make_project: MakeProject) -> None:
    """A search goes on: what is on the screen will not be true. Once it is over and opened again, it is kept."""
    project = half_done(make_project)
    async with opened(project, ready="▶ running") as pilot:
        await come_to_rest(pilot)
        await pilot.pause(0.5)
        await come_to_rest(pilot)
        assert kept() == []
    add_trial(project, trial_file("1", {"lr": 0.25, "act": "relu"}, 0.25))
    await see(project)
    assert plain(loaded(project))["trial_id"] == ["★1", " 0"]


async def test_a_saved_screen_is_kept_when_the_last_trial_ends_while_it_is_watched(make_project: MakeProject) -> None:
    """The search is over, the screen at rest: the next time it is there at once."""
    project = half_done(make_project)
    async with opened(project, ready="▶ running") as pilot:
        add_trial(project, trial_file("1", {"lr": 0.25, "act": "relu"}, 0.25))
        await wait_text(pilot, "best 0.25", "Trial 1 ★ best")
        for _ in range(20):
            await pilot.pause(0.1)
            await come_to_rest(pilot)
        assert len(kept()) == 1


async def test_nothing_is_kept_of_a_project_without_trials(make_project: MakeProject) -> None:
    """There is nothing to show."""
    project = make_project([], SPACE)
    async with opened(project, ready="No trials yet.") as pilot:
        await come_to_rest(pilot)
        assert kept() == []
        add_trial(project, trial_file("0", {"lr": 0.5, "act": "relu"}, 0.5))
        await wait_for(pilot, kept, "a saved screen to be kept")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(Text(), id="empty"),
        pytest.param(Text("plain"), id="plain"),
        pytest.param(Text("[bold]no markup[/] [/foo]"), id="brackets"),
        pytest.param(Text("all of it", style="bold red"), id="one style"),
        pytest.param(Text.assemble("a", ("b", "bold"), ("c", "dim italic"), "d"), id="parts"),
        pytest.param(Text("nested").copy().append("!", style="reverse"), id="appended"),
        pytest.param(Text.assemble(("x", Style(color="#102030", bgcolor="color(17)", underline=True))), id="colors"),
        pytest.param(Text("超参数 ▲▼ e\u0301", style="not bold yellow on default"), id="wide"),
        pytest.param(Text("  blanks  stay  "), id="blanks"),
    ],
)
def test_a_line_keeps_its_text_and_its_styles(text: Text) -> None:
    """What is read from the file is painted as what went into it."""
    again = as_text(as_line(text, CONSOLE))
    assert again.plain == text.plain
    assert [painted(again, at) for at in range(len(text))] == [painted(text, at) for at in range(len(text))]


def test_a_line_keeps_styles_that_overlap() -> None:
    """Each character has what all spans over it say."""
    text = Text("abcdef", style="on blue")
    text.stylize("bold", 0, 4)
    text.stylize("not bold red", 2, 6)
    again = as_text(as_line(text, CONSOLE))
    assert [painted(again, at) for at in range(6)] == [painted(text, at) for at in range(6)]
    assert painted(again, 1) != painted(again, 2)


def painted(text: Text, at: int) -> Style:
    """The style of one character."""
    return text.get_style_at_offset(CONSOLE, at)
