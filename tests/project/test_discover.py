"""Finding the projects under a directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.samples import MakeProject
from tuitune.errors import TuituneError
from tuitune.project.discover import find_projects


def test_projects_are_found_at_and_under_a_directory(make_project: MakeProject, tmp_path: Path) -> None:
    """A project inside a project is one too, as keras-tuner makes it of the name mnist/v2."""
    for name in ("mnist", "mnist/v2", "deep/a/b/c", "other"):
        make_project(name=name)
    found = [str(path.relative_to(tmp_path)) for path in find_projects(tmp_path)]
    assert sorted(found) == ["deep/a/b/c", "mnist", "mnist/v2", "other"]
    assert find_projects(tmp_path / "mnist")[0] == tmp_path / "mnist"


def test_rounds_stand_in_the_order_of_their_numbers(make_project: MakeProject, tmp_path: Path) -> None:
    """Round 10 comes after round 2, and both after the first search."""
    for name in ("random-10", "random", "random-2", "bayes"):
        make_project(name=name)
    assert [path.name for path in find_projects(tmp_path)] == ["bayes", "random", "random-2", "random-10"]


def test_hidden_directories_trials_and_links_are_not_searched(make_project: MakeProject, tmp_path: Path) -> None:
    """A link to a parent directory is no endless way down."""
    make_project(name="one")
    make_project(name=".hidden/two")
    make_project(name="one/trial_0/three")
    (tmp_path / "one" / "trial_0" / "trial.json").write_text("{}")
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    assert [path.name for path in find_projects(tmp_path)] == ["one"]


def test_a_project_far_down_is_not_looked_for(make_project: MakeProject, tmp_path: Path) -> None:
    """Five levels are enough; a home directory is not searched to its end."""
    make_project(name="1/2/3/4/5")
    make_project(name="1/2/3/4/x/6")
    assert [path.name for path in find_projects(tmp_path)] == ["5"]


@pytest.mark.parametrize(("name", "title"), [("none", "No such path"), ("file", "Not a directory")])
def test_a_path_that_is_no_directory_is_refused(tmp_path: Path, name: str, title: str) -> None:
    """What cannot hold projects is said to be so."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(TuituneError) as caught:
        find_projects(tmp_path / name)
    assert caught.value.title == title


def test_a_directory_without_projects_gives_none(tmp_path: Path) -> None:
    """Nothing found is an empty list."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert find_projects(tmp_path) == []
