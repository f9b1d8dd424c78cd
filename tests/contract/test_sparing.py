"""A relaunch costs its parent nothing, whatever the script does: no byte of the family, and no neighbour's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.world import SPACE, World, tree
from tests.samples import trial_file

pytestmark = pytest.mark.keras

SEARCH = """
import os
import shutil
import subprocess
import sys
import keras_tuner as kt


def clear():
    if HOW == "a shell":
        subprocess.run("rm -rf searches", shell=True, check=True)
    elif HOW == "Python":
        shutil.rmtree("searches")
        os.makedirs("searches")
    elif HOW == "TensorFlow":
        import tensorflow as tf

        tf.io.gfile.rmtree("searches")
    elif HOW == "another name":
        os.rename("searches", "searches-old")
    elif HOW == "a file by a shell":
        subprocess.run("echo gone > searches/project/trial_0/trial.json", shell=True, check=True)


HOW, when = sys.argv[1:]


class Search(kt.RandomSearch):
    def run_trial(self, trial, *args, **kwargs):
        units = trial.hyperparameters.Int("units", 2, 8)
        if when == "in a trial" and trial.trial_id.strip("0") == "1":
            clear()
        return units / 10


if when == "first":
    clear()
tuner = Search(max_trials=3, directory="searches", project_name="project", overwrite=True)
tuner.search(verbose=0)
"""


@pytest.fixture
def parent(world: World, make_project: Callable[..., Path]) -> Path:
    """A project with a sibling, and a file of somebody's beside them."""
    trials = [
        trial_file(str(n), {"units": 2 + n, "activation": "relu", "lr": 0.01}, n / 10, space=SPACE) for n in (0, 1)
    ]
    path = make_project(trials, SPACE, "searches/project")
    make_project(trials, SPACE, "searches/sibling")
    world.write("searches/notes/mine.txt", "mine")
    world.write("search.py", SEARCH)
    return path


@pytest.mark.parametrize(
    ("how", "when"),
    [
        ("a shell", "first"),
        ("Python", "first"),
        ("TensorFlow", "first"),
        ("another name", "first"),
        ("a file by a shell", "in a trial"),
        ("Python", "in a trial"),
    ],
)
def test_the_family_is_whole_after_the_round(world: World, parent: Path, how: str, when: str) -> None:
    """The run comes to its end, the parent and what lies beside it are byte-identical, and the user is told."""
    places = [parent, parent.parent / "sibling", parent.parent / "notes"]
    before = [tree(place) for place in places]
    ended = world.search(
        "relaunch", parent, "--algorithm", "random", "--max-trials", "3", "--script", "search.py", "--", how, when
    )
    assert ended.status == 0, ended.said + ended.log
    assert [tree(place) for place in places] == before
    assert len(list(ended.project.glob("trial_*/trial.json"))) == 3
    assert (ended.project / ".tuitune" / "origin.json").exists()
    assert "nothing is removed there" in ended.log or "put back" in ended.said
    assert sorted(path.name for path in world.root.iterdir() if path.name.startswith("searches")) == ["searches"]
    assert list((world.root / "home").rglob("kept*")) == []
