"""A space that is kept in a file, and taken from one."""

from __future__ import annotations

import json
from pathlib import Path

from textual.widgets import Input

from tests.samples import MakeProject
from tests.ui.keys import press, write
from tests.ui.screen import AnyPilot, notices, opened, wait_for, wait_text
from tests.ui.views.space.form import SAME, difference, in_space, tuned, values
from tuitune.project.sources import open_source


async def name_file(pilot: AnyPilot, key: str, path: Path | str) -> None:
    """Open the dialog and give the path."""
    await press(pilot, key)
    field = pilot.app.screen.query_one("#path", Input)
    field.value = ""
    await write(pilot, str(path))
    await press(pilot, "enter")


async def test_a_space_is_written_and_taken_again(make_project: MakeProject, tmp_path: Path) -> None:
    """As one step; what was written is what keras-tuner takes."""
    project = tuned(make_project)
    file = tmp_path / "my space.json"
    async with opened(project) as pilot:
        await in_space(pilot)
        await press(pilot, "a")
        edited = difference(pilot)
        await name_file(pilot, "w", file)
        await wait_for(pilot, lambda: "The space is in" in notices(pilot.app), "the notice")
        await press(pilot, "u")
        assert SAME in difference(pilot)
        await name_file(pilot, "o", file)
        await wait_for(pilot, lambda: difference(pilot) == edited, "the space of the file")
        await press(pilot, "u")
        assert SAME in difference(pilot)
    content = json.loads(file.read_text())
    assert {entry["config"]["name"] for entry in content["space"]} == {"lr", "units", "act", "norm"}
    assert content["values"]["act"] == "relu"


async def test_a_file_that_is_there_is_overwritten_only_when_that_was_said(
    make_project: MakeProject, tmp_path: Path
) -> None:
    """And nothing is ever written into the project."""
    project = tuned(make_project)
    file = tmp_path / "precious.json"
    file.write_text("precious")
    async with opened(project) as pilot:
        await in_space(pilot)
        await name_file(pilot, "w", project / "oracle.json")
        await wait_text(pilot, "lies in the project, which is left alone")
        await press(pilot, "escape")
        await name_file(pilot, "w", file)
        await wait_text(pilot, "enter again overwrites")
        assert file.read_text() == "precious"
        await press(pilot, "enter")
        await wait_for(pilot, lambda: "The space is in" in notices(pilot.app), "the notice")
        assert json.loads(file.read_text())["space"]
        await name_file(pilot, "w", tmp_path / "no such" / "folder.json")
        await wait_text(pilot, "Cannot use the file")
    assert len(open_source(project).read().trials) == 40


async def test_a_file_that_holds_no_space_is_refused_in_words(make_project: MakeProject, tmp_path: Path) -> None:
    """The dialog stays, and so does the draft."""
    (tmp_path / "other.json").write_text(json.dumps({"space": [{"class_name": "Int", "config": {"name": "depth"}}]}))
    (tmp_path / "image.json").write_bytes(bytes([137, 80, 200, 255]))
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        for name, words in (
            ("gone.json", "Cannot use the file"),
            ("image.json", "not a text file"),
            ("other.json", "Cannot use the space"),
        ):
            await name_file(pilot, "o", tmp_path / name)
            await wait_text(pilot, words)
            await press(pilot, "escape")
        assert values(pilot, "lr") == ["0", "1", ""]
        assert SAME in difference(pilot)
