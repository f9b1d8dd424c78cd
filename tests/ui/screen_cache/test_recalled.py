"""A screen that was kept is there with the first frame, only where it still holds, and gives way."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.samples import MakeProject, trial_file
from tests.ui.keys import press, send
from tests.ui.samples import add_trial
from tests.ui.screen import (
    WIDE,
    opened,
    screen_text,
    settle,
    style_at,
    wait_for,
    wait_no_text,
    wait_text,
)
from tests.ui.screen_cache.saved import (
    aged,
    change_oracle,
    kept,
    loaded,
    plain,
    reading_stopped,
    rewrite_in_place,
    see,
    small,
)
from tests.ui.tables import ids, rows, table
from tuitune.project.notes import remember_objective
from tuitune.project.trials import Objective
from tuitune.ui.app import make_app
from tuitune.ui.screen_cache import load_screen


async def test_the_next_time_it_is_there_before_anything_is_read(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole screen is the one that was left, styles included; when it was read nothing moves."""
    project = small(make_project)
    async with opened(project) as pilot:
        await wait_for(pilot, kept, "a saved screen to be kept")
        left = screen_text(pilot.app)
        styles = [style_at(pilot.app, text) for text in ("★1", "best 0.25", "Trial 1 ★", "3 of 3", "score▲")]
    with reading_stopped(monkeypatch) as may_read:
        app = make_app(str(project))
        async with app.run_test(size=WIDE) as pilot:
            await wait_text(pilot, "Trial 1 ★ best")
            await settle(pilot)
            assert screen_text(app) == left
            again = [style_at(app, text) for text in ("★1", "best 0.25", "Trial 1 ★", "3 of 3", "score▲")]
            assert again == styles
            may_read.set()
            await press(pilot, "down")
            await wait_text(pilot, "Trial 0 ")


async def test_keys_on_what_is_only_recalled_wait_until_it_was_read(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are no values yet, only their texts: somebody who is faster gets what was asked for, a moment later."""
    project = small(make_project)
    await see(project)
    with reading_stopped(monkeypatch) as may_read:
        app = make_app(str(project))
        async with app.run_test(size=WIDE) as pilot:
            await wait_text(pilot, "Trial 1 ★ best")
            for key in ("down", "right", "right", "right", "equals_sign", "m", "S"):
                send(pilot, key)
            await pilot.pause(0.2)
            assert table(app).cursor_row == 0
            assert ids(app) == ["1", "0", "2"]
            may_read.set()
            await wait_text(pilot, "1 of 3, 2 hidden", "filter lr == 0.5", "Trial 0 ")
            assert ids(app) == ["0"]


async def test_keys_typed_ahead_of_the_first_frame_wait_until_it_was_read(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are not done on the saved screen either."""
    project = small(make_project)
    await see(project)
    with reading_stopped(monkeypatch) as may_read:
        app = make_app(str(project))
        async with app.run_test(size=WIDE) as pilot:
            for key in ("right", "equals_sign", "down"):
                send(pilot, key)
            await wait_text(pilot, "Trial 1 ★ best")
            await pilot.pause(0.2)
            assert table(app).cursor_row == 0
            may_read.set()
            await wait_text(pilot, "3 of 3", "filter status == 'COMPLETED'", "Trial 0 ")


async def test_a_filter_typed_on_what_is_only_recalled_waits_too(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key that opens the field has the right of way over others, but not over the reading."""
    project = small(make_project)
    await see(project)
    with reading_stopped(monkeypatch) as may_read:
        app = make_app(str(project))
        async with app.run_test(size=WIDE) as pilot:
            await wait_text(pilot, "Trial 1 ★ best")
            for key in ("slash", *"lr > 0.3"):
                send(pilot, key)
            await pilot.pause(0.2)
            assert app.focused is table(app)
            may_read.set()
            await wait_text(pilot, "filter lr > 0.3 2 of 3, 1 hidden")
            assert ids(app) == ["0", "2"]


def touch_oracle(project: Path) -> None:
    """The same bytes again, at another time."""
    oracle = project / "oracle.json"
    oracle.write_text(oracle.read_text())


def begin_trial(project: Path) -> None:
    """The search made a trial's directory."""
    (project / "trial_3").mkdir()


def drop_trial(project: Path) -> None:
    """Somebody moved a trial away."""
    (project / "trial_0").rename(project.parent / "trial_0")


def say_objective(project: Path) -> None:
    """Somebody said the objective, for the second time."""
    assert remember_objective(project, Objective("val_loss", "max", inferred=False))


def other_project(project: Path) -> None:
    """Another search stands in its place, with the same names and times."""
    shutil.copytree(project, project.parent / "new")
    project.rename(project.parent / "old")
    (project.parent / "new").rename(project)


CHANGES = [change_oracle, touch_oracle, begin_trial, drop_trial, say_objective, other_project]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_what_changed_since_is_not_recalled(make_project: MakeProject, change: Callable[[Path], None]) -> None:
    """There is no saved screen of it, until the project was seen again."""
    project = small(make_project)
    remember_objective(project, Objective("val_loss", "min", inferred=False))
    aged(project)
    await see(project)
    assert load_screen(project) is not None
    change(project)
    assert load_screen(project) is None


async def test_what_changed_since_is_seen_anew(make_project: MakeProject) -> None:
    """The saved screen is another after the project was open again."""
    project = small(make_project)
    file = await see(project)
    before = file.read_bytes()
    add_trial(project, trial_file("3", {"lr": 0.1, "act": "tanh"}, 0.125))
    async with opened(project, ready="4 trials") as pilot:
        assert rows(pilot.app)[0].startswith("★3")
        await wait_for(pilot, lambda: load_screen(project), "a saved screen to be kept")
    assert file.read_bytes() != before
    assert plain(loaded(project))["trial_id"] == ["★3", " 1", " 0", " 2"]


async def test_a_score_that_was_written_in_place_is_on_the_screen_in_the_end(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No directory and no oracle.json tells of it: the old score is seen for a moment, then what is true."""
    project = small(make_project)
    await see(project)
    rewrite_in_place(project / "trial_2" / "trial.json", trial_file("2", {"lr": 0.75, "act": "tanh"}, 0.0625))
    with reading_stopped(monkeypatch) as may_read:
        app = make_app(str(project))
        async with app.run_test(size=WIDE) as pilot:
            await wait_text(pilot, "best 0.25", "Trial 1 ★ best")
            assert ids(app) == ["1", "0", "2"]
            may_read.set()
            await wait_text(pilot, "best 0.0625", "Trial 2 ★ best")
            assert ids(app) == ["2", "1", "0"]
            assert "tanh" in rows(app)[0]
            await wait_for(pilot, lambda: plain(loaded(project))["score"][0] == "0.0625", "the saved screen to follow")


async def test_a_saved_screen_of_another_project_is_not_shown(make_project: MakeProject) -> None:
    """Two paths can share one file: it says whose it is."""
    project = small(make_project)
    file = await see(project)
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, "path": str(project.parent / "other")}))
    assert load_screen(project) is None


async def test_a_project_is_the_same_by_a_link(make_project: MakeProject) -> None:
    """Whatever way leads there."""
    project = small(make_project)
    await see(project)
    (project.parent / "link").symlink_to(project)
    assert plain(loaded(project.parent / "link"))["score"] == ["0.25", "0.5", "0.75"]


def test_there_is_none_of_a_project_that_was_never_seen(make_project: MakeProject) -> None:
    """Nor of a directory that is not there."""
    project = small(make_project)
    assert load_screen(project) is None
    assert load_screen(project / "nowhere") is None


async def test_what_is_recalled_goes_when_the_project_is_gone(make_project: MakeProject) -> None:
    """Its saved screen holds no more where its trials were moved away meanwhile; none of them is shown."""
    project = small(make_project)
    await see(project)
    for name in ("trial_0", "trial_1", "trial_2"):
        (project / name).rename(project.parent / name)
    async with opened(project, ready="No trials yet.") as pilot:
        await wait_no_text(pilot, "Trial 1")
        assert table(pilot.app).highlighted is None
