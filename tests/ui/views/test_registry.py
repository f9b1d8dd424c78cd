"""A view that a test makes itself: one class, one line of the registry, and it is told of all that it follows."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import ComposeResult

from tests.samples import MakeProject, trial_file
from tests.ui.keys import key_of, press, write
from tests.ui.samples import FakeRun, add_trial, float_hp
from tests.ui.screen import NARROW, AnyPilot, opened, screen_text, settle, text_of, wait_for, wait_text
from tuitune.ui.commands import Command
from tuitune.ui.feeds import project as feeds
from tuitune.ui.session import Session
from tuitune.ui.views import registry
from tuitune.ui.views.base import FAMILY, PROJECT, RUNS, View
from tuitune.ui.views.registry import Entry
from tuitune.ui.widgets.filter_line import FilterLine
from tuitune.ui.widgets.line import Lines
from tuitune.ui.widgets.views_line import ViewsLine


class CountView(View, can_focus=True):
    """Says how many trials the filter leaves, and what it was told."""

    COMMANDS = (Command("t", "third", "Third", "keep what is below a third"),)
    follows = frozenset({PROJECT, RUNS})
    shows_trials = True

    def compose(self) -> ComposeResult:
        """One line."""
        self.heard: list[str] = []
        yield Lines(id="count")

    def show(self, session: Session) -> None:
        """Count."""
        run = session.run
        state = "" if run is None else f", {run.run} {run.state}"
        self.query_one("#count", Lines).say(f"{len(session.order)} left of {len(session.project.trials)}{state}")

    def told(self, what: str) -> None:
        """Write down what was told."""
        self.heard.append(what)
        super().told(what)

    def focus_main(self) -> None:
        """Itself."""
        self.focus()

    def action_third(self) -> None:
        """Ask for a filter."""
        self.post_message(self.FilterChanged("lr < 0.33"))


COUNT = Entry("count", "5", "Count", "how many there are", f"{__name__}:CountView")


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one line; projects are read every moment, or each test would wait for a second."""
    monkeypatch.setattr(registry, "VIEWS", [registry.VIEWS[0], COUNT, *registry.VIEWS[1:]])
    monkeypatch.setattr(feeds, "READ_EVERY_S", 0.1)


def search(make_project: MakeProject) -> Path:
    """Four trials."""
    trials = [trial_file(str(n), {"lr": n / 4}, n / 8) for n in range(4)]
    return make_project(trials, [float_hp("lr", 0.0, 1.0)])


def view(pilot: AnyPilot) -> CountView:
    """The view in front."""
    return pilot.app.screen.query_one(CountView)


async def test_a_view_of_ones_own_is_told_of_trials_of_a_filter_and_of_a_run(make_project: MakeProject) -> None:
    """Opened by its key, it counts two new trials, what a filter leaves, and sees a run begin."""
    path = search(make_project)
    async with opened(path) as pilot:
        await press(pilot, COUNT.key)
        await wait_text(pilot, "4 left of 4")
        for trial_id in ("4", "5"):
            add_trial(path, trial_file(trial_id, {"lr": 0.9}, 0.9))
        await wait_text(pilot, "6 left of 6", "6 of 6")
        assert PROJECT in view(pilot).heard
        await press(pilot, "slash")
        await write(pilot, "lr < 0.5")
        await press(pilot, "enter")
        await wait_text(pilot, "2 left of 6", "2 of 6, 4 hidden")
        run = FakeRun("run-1", path, planned=9)
        with run.alive():
            run.event("started", supervisor_pid=1)
            await wait_text(pilot, "run-1 running")
        assert RUNS in view(pilot).heard
        assert FAMILY not in view(pilot).heard


async def test_its_own_keys_work_and_are_told(make_project: MakeProject) -> None:
    """Its key stands in the last line, in the help, and does what it says; the filter it asks for rules all views."""
    async with opened(search(make_project)) as pilot:
        await press(pilot, COUNT.key)
        assert "t Third" in screen_text(pilot.app).splitlines()[-1]
        await press(pilot, "t")
        await wait_text(pilot, "2 left of 4", "lr < 0.33", "2 of 4, 2 hidden")
        await press(pilot, key_of("trials"))
        await wait_text(pilot, "2 of 4, 2 hidden")
        await press(pilot, COUNT.key, "backspace")
        await wait_text(pilot, "4 left of 4")
        await press(pilot, "question_mark")
        await wait_text(pilot, "keep what is below a third", "how many there are")


@pytest.mark.parametrize("size", [(120, 40), NARROW], ids=["120x40", "80x24"])
async def test_the_line_under_the_title_names_the_views(make_project: MakeProject, size: tuple[int, int]) -> None:
    """In the order of their keys, the present one marked; a click brings another to the front."""
    async with opened(search(make_project), size=size) as pilot:
        line = pilot.app.screen.query_one(ViewsLine)
        assert screen_text(pilot.app).splitlines()[1].split() == [
            word for entry in registry.VIEWS for word in (entry.key, entry.label)
        ]
        assert [placed.item.name for placed in line.placed if placed.item.is_marked] == ["trials"]
        await pilot.click(ViewsLine, offset=(text_of(line).index(COUNT.label), 0))
        await wait_text(pilot, "4 left of 4")
        assert [placed.item.name for placed in line.placed if placed.item.is_marked] == ["count"]
        assert pilot.app.focused is view(pilot)


async def test_views_without_trials_have_no_filter_line(make_project: MakeProject) -> None:
    """In Runs a slash does nothing, and the line of the filter is away; back in a view of trials it is there."""
    async with opened(search(make_project)) as pilot:
        filter_line = pilot.app.screen.query_one(FilterLine)
        await press(pilot, key_of("runs"), "slash")
        assert not filter_line.display
        assert not filter_line.is_edited
        await press(pilot, COUNT.key)
        assert filter_line.display
        await press(pilot, "slash")
        await wait_for(pilot, lambda: filter_line.is_edited, "the filter to be written")
        await press(pilot, "escape")
        assert pilot.app.focused is view(pilot)


async def test_nine_views_fit_into_eighty_columns(make_project: MakeProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels are cut alike, but for the present one's; all nine can be clicked."""
    labels = ("Trials", "Curves", "Parallel", "Slices", "Importance", "Brackets", "Space", "Runs", "Rounds")
    nine = [Entry(f"v{n}", str(n), label, "help", COUNT.opens) for n, label in enumerate(labels, 1)]
    nine[0] = registry.VIEWS[0]
    monkeypatch.setattr(registry, "VIEWS", nine)
    async with opened(search(make_project), size=NARROW) as pilot:
        await press(pilot, "5")
        await settle(pilot)
        text = screen_text(pilot.app).splitlines()[1].rstrip()
        assert len(text) <= 80
        assert [word for word in text.split() if word.isdigit()] == list("123456789")
        assert "5 Importance" in text
        assert "3 Par" in text
        assert "9 Rou" in text
