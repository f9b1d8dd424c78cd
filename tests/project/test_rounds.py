"""Families of rounds: who was narrowed from whom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.samples import MakeProject, trial_file
from tuitune.project.rounds import earlier_rounds, families, family, round_number
from tuitune.project.sources import open_source


def add(make_project: MakeProject, name: str, **origin: Any) -> Path:
    """A project of one trial, with this origin."""
    path = make_project([trial_file("0", {"lr": 0.1}, 0.5)], name=name)
    if origin:
        (path / ".tuitune").mkdir()
        (path / ".tuitune" / "origin.json").write_text(json.dumps(origin))
    return path


def names(path: Path) -> list[str]:
    """The earlier rounds of the project at `path`."""
    return [project.name for project in earlier_rounds(open_source(path).read())]


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


def test_a_family_is_found_from_each_of_its_members(make_project: MakeProject) -> None:
    """Whoever was narrowed from whom; in the order in which they were made, strangers left out."""
    add(make_project, "a")
    add(make_project, "a-2", parent="a", round=2)
    add(make_project, "branch", parent="a", round=4)
    add(make_project, "a-3", parent="a-2", round=3)
    add(make_project, "a-10", parent="a-3", round=10)
    add(make_project, "b")
    stranger = add(make_project, "b-2", parent="b", round=2)
    expected = ["a", "a-2", "a-3", "branch", "a-10"]
    for name in expected:
        assert [path.name for path in family(stranger.parent / name)] == expected
    assert [path.name for path in family(stranger)] == ["b", "b-2"]


def test_projects_that_were_read_fall_into_families(make_project: MakeProject) -> None:
    """As they would be found beside each other, and without looking again."""
    paths = [add(make_project, "a-2", parent="a", round=2), add(make_project, "b"), add(make_project, "a")]
    paths.append(add(make_project, "a-3", parent="a", round=3))
    found = families([open_source(path).read() for path in paths])
    assert [[project.name for project in members] for members in found] == [["a", "a-2", "a-3"], ["b"]]


def test_a_family_whose_first_search_is_gone_is_still_one(make_project: MakeProject) -> None:
    """Somebody tidied up; the rounds stay together."""
    add(make_project, "a-2", parent="a", round=2)
    third = add(make_project, "a-3", parent="a-2", round=3)
    assert [path.name for path in family(third)] == ["a-2", "a-3"]


def test_a_family_that_goes_in_a_circle_has_each_member_once(make_project: MakeProject) -> None:
    """Somebody edited a file."""
    first = add(make_project, "a", parent="b")
    add(make_project, "b", parent="a")
    assert sorted(path.name for path in family(first)) == ["a", "b"]


@pytest.mark.parametrize(("stored", "number"), [(3, 3), (True, 1), ("3", 1), (None, 1), (-2, 1), (10**9, 1), (2.0, 1)])
def test_a_round_that_is_no_number_is_the_first(stored: Any, number: int) -> None:
    """origin.json may hold anything."""
    assert round_number({"round": stored}) == number
