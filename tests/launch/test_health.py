"""What the doctor says of a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.launch.projects import read, record
from tuitune.launch.health import PROBLEM, examine_project


def about_script(project: Path) -> list[str]:
    """What is wrong with its script."""
    return [f.found for f in examine_project(read(project)) if f.subject == "script" and f.state == PROBLEM]


def test_a_script_that_is_there_is_found_from_anywhere(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its recorded path counts from the project, not from where one stands."""
    record(project)
    for place in (project, project.parent, Path("/")):
        monkeypatch.chdir(place)
        assert about_script(project) == []


def test_a_script_that_is_gone_is_named_with_its_place(project: Path) -> None:
    """So that one knows where to look."""
    record(project)
    (project.parent / "train.py").unlink()
    assert about_script(project) == [f"{project.parent / 'train.py'} is no longer there"]
