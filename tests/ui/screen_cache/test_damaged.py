"""Saved screens that are damaged, hostile names in them, a cache that cannot be written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App

from tests.samples import MakeProject, trial_file
from tests.ui.samples import NASTY, choice_hp, float_hp
from tests.ui.screen import (
    WIDE,
    opened,
    screen_text,
    settle,
    squeezed,
    wait_for,
    wait_text,
)
from tests.ui.screen_cache.saved import aged, come_to_rest, kept, reading_stopped, see, small
from tests.ui.tables import ids
from tuitune.ui.app import make_app
from tuitune.ui.screen_cache import load_screen


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data[:-20], id="cut off"),
        pytest.param(lambda data: data + b"}", id="too long"),
        pytest.param(lambda data: b"\xff" + data, id="no text"),
        pytest.param(lambda data: data.replace(b"relu", b"re\xfflu"), id="no text within"),
        pytest.param(lambda data: b"[]", id="a list"),
        pytest.param(lambda data: b"null", id="nothing"),
        pytest.param(lambda data: b"[" * 100_000, id="deep"),
        pytest.param(lambda data: data.replace(b'"total":3', b'"total":"3"'), id="a text for a number"),
        pytest.param(lambda data: data.replace(b'"total":3', b'"total":2'), id="fewer rows in all"),
        pytest.param(lambda data: data.replace(b'"count"', b'"amount"'), id="no count"),
        pytest.param(lambda data: data.replace(b'"format":', b'"format":9'), id="another format"),
    ],
)
async def test_a_damaged_screen_is_thrown_away(make_project: MakeProject, damage: Callable[[bytes], bytes]) -> None:
    """The file goes, and the project is opened as if it had never been seen."""
    project = small(make_project)
    file = await see(project)
    assert damage(file.read_bytes()) != file.read_bytes()
    file.write_bytes(damage(file.read_bytes()))
    assert load_screen(project) is None
    assert kept() == []


@pytest.mark.parametrize("lost", ["cells", "classes", "keys", "row_classes"])
@pytest.mark.parametrize("more", [True, False], ids=["one more", "one less"])
async def test_columns_of_unequal_length_are_thrown_away(make_project: MakeProject, lost: str, more: bool) -> None:
    """A whole file that is not whole inside."""
    project = small(make_project)
    file = await see(project)
    content = json.loads(file.read_text())
    owner = content["columns"][2] if lost in ("cells", "classes") else content
    owner[lost] = [*owner[lost], "x"] if more else owner[lost][:-1]
    file.write_text(json.dumps(content))
    assert load_screen(project) is None
    assert kept() == []


async def test_the_screen_opens_over_a_damaged_saved_screen_and_keeps_a_new_one(make_project: MakeProject) -> None:
    """Nobody notices."""
    project = small(make_project)
    file = await see(project)
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    assert await see(project) == file
    async with opened(project) as pilot:
        await wait_for(pilot, lambda: kept() and file.read_bytes() == whole, "a whole saved screen")
        assert ids(pilot.app) == ["1", "0", "2"]


async def test_a_cache_that_cannot_be_written_is_no_harm(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file where the directory should be."""
    (tmp_path / "nowhere").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "nowhere"))
    async with opened(small(make_project)) as pilot:
        await come_to_rest(pilot)
        assert ids(pilot.app) == ["1", "0", "2"]


def check_inert(app: App[Any]) -> None:
    """Nothing on the screen steers a terminal, or turns the direction of the line."""
    assert not {char for char in screen_text(app) if char < " " and char != "\n"}
    assert not set(screen_text(app)) & {"\u202e", "\x7f", "\x9b"}


@pytest.mark.parametrize("kind", [kind for kind in NASTY if kind != "lone surrogate"])
async def test_any_name_and_value_is_kept_as_text(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """What is recalled of a project with hostile words is what was on the screen, letter by letter."""
    text = NASTY[kind]
    trials = [trial_file(str(n), {text: text, "lr": n / 4}, n / 8, objective=f"val {text}") for n in range(3)]
    project = aged(make_project(trials, [choice_hp(text, text, "x"), float_hp("lr", 0.0, 1.0)]))
    async with opened(project, ready="3 of 3") as pilot:
        await wait_for(pilot, kept, "a saved screen to be kept")
        left = screen_text(pilot.app)
    with reading_stopped(monkeypatch):
        app = make_app(str(project))
        async with app.run_test(size=WIDE) as pilot:
            await wait_text(pilot, "Trial 0 ★ best")
            await settle(pilot)
            assert screen_text(app) == left
            check_inert(app)


@pytest.mark.parametrize("place", ["project", "trial", "hyperparameter"])
async def test_names_that_are_no_text_at_all_do_no_harm(make_project: MakeProject, place: str) -> None:
    """A directory may have any bytes for its name, JSON may hold half a character: the screen stays, both times."""
    name = os.fsdecode(b"caf\xe9")
    project, trial_id, hp = (name if place == where else where for where in ("project", "trial", "hyperparameter"))
    path = aged(make_project([trial_file(trial_id, {hp: 0.5}, 0.5)], [float_hp(hp, 0.0, 1.0)], project))
    for _ in range(2):
        async with opened(path, ready="1 of 1") as pilot:
            await come_to_rest(pilot)
            assert "caf�" in squeezed(pilot.app)
            assert "1 of 1" in screen_text(pilot.app)
            check_inert(pilot.app)
