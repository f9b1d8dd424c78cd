"""Rounds that are told what earlier trials found: they begin where those ended, and go on so after a kill."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contract.world import BUILD, NARROW, Ended, World, trials, values
from tests.contract.world import SPACE as KERAS_SPACE
from tests.samples import trial_file

pytestmark = pytest.mark.keras

# Trials that train nothing: the loss is smallest at lr = 0.3 and with relu. Each takes as long as PAUSE says.
BOX = """
import os
import time

import keras_tuner as kt


class Box(kt.RandomSearch):
    def run_trial(self, trial, *args, **kwargs):
        time.sleep(float(os.environ.get("PAUSE", "0")))
        hp = trial.hyperparameters
        epochs = hp.values.get("tuner/epochs", 9)
        loss = (hp.Float("lr", 0.0, 1.0) - 0.3) ** 2 + (0.0 if hp.Choice("act", ["relu", "tanh"]) == "relu" else 0.2)
        return loss + 1.0 / epochs


Box(max_trials=3, directory=".", project_name="search", overwrite=True).search()
"""
SPACE: list[dict[str, Any]] = [
    {
        "class_name": "Float",
        "config": {"name": "lr", "default": 0.0, "conditions": [], "min_value": 0.0, "max_value": 1.0, "step": None,
                   "sampling": "linear"},
    },
    {
        "class_name": "Choice",
        "config": {"name": "act", "default": "relu", "conditions": [], "values": ["relu", "tanh"], "ordered": False},
    },
]  # fmt: skip
OLD = [(0.05 + 0.1 * number, "relu" if number % 2 else "tanh") for number in range(10)]


def loss(lr: float, act: str) -> float:
    """What a trial of the script reports."""
    return (lr - 0.3) ** 2 + (0.0 if act == "relu" else 0.2) + 1.0 / 9


@pytest.fixture
def parent(world: World, make_project: Callable[..., Path]) -> Path:
    """Ten finished trials, one that failed, one that never ended."""
    world.write("box.py", BOX)
    files = [
        trial_file(f"{n:02}", {"lr": lr, "act": act}, loss(lr, act), objective="default_objective", space=SPACE)
        for n, (lr, act) in enumerate(OLD)
    ]
    files.append(trial_file("10", {"lr": 0.99, "act": "tanh"}, status="FAILED", space=SPACE))
    files.append(trial_file("11", {"lr": 0.5, "act": "tanh"}, status="RUNNING", space=SPACE))
    path = make_project(files, SPACE, "search")
    world.write("whole.json", json.dumps({"space": SPACE}))
    return path


def relaunch(world: World, parent: Path, *more: str) -> Ended:
    """A round over the whole space, followed to its end."""
    return world.search("relaunch", parent, "--script", "box.py", "--space", "whole.json", *more)


def tried(project: Path) -> list[tuple[float, str]]:
    """The values of each trial, in order."""
    found = sorted(trials(project), key=lambda trial: int(trial["trial_id"]))
    return [(t["hyperparameters"]["values"]["lr"], t["hyperparameters"]["values"]["act"]) for t in found]


def test_a_bayesian_round_begins_where_the_old_trials_ended(world: World, parent: Path) -> None:
    """Its first trial is proposed by the model; the origin names the trials that it has seen."""
    ended = relaunch(world, parent, "--max-trials", "4")
    assert ended.status == 0, ended.log
    pairs = tried(ended.project)
    assert len(pairs) == 4
    assert [act for _, act in pairs] == ["relu"] * 4
    assert abs(pairs[0][0] - 0.3) < 0.06
    assert min(loss(*pair) for pair in pairs) < min(loss(*pair) for pair in OLD)
    origin = json.loads((ended.project / ".tuitune" / "origin.json").read_text())
    assert origin["warm_start"] == [f"{number:02}" for number in range(11)]


def test_a_round_of_a_round_has_seen_both(world: World, parent: Path) -> None:
    """Also a best old value is not tried twice."""
    first = relaunch(world, parent, "--max-trials", "3")
    second = world.search("relaunch", first.project, "--script", "box.py", "--space", "whole.json", "--max-trials", "3")
    assert second.status == 0, second.log
    origin = json.loads((second.project / ".tuitune" / "origin.json").read_text())
    assert origin["warm_start"] == ["0", "1", "2", *(f"search/{number:02}" for number in range(11))]
    assert len({*tried(first.project), *tried(second.project), *OLD}) == 3 + 3 + 10


def test_a_round_that_starts_cold_is_told_nothing(world: World, parent: Path) -> None:
    """--no-warm-start is keras-tuner's own search."""
    done = world.tuitune(
        "relaunch", parent, "--script", "box.py", "--space", "whole.json", "--no-warm-start", "--dry-run"
    )
    assert json.loads(done.stdout)["warm_start"] == []
    ended = relaunch(world, parent, "--max-trials", "2", "--no-warm-start")
    assert "warm" not in ended.said
    assert ended.status == 0, ended.log


def test_a_random_round_tries_the_best_old_configuration_first(world: World, parent: Path) -> None:
    """So that a round is never worse than its parent; after it come values that nobody tried."""
    ended = relaunch(world, parent, "--algorithm", "random", "--max-trials", "5")
    assert ended.status == 0, ended.log
    best, *others = tried(ended.project)
    assert best == min(OLD, key=lambda pair: loss(*pair))
    assert len(set(others)) == 4
    assert not set(others) & set(OLD)


def test_hyperband_tries_the_three_best_old_configurations_first(
    world: World, make_project: Callable[..., Path]
) -> None:
    """In the first rungs, like any other configuration; what is promoted from them comes in between."""
    script = "kt.RandomSearch(build, 'val_loss', directory='.', project_name='search').search("
    world.write("train.py", f"{BUILD}\n{script}x, y, epochs=2, validation_split=0.5, verbose=0)\n")
    world.write("narrow.json", json.dumps(NARROW))
    old = [{"units": 2 + n, "activation": "tanh", "lr": 0.002 + n / 1000} for n in range(6)]
    files = [trial_file(str(n), values, n / 10, space=KERAS_SPACE) for n, values in enumerate(old)]
    parent = make_project(files, KERAS_SPACE, "search")
    ended = world.search(
        "relaunch", parent, "--script", "train.py", "--space", "narrow.json", "--algorithm", "hyperband",
        "--max-epochs", "2", "--factor", "2",
    )  # fmt: skip
    assert ended.status == 0, ended.log
    found = [item for item in map(values, trials(ended.project)) if item["tuner/round"] == 0]
    begun = [{name: v for name, v in item.items() if not name.startswith("tuner/")} for item in found]
    assert begun[:3] == old[1:4]  # the narrowed space has three to five units


def test_how_many_are_tried_first_can_be_said(world: World, parent: Path) -> None:
    """--seed-top works for the Bayesian search too."""
    ended = relaunch(world, parent, "--max-trials", "3", "--seed-top", "2")
    best = sorted(OLD, key=lambda pair: loss(*pair))
    assert tried(ended.project)[:2] == best[:2]


def test_a_killed_round_goes_on_warm_and_ends_with_its_trials(
    world: World, parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGKILL in the middle of a trial, a file torn: the rest of the trials are proposed by the model as before."""
    monkeypatch.setenv("PAUSE", "0.5")
    run = world.begin("relaunch", parent, "--script", "box.py", "--space", "whole.json", "--max-trials", "6")
    status = world.wait(run, lambda status: status["done"] >= 2 and status["workers"][0]["trial_id"] is not None)
    os.kill(status["workers"][0]["pid"], signal.SIGKILL)
    status = world.wait(run, lambda status: status["state"] != "running")
    project = Path(status["project"])
    last = max(project.glob("trial_*/trial.json"))
    last.write_text(last.read_text()[:200])
    (project / "oracle.json").write_text("{")
    monkeypatch.setenv("PAUSE", "0")
    ended = world.search("resume", project)
    assert ended.status == 0, ended.log
    pairs = tried(project)
    assert len(pairs) == 6
    assert {trial["status"] for trial in trials(project)} == {"COMPLETED"}
    assert all(abs(lr - 0.3) < 0.2 and act == "relu" for lr, act in pairs[-2:])
    again = world.tuitune("resume", project)
    assert again.returncode == 1
    assert "has all of its 6 trials" in again.stderr
    more = world.search("resume", project, "--max-trials", "7")
    assert more.status == 0, more.log
    assert len(tried(project)) == 7


def test_plain_keras_tuner_loads_a_warm_round(world: World, parent: Path) -> None:
    """And goes on with it, cold."""
    ended = relaunch(world, parent, "--max-trials", "3")
    code = f"""
import sys
import keras_tuner as kt
oracle = kt.oracles.BayesianOptimizationOracle(objective=kt.Objective("default_objective", "min"), max_trials=5)
oracle._set_project_dir({str(ended.project.parent)!r}, {ended.project.name!r})
oracle.reload()
assert len(oracle.trials) == 3, oracle.trials
trial = oracle.create_trial("tuner0")
assert trial.status == "RUNNING" and trial.trial_id == "3", trial
assert "tuitune" not in sys.modules
"""
    done = world.python("-c", code)
    assert done.returncode == 0, done.stderr
