"""Stopping a real search: after the trial, or now."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.world import BUILD, NARROW, SPACE, World, lines, trials

pytestmark = pytest.mark.keras

SLOW = (
    BUILD
    + """
import time


class Slow(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        time.sleep(0.1)


tuner = kt.RandomSearch(build, "val_loss", max_trials=50, directory=".", project_name="project")
tuner.search(x, y, epochs=8, batch_size=16, validation_split=0.5, verbose=0, callbacks=[Slow()])
"""
)


@pytest.fixture
def parent(world: World, make_project: Callable[..., Path]) -> Path:
    """A project whose script takes its time."""
    world.write("slow.py", SLOW)
    world.write("narrow.json", json.dumps(NARROW))
    return make_project(space=SPACE)


def test_stop_after_the_trial_leaves_only_ended_trials(world: World, parent: Path) -> None:
    """The current trial ends, is scored, and is the last: nothing is left RUNNING."""
    run = world.begin("relaunch", parent, "--space", "narrow.json", "--script", "slow.py", "--max-trials", "50")
    world.wait(run, lambda status: status["done"] >= 1)
    asked = world.tuitune("stop", "--after-trial", "project-2")
    assert asked.returncode == 0, asked.stderr
    status = world.wait(run, lambda status: status["state"] != "running")
    found = trials(Path(status["project"]))
    assert (status["state"], status["reason"]) == ("stopped", "stopped by the user after a trial")
    assert 2 <= len(found) < 50
    assert {trial["status"] for trial in found} == {"COMPLETED"}
    assert all(trial["score"] is not None for trial in found)
    assert status["done"] == len(found)


def test_stop_now_leaves_the_current_trial_unfinished(world: World, parent: Path) -> None:
    """The search ends between two batches, by itself: the trial in hand stays RUNNING, all files whole."""
    run = world.begin("relaunch", parent, "--space", "narrow.json", "--script", "slow.py", "--max-trials", "50")
    world.wait(run, lambda status: status["done"] >= 1 and status["workers"][0]["epoch"] is not None)
    assert world.tuitune("stop", run).returncode == 0
    status = world.wait(run, lambda status: status["state"] != "running")
    found = trials(Path(status["project"]))
    events = lines(Path(world.environment["XDG_STATE_HOME"]) / "tuitune" / "runs" / run / "events.jsonl")
    assert (status["state"], status["reason"]) == ("stopped", "stopped by the user")
    assert [trial["status"] for trial in found[:-1]] == ["COMPLETED"] * status["done"]
    assert found[-1]["status"] == "RUNNING"
    assert [event["code"] for event in events if event["event"] == "worker_ended"] == [4]
    rows = json.loads(world.tuitune("trials", status["project"], "--format", "json").stdout)
    assert len(rows) == status["done"] + 1
