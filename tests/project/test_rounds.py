"""Families of rounds: who was narrowed from whom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MakeProject, trial_file
from tuitune.project.open import open_project
from tuitune.project.rounds import earlier_rounds


def add(make_project: MakeProject, name: str, **origin: Any) -> Path:
    """A project of one trial, with this origin."""
    path = make_project([trial_file("0", {"lr": 0.1}, 0.5)], name=name)
    if origin:
        (path / ".tuitune").mkdir()
        (path / ".tuitune" / "origin.json").write_text(json.dumps(origin))
    return path


def names(path: Path) -> list[str]:
    """The earlier rounds of the project at `path`."""
    return [project.name for project in earlier_rounds(open_project(path).read())]


def test_the_latest_comes_first(make_project: MakeProject) -> None:
    """Round by round, down to the first search."""
    add(make_project, "a")
    add(make_project, "a-2", parent="a")
    third = add(make_project, "a-3", parent="a-2")
    assert names(third) == ["a-2", "a"]
    assert names(third.parent / "a") == []


@pytest.mark.parametrize("parent", ["gone", "..", ".", "", "x/y", "\0", 7, None, "a-2"])
def test_a_parent_that_is_none_ends_the_family(make_project: MakeProject, parent: Any) -> None:
    """Deleted, damaged, elsewhere, itself."""
    assert names(add(make_project, "a-2", parent=parent)) == []


def test_rounds_that_go_in_a_circle_end(make_project: MakeProject) -> None:
    """Somebody edited a file."""
    first = add(make_project, "a", parent="b")
    add(make_project, "b", parent="a")
    assert names(first) == ["b"]
