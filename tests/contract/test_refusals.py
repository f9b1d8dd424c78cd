"""Scripts that do not do what a relaunch needs: exit status 1, one clear sentence, nothing left behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.world import BUILD, NARROW, SPACE, World, tree

pytestmark = pytest.mark.keras

MINE = 'tuner = kt.RandomSearch(build, "val_loss", max_trials=2, directory=".", project_name="project")\n'
ALONE = """
class Alone(kt.RandomSearch):
    def run_trial(self, trial, *args, **kwargs):
        open("trained", "w").close()
        return 1.0


tuner = Alone(build, "val_loss", max_trials=2, directory=".", project_name="project", overwrite=True)
tuner.search()
"""
BROKEN_MODEL = """
def broken(hp):
    build(hp)
    if len(made) > 1:
        raise ValueError("no such layer")
    made.append(1)
    return build(hp)


made = []
tuner = kt.RandomSearch(broken, "val_loss", max_trials=8, directory=".", project_name="project")
made += [1, 1]
tuner.search(x, y, epochs=1, verbose=0)
"""


@pytest.fixture
def parent(world: World, make_project: Callable[..., Path]) -> Path:
    """A project to relaunch from."""
    world.write("narrow.json", json.dumps(NARROW))
    return make_project(space=SPACE)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("first = 1\nsecond = first / 0\n", "The run failed: train.py line 2: ZeroDivisionError: division by zero."),
        ("import sys\nsys.exit(3)\n", "The run failed: train.py left with status 3."),
        ("import sys\nsys.exit('no data')\n", "The run failed: train.py left: no data."),
        ("print('nothing here')\n", "The run failed: train.py ran to its end and built no keras-tuner tuner."),
        ("def broken(:\n", "The run failed: train.py: SyntaxError: invalid syntax (train.py, line 1)."),
        (BUILD + MINE, "The run failed: train.py built the project's tuner but never called search()."),
    ],
    ids=["raises", "leaves with a status", "leaves with words", "no tuner", "no Python", "never searches"],
)
def test_a_script_that_does_not_search_fails_with_one_sentence(
    world: World, parent: Path, script: str, sentence: str
) -> None:
    """Exit status 1, the sentence on stderr, and the new directory is gone."""
    world.write("train.py", script)
    before = tree(parent)
    ended = world.search("relaunch", parent, "--space", "narrow.json", "--script", "train.py")
    said = [line for line in ended.said.splitlines() if line.startswith("The run ")]
    assert ended.status == 1
    assert said == [sentence]
    assert not ended.project.exists()
    assert tree(parent) == before


def test_a_script_that_does_not_exist_starts_no_run(world: World, parent: Path) -> None:
    """The relaunch is refused before anything is made."""
    done = world.tuitune("relaunch", parent, "--space", "narrow.json", "--script", "nowhere.py", "--wait")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == f"No such script: {world.root / 'nowhere.py'} does not exist."
    assert world.runs() == []
    assert not (world.root / "project-2").exists()


def test_a_tuner_that_trains_by_itself_is_refused_for_hyperband(world: World, parent: Path) -> None:
    """Its run_trial() would ignore the epochs of each rung: said before anything trains."""
    world.write("train.py", BUILD + ALONE)
    ended = world.search(
        "relaunch",
        parent,
        "--space",
        "narrow.json",
        "--algorithm",
        "hyperband",
        "--max-epochs",
        "2",
        "--script",
        "train.py",
    )
    assert ended.status == 1
    assert "Alone.run_trial() trains by itself and would ignore the epochs of each round." in ended.said
    assert not (world.root / "trained").exists()
    assert not ended.project.exists()


def test_a_search_whose_models_all_fail_keeps_its_failed_trials(world: World, parent: Path) -> None:
    """keras-tuner gives up after three failures: the run failed, the trials with their tracebacks stay."""
    world.write("train.py", BUILD + BROKEN_MODEL)
    ended = world.search("relaunch", parent, "--space", "narrow.json", "--script", "train.py")
    status = world.run(ended.run)
    rows = json.loads(world.tuitune("trials", ended.project, "--format", "json").stdout)
    assert ended.status == 1
    assert status["state"] == "failed"
    assert "RuntimeError" in status["reason"]
    assert len(rows) == 3
    assert "no such layer" in rows[0]["message"]
