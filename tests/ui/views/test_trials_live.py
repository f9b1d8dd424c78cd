"""The table of trials while a search goes on, and where there is little or nothing to show."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from textual import events

from tests.samples import MakeProject, trial_file
from tests.ui.keys import key_of, press, send, write
from tests.ui.samples import add_trial
from tests.ui.screen import NARROW, WIDE, opened, screen_text, settle, squeezed, wait_for, wait_text
from tests.ui.tables import ids
from tests.ui.views.six_trials import SPACE, small
from tuitune.ui.app import make_app
from tuitune.ui.screens.project import ProjectScreen


async def test_the_cursor_stays_on_its_trial_when_the_search_writes_a_better_one(digits: Path) -> None:
    """A new best trial appears above by itself; the cursor and the detail stay where the user reads."""
    async with opened(digits / "random", ready="40 of 40") as pilot:
        await press(pilot, "down")
        assert "Trial 39" in screen_text(pilot.app)
        trial = json.loads((digits / "random" / "trial_06" / "trial.json").read_text())
        observed = trial["metrics"]["metrics"]["val_accuracy"]["observations"]
        observed[0]["value"] = [0.99]
        add_trial(digits / "random", {**trial, "trial_id": "40", "score": 0.99})
        await wait_text(pilot, "41 of 41", "best 0.99")
        assert ids(pilot.app)[:3] == ["40", "06", "39"]
        assert "Trial 39" in screen_text(pilot.app)
        await press(pilot, "up")
        assert "Trial 06" in screen_text(pilot.app)


async def test_a_filter_holds_for_trials_that_come_later(make_project: MakeProject) -> None:
    """The count grows with the search; a trial that does not pass is not shown."""
    project = small(make_project)
    async with opened(project) as pilot:
        await press(pilot, "slash")
        await write(pilot, 'act == "relu"')
        assert "3 of 6" in screen_text(pilot.app)
        add_trial(project, trial_file("6", {"lr": 0.9, "act": "relu"}, 0.05))
        add_trial(project, trial_file("7", {"lr": 0.9, "act": "tanh"}, 0.04))
        await wait_text(pilot, "4 of 8")
        assert ids(pilot.app) == ["6", "3", "4", "0"]
        assert 'act == "relu"' in squeezed(pilot.app)


async def test_rows_fill_the_table_when_a_filter_leaves_few_of_many(make_project: MakeProject) -> None:
    """After scrolling far down, a filter that leaves three rows shows these three."""
    trials = [trial_file(f"{n:03}", {"lr": n / 100}, n / 100) for n in range(100)]
    async with opened(make_project(trials, SPACE[:1]), size=NARROW, ready="100 of 100") as pilot:
        await press(pilot, "end")
        assert ids(pilot.app)[-1] == "099"
        await press(pilot, "slash")
        await write(pilot, "lr < 0.03")
        assert ids(pilot.app) == ["000", "001", "002"]


async def test_a_project_without_trials_says_so(make_project: MakeProject) -> None:
    """An empty project is opened, and says that no trial is there yet."""
    async with opened(make_project([], SPACE), ready="No trials yet.") as pilot:
        await press(pilot, "down", "s", "equals_sign", "enter", "n", "escape", "1")
        assert "0 trials" in screen_text(pilot.app)


async def test_a_round_that_waits_for_its_first_trial_says_so(tmp_path: Path) -> None:
    """A relaunch makes its directory before keras-tuner writes into it."""
    (tmp_path / "next" / ".tuitune").mkdir(parents=True)
    (tmp_path / "next" / ".tuitune" / "origin.json").write_text('{"parent": "first", "root": "first", "round": 2}')
    async with opened(tmp_path / "next", ready="Waiting for the search to write its first trial") as pilot:
        assert "round 2 of first" in screen_text(pilot.app)
        add_trial(tmp_path / "next", trial_file("0", {"lr": 0.5}, 0.25))
        await wait_text(pilot, "1 of 1", "0.25")


async def test_a_project_that_vanishes_while_it_is_open_does_not_end_the_program(digits: Path) -> None:
    """Its rows go; the program stays, and its keys work."""
    import shutil

    async with opened(digits / "random", ready="40 of 40") as pilot:
        shutil.rmtree(digits)
        await wait_text(pilot, "0 of 0")
        await press(pilot, "down", "s", "m", "enter", key_of("space"), "escape", "1", "question_mark", "escape")
        assert "random" in screen_text(pilot.app)
        assert "Filter" in screen_text(pilot.app)


async def test_a_torn_trial_is_counted_as_unreadable_and_the_others_are_shown(make_project: MakeProject) -> None:
    """A file that was cut off costs only itself: its row says so, the heading counts it, `!` tells what it means."""
    project = small(make_project)
    torn = project / "trial_3" / "trial.json"
    torn.write_text('{"trial_id": "3", "hyper')
    os.utime(torn, (1, 1))
    async with opened(project) as pilot:
        assert "1 problem" in screen_text(pilot.app)
        assert "✗ unreadable" in screen_text(pilot.app)
        assert ids(pilot.app) == ["2", "1", "4", "0", "5", "3"]
        await press(pilot, "exclamation_mark")
        await wait_text(pilot, "trial_3/trial.json: not whole JSON, cut off after 24 bytes")


@pytest.mark.parametrize(
    ("keys", "shown"), [(key_of("space"), "Proposed from"), ("?", "Keys"), (key_of("runs"), "No runs yet")]
)
async def test_what_is_typed_ahead_of_the_first_reading_is_done(digits: Path, keys: str, shown: str) -> None:
    """Over a slow line people type before they see: the key waits until the screen is filled."""
    app = make_app(str(digits / "random"))
    async with app.run_test(size=WIDE) as pilot:
        for key in keys:
            send(pilot, {"?": "question_mark"}.get(key, key))
        await wait_text(pilot, shown)
        send(pilot, "escape")
        send(pilot, "escape")
        await settle(pilot)


async def test_a_key_that_was_typed_ahead_and_comes_late_is_done(digits: Path) -> None:
    """It was turned away before the screen was filled, and had its way to go through the widgets."""
    async with opened(digits / "random") as pilot:
        late = events.Key(key_of("space"), key_of("space"))
        late.time = 0.0
        pilot.app.screen.post_message(late)
        await wait_text(pilot, "Proposed from")
        send(pilot, "escape")
        await settle(pilot)


async def test_q_typed_at_once_leaves(digits: Path) -> None:
    """Also on a screen that was only just opened over another."""
    app = make_app(str(digits / "random"))
    async with app.run_test(size=WIDE) as pilot:
        await wait_text(pilot, "40 of 40")
        app.push_screen(ProjectScreen(digits / "bayesian"))
        send(pilot, "q")
        await wait_for(pilot, lambda: app._exit, "the end")
