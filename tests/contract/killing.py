"""Searches that are killed and go on: the script, the kills, what has to hold at the end."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.contract.world import PATIENCE_S, World, trials, values

# Searches in milliseconds, with pauses in which a kill may come; Hyperband is allowed, for it calls super().
BLACK_BOX = """
import sys
import time
import keras_tuner as kt


class Search(kt.RandomSearch):
    def run_trial(self, trial, *args, **kwargs):
        if not args and kwargs.get("never"):
            super().run_trial(trial)
        hp = trial.hyperparameters
        x, kind = hp.Int("x", 0, 40), hp.Choice("kind", ["a", "b"])
        with open("tried.txt", "a") as stream:
            stream.write(f"{self.project_dir} {trial.trial_id}\\n")
        time.sleep(0.05)
        return (x - 20.5) ** 2 + (kind == "a")

    def load_model(self, trial):
        return None


tuner = Search(max_trials=int(sys.argv[1]), seed=3, directory="out", project_name="p", overwrite=True)
tuner.search(epochs=2, verbose=0)
"""


def kill(world: World, run: str, rng: random.Random, *, whom: str) -> bool:
    """SIGKILL to a training process or its supervisor, somewhere within its trials; whether it came in time."""
    begun = len(tried(world))
    status = world.wait(run, lambda s: s["state"] != "running" or len(tried(world)) > begun + rng.randrange(1, 3))
    if status["state"] != "running":
        return False
    time.sleep(rng.random() * 0.1)
    pid = status["supervisor_pid"] if whom == "supervisor" else status["workers"][0]["pid"]
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    world.wait(run, lambda s: s["state"] != "running")
    return True


def tried(world: World) -> list[str]:
    """A line for each time that a trial was run."""
    path = world.root / "tried.txt"
    return path.read_text().splitlines() if path.exists() else []


def check(world: World, project: Path, algorithm: str, planned: int | None) -> None:
    """Whole: every trial ended once, all of it JSON that plain keras-tuner loads, nothing left over."""
    found = trials(project)
    assert {trial["status"] for trial in found} == {"COMPLETED"}
    if planned is not None:
        assert len(found) == planned
    if algorithm != "hyperband":
        seen = [json.dumps(values(trial), sort_keys=True) for trial in found]
        assert len(set(seen)) == len(seen)
    for path in project.rglob("*.json"):
        json.loads(path.read_text())
    ids = sorted(trial["trial_id"] for trial in found)
    loaded = reloaded(project, algorithm)
    assert loaded == [len(found), ids, ids], (loaded, ids)
    assert [path for path in project.rglob(".*") if path.name != ".tuitune"] == []
    state = world.root / "home" / "XDG_STATE_HOME"
    deadline = time.monotonic() + PATIENCE_S  # the worker of a supervisor that was killed clears up for it
    while left := [path for path in state.rglob("*") if "kept" in path.name or path.name.endswith(".tmp")]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def reloaded(project: Path, algorithm: str) -> list[Any]:
    """What plain keras-tuner takes in: how many trials, the ids that it started, those that it ended."""
    import keras_tuner as kt

    kinds = {
        "random": kt.oracles.RandomSearchOracle,
        "bayesian": kt.oracles.BayesianOptimizationOracle,
        "hyperband": kt.oracles.HyperbandOracle,
        "grid": kt.oracles.GridSearchOracle,
    }
    oracle = kinds[algorithm](objective=kt.Objective("default_objective", "min"))
    oracle._set_project_dir(str(project.parent), project.name)
    oracle.reload()
    return [len(oracle.trials), sorted(oracle.start_order), sorted(oracle.end_order)]


def go_on(world: World, project: Path) -> str:
    """Resume, in the background; "" where the last trial had ended before the kill."""
    done = world.tuitune("resume", project)
    if "has all of its" in done.stderr:
        return ""
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def kill_and_go_on(world: World, run: str, project: Path, *, whoms: Sequence[str], seed: str = "") -> int:
    """Kill the run, each of `whoms` in turn, and resume it each time; returns how many kills came in time.

    No trial that had ended is another one afterwards.
    """
    rng = random.Random(f"{project.name} {whoms} {seed}")
    ended_before: dict[str, Any] = {}
    killed = 0
    for whom in whoms:
        killed += kill(world, run, rng, whom=whom)
        if world.run(run)["state"] == "finished":
            break
        for trial in trials_that_can_be_read(project):
            if trial["status"] == "COMPLETED":
                ended_before.setdefault(trial["trial_id"], trial)
        run = go_on(world, project)
        if not run:
            break
    if run:
        status = world.wait(run, lambda s: s["state"] != "running")
        assert status["state"] == "finished", status
    after = {trial["trial_id"]: trial for trial in trials(project)}
    assert {name: after[name] for name in ended_before} == ended_before
    return killed


def trials_that_can_be_read(project: Path) -> list[dict[str, Any]]:
    """Those that a kill has not torn."""
    found = []
    for path in project.glob("trial_*/trial.json"):
        try:
            found.append(json.loads(path.read_text()))
        except ValueError:
            continue
    return found
