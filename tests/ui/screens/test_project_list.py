"""The list of projects: what it says of each, opening one, coming back, projects that come and go."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.samples import MakeProject, trial_file
from tests.ui.keys import key_of, press, repeat
from tests.ui.samples import SAMPLES, FakeRun, float_hp
from tests.ui.screen import NARROW, notices, opened, screen_text, squeezed, wait_for, wait_text
from tests.ui.tables import header, rows, table
from tuitune.errors import TuituneError
from tuitune.ui.app import make_app
from tuitune.ui.feeds.list import ListFeed
from tuitune.ui.screens import project_list
from tuitune.ui.views.registry import all_commands


async def test_the_list_says_what_each_project_found() -> None:
    """Tuner, best score, objective, and trials by status of the four samples."""
    async with opened(SAMPLES / "digits", ready="40 completed") as pilot:
        assert [row.split()[0] for row in rows(pilot.app)] == ["bayesian", "hyperband", "killed", "random"]
        random = rows(pilot.app)[3].split()
        assert random[1:5] == ["RandomSearch", "0.97333", "val_accuracy", "max"]
        assert "4 projects" in screen_text(pilot.app)
        assert header(pilot.app).split()[:3] == ["project", "tuner", "best"]


@pytest.mark.parametrize("size", [(120, 40), NARROW], ids=str)
async def test_enter_opens_a_project_and_esc_comes_back(size: tuple[int, int]) -> None:
    """Back in the list, the cursor stands on the project that was open."""
    async with opened(SAMPLES / "digits", size=size, ready="24 completed") as pilot:
        await press(pilot, "down", "enter")
        await wait_text(pilot, "23 of 23")
        await press(pilot, "escape")
        await wait_text(pilot, "4 projects")
        assert table(pilot.app).highlighted_key == str(SAMPLES / "digits" / "hyperband")
        await press(pilot, "down", "down", "enter")
        await wait_text(pilot, "40 of 40")


async def test_a_click_on_the_row_under_the_cursor_opens_it() -> None:
    """The mouse can do it too: once to go there, once to open."""
    async with opened(SAMPLES / "digits", ready="40 completed") as pilot:
        await pilot.click(table(pilot.app), offset=(2, 4))
        assert "4 projects" in screen_text(pilot.app)
        await pilot.pause(0.6)  # a double click would be one gesture
        await pilot.click(table(pilot.app), offset=(2, 4))
        await wait_text(pilot, "40 of 40")


async def test_a_new_round_appears_by_itself(digits: Path) -> None:
    """A relaunch makes a project beside the others: the list finds it."""
    async with opened(digits, ready="40 completed") as pilot:
        shutil.copytree(digits / "killed", digits / "killed-2")
        origin = {"parent": "killed", "root": "killed", "round": 2}
        (digits / "killed-2" / ".tuitune").mkdir()
        (digits / "killed-2" / ".tuitune" / "origin.json").write_text(json.dumps(origin))
        await wait_text(pilot, "5 projects")
        await wait_for(pilot, lambda: len(rows(pilot.app)) == 5, "five rows")
        assert rows(pilot.app)[3].split()[0] == "killed-2"


async def test_a_project_that_is_written_now_is_marked(make_project: MakeProject) -> None:
    """Not RUNNING in a file but the lock of its run says so."""
    one = make_project([trial_file("0", {"lr": 0.5}, 0.5)], [float_hp("lr", 0.0, 1.0)], "one")
    make_project([trial_file("0", {"lr": 0.5}, 0.5)], [float_hp("lr", 0.0, 1.0)], "two")
    run = FakeRun("run-1", one)
    with run.alive():
        async with opened(one.parent, ready="▶ running") as pilot:
            assert "▶ running" in rows(pilot.app)[0]
            assert "▶ running" not in rows(pilot.app)[1]


async def test_a_list_whose_projects_vanish_does_not_end_the_program(digits: Path) -> None:
    """The directory is deleted under the list: keys still work."""
    async with opened(digits, ready="40 completed") as pilot:
        shutil.rmtree(digits)
        await press(pilot, "enter")
        await repeat(pilot, "down", 3)
        await press(pilot, "escape", "question_mark", "escape")
        assert "Quit" in screen_text(pilot.app)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_directory_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    """Before any screen there is one sentence."""
    tmp_path.chmod(0)
    try:
        with pytest.raises(TuituneError):
            make_app(str(tmp_path))
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize("name", ["", "nothing-here", "file.txt"])
def test_where_there_is_no_project_the_app_is_not_made(tmp_path: Path, name: str) -> None:
    """An empty directory, no directory and a file: each is an error with words, not an empty screen."""
    (tmp_path / "file.txt").write_text("x")
    with pytest.raises(TuituneError) as caught:
        make_app(str(tmp_path / name))
    assert str(tmp_path) in caught.value.message


@pytest.mark.parametrize("place", ["list", "project"])
async def test_help_lists_every_command_of_the_registry(place: str) -> None:
    """Key and explanation of each, under the heading of its place; esc closes it."""
    async with opened(SAMPLES / "digits", size=(120, 70), ready="40 completed") as pilot:
        if place == "project":
            await press(pilot, "enter")
            await wait_text(pilot, "24 of 24")
        await press(pilot, "question_mark")
        await wait_text(pilot, "esc closes")
        text = squeezed(pilot.app)
        for place, command in all_commands():
            assert f"{command.shown or command.key} {command.help}" in text
            assert place in text
        await press(pilot, "escape")
        assert "esc closes" not in screen_text(pilot.app)


async def test_what_cannot_be_read_is_told_and_the_list_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, however often it happens; the next reading that works is shown."""
    reading = ListFeed.projects

    def fails(_: ListFeed) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(project_list, "READ_EVERY_S", 0.05)
    async with opened(SAMPLES / "digits", ready="40 completed") as pilot:
        monkeypatch.setattr(ListFeed, "projects", fails)
        await wait_for(pilot, lambda: "Input/output error" in notices(pilot.app), "what could not be read")
        await pilot.pause(0.3)
        assert notices(pilot.app).count("Input/output error") == 1
        assert "40 completed" in screen_text(pilot.app)
        monkeypatch.setattr(ListFeed, "projects", reading)
        await wait_text(pilot, "4 projects", "40 completed")


async def test_help_can_be_read_to_its_end_at_80x24() -> None:
    """It is longer than the screen and scrolls with the keys."""
    async with opened(SAMPLES / "digits" / "random", size=NARROW, ready="40 of 40") as pilot:
        await press(pilot, "question_mark", "end")
        await wait_text(pilot, "also trial_id score best_step", "`backticks`")


async def test_q_quits_from_every_view() -> None:
    """Also while a number field has the focus."""
    for keys in ([], [key_of("space")], [key_of("runs")], ["enter"]):
        async with opened(SAMPLES / "digits" / "killed", ready="6 of 6") as pilot:
            await press(pilot, *keys)
            await pilot.press("q")
            assert not pilot.app.is_running
