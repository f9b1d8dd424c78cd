"""Scripts of all kinds that a relaunch plays unchanged: subclasses, two tuners, an environment set first."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contract.world import BUILD, NARROW, SPACE, World, strays, tree, trials, values
from tests.samples import trial_file

pytestmark = pytest.mark.keras

BATCH_SIZE: dict[str, Any] = {
    "class_name": "Int",
    "config": {
        "name": "batch_size",
        "default": None,
        "conditions": [],
        "min_value": 4,
        "max_value": 32,
        "step": 4,
        "sampling": "linear",
    },
}
OWN_BATCH_SIZE = (
    BUILD
    + """
class Own(kt.BayesianOptimization):
    def run_trial(self, trial, *args, **kwargs):
        kwargs["batch_size"] = trial.hyperparameters.Int("batch_size", 4, 32, step=4)
        with open("sizes", "a") as stream:
            stream.write(f"{kwargs['batch_size']}\\n")
        return super().run_trial(trial, *args, **kwargs)


tuner = Own(build, "val_loss", max_trials=9, directory=".", project_name="project", overwrite=True)
tuner.search(x, y, epochs=2, validation_split=0.5, verbose=0)
"""
)
BLACK_BOX = """
import keras_tuner as kt


class Box(kt.RandomSearch):
    def run_trial(self, trial, *args, **kwargs):
        return (trial.hyperparameters.Float("lr", 1e-4, 1e-1, sampling="log") - 0.005) ** 2


tuner = Box(max_trials=9, directory=".", project_name="project", overwrite=True)
tuner.search()
"""
TWO = (
    BUILD
    + """
other = kt.RandomSearch(build, "val_loss", max_trials=3, directory=".", project_name="other", overwrite=True)
other.search(x, y, epochs=1, validation_split=0.5)
print("the other's best:", other.get_best_hyperparameters()[0].get("units"))
tuner = kt.RandomSearch(build, "val_loss", max_trials=3, directory=".", project_name="project", overwrite=True)
tuner.search(x, y, epochs=1, validation_split=0.5, verbose=0)
"""
)
ENVIRONMENT_FIRST = (
    """
import os
import sys

print("too early:", [name for name in ("keras_tuner", "keras", "tensorflow") if name in sys.modules])
os.environ["KERAS_HOME"] = os.path.join(os.path.dirname(__file__), "settings")
print("played as", __name__, sys.argv, sys.path[0])
"""
    + BUILD
    + """
print("epsilon", keras.config.epsilon())
tuner = kt.RandomSearch(build, "val_loss", max_trials=1, directory=".", project_name="project")
tuner.search(x, y, epochs=1, validation_split=0.5, verbose=0)
"""
)


def narrow(world: World, space: dict[str, Any] = NARROW) -> tuple[str, str]:
    """The option that gives a narrowed space."""
    return "--space", str(world.write("narrow.json", json.dumps(space)))


@pytest.mark.parametrize("algorithm", ["bayesian", "hyperband"])
def test_a_tuner_with_its_own_batch_size_keeps_working(
    world: World, make_project: Callable[..., Path], algorithm: str
) -> None:
    """A subclass whose run_trial() adds a hyperparameter and calls super() is searched in the narrowed range."""
    parent = make_project(space=[*SPACE, BATCH_SIZE])
    world.write("train.py", OWN_BATCH_SIZE)
    sizes = {**BATCH_SIZE, "config": {**BATCH_SIZE["config"], "min_value": 8, "max_value": 16}}
    space = {"space": [*NARROW["space"], sizes]}
    budget = ("--max-epochs", "2", "--factor", "2") if algorithm == "hyperband" else ("--max-trials", "2")
    ended = world.search(
        "relaunch", parent, *narrow(world, space), "--script", "train.py", "--algorithm", algorithm, *budget
    )
    found = trials(ended.project)
    facts = json.loads((ended.project / ".tuitune" / "facts.json").read_text())
    assert ended.status == 0, ended.said + ended.log
    assert facts["tuner_class"] == "Own"
    assert strays(found, space["space"]) == []
    assert [str(values(trial)["batch_size"]) for trial in found] == (world.root / "sizes").read_text().split()
    assert [values(trial).get("tuner/epochs") for trial in found] == (
        [1, 1, 2, 2, 2] if algorithm == "hyperband" else [None, None]
    )


def test_a_tuner_that_trains_no_model_is_relaunched(world: World, make_project: Callable[..., Path]) -> None:
    """A black box without hypermodel and objective keeps its default objective; it has no curves."""
    parent = make_project(space=[SPACE[2]])
    world.write("box.py", BLACK_BOX)
    space = {"space": [NARROW["space"][2]]}
    ended = world.search("relaunch", parent, *narrow(world, space), "--script", "box.py", "--max-trials", "4")
    found = trials(ended.project)
    assert ended.status == 0, ended.said + ended.log
    assert [trial["status"] for trial in found] == ["COMPLETED"] * 4
    assert strays(found, space["space"]) == []
    assert not list(ended.project.glob("trial_*/epochs.jsonl"))


def test_the_other_tuner_of_a_script_neither_searches_nor_deletes(
    world: World, make_project: Callable[..., Path]
) -> None:
    """With two tuners only that of the relaunched project searches; what the other has found can be read."""
    parent = make_project(space=SPACE)
    good = trial_file("0", {"units": 7, "activation": "relu", "lr": 0.01}, 1.0, space=SPACE)
    other = make_project([good], SPACE, "other")
    before = tree(other)
    world.write("two.py", TWO)
    ended = world.search("relaunch", parent, *narrow(world), "--script", "two.py", "--max-trials", "2")
    assert ended.status == 0, ended.said + ended.log
    assert tree(other) == before
    assert "the other's best: 7" in ended.log
    assert len(trials(ended.project)) == 2
    assert ended.project == world.root / "project-2"


def test_a_script_sets_its_environment_before_keras_is_loaded(world: World, make_project: Callable[..., Path]) -> None:
    """Nothing loads keras before the script does: an environment that it sets first is heeded; argv is its own."""
    parent = make_project(space=SPACE)
    world.write("code/settings/keras.json", json.dumps({"epsilon": 0.0625}))
    script = world.write("code/train.py", ENVIRONMENT_FIRST)
    ended = world.search(
        "relaunch",
        parent,
        *narrow(world),
        "--script",
        script,
        "--cwd",
        world.root,
        "--max-trials",
        "1",
        "--",
        "-v",
        "a b",
    )
    assert ended.status == 0, ended.said + ended.log
    assert "too early: []" in ended.log
    assert f"played as __main__ {[str(script), '-v', 'a b']} {script.parent}" in ended.log
    assert "epsilon 0.0625" in ended.log
