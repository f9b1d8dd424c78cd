"""Real searches as users run them: scripts, the command line, what they leave."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuitune.launch import protocol
from tuitune.launch.runs import RunFollower

PATIENCE_S = 240.0


# The model and the data of every script here: one Dense layer on 32 random rows.
BUILD = """
import keras
import keras_tuner as kt
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(32, 4)), rng.normal(size=(32, 1))


def build(hp):
    units = hp.Int("units", 2, 8)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, hp.Choice("activation", ["relu", "tanh"]))])
    model.add(keras.layers.Dense(1))
    model.compile(keras.optimizers.SGD(hp.Float("lr", 1e-4, 1e-1, sampling="log")), "mse")
    return model
"""


# A search as people write it. `train.py KIND NAME PLACE`: PLACE is where its callbacks write, `inside` the project
# or `beside` it. The witness notes what keras reports: the weights a training starts from, the logs of each epoch.
TRAIN = (
    BUILD
    + """
import json
import os
import sys

kind, name, place = sys.argv[1:]
os.makedirs("logs", exist_ok=True)


class Witness(keras.callbacks.Callback):
    def note(self, **what):
        with open("witness.jsonl", "a") as stream:
            stream.write(json.dumps(what) + "\\n")

    def on_train_begin(self, logs=None):
        self.note(weights=[w.tolist() for w in self.model.get_weights()])

    def on_epoch_end(self, epoch, logs=None):
        self.note(epoch=epoch, logs={k: float(v) for k, v in logs.items()})


shared = dict(objective="val_loss", directory="searches", project_name=name, overwrite=True, seed=3,
              executions_per_trial=2)
if kind == "hyperband":
    tuner = kt.Hyperband(build, max_epochs=2, factor=2, **shared)
else:
    tuner = kt.RandomSearch(build, max_trials=4, **shared)
tuner.search(
    x, y, epochs=2, batch_size=16, validation_split=0.25, verbose=0,
    callbacks=[
        keras.callbacks.EarlyStopping("val_loss", patience=5),
        keras.callbacks.TensorBoard(f"searches/{name}/board" if place == "inside" else f"logs/{name}"),
        keras.callbacks.CSVLogger(f"searches/{name}/history.csv" if place == "inside" else f"logs/{name}.csv"),
        Witness(),
    ],
)
tuner.results_summary()
print("AFTER THE SEARCH")
"""
)


SPACE: list[dict[str, Any]] = [
    {
        "class_name": "Int",
        "config": {
            "name": "units",
            "default": None,
            "conditions": [],
            "min_value": 2,
            "max_value": 8,
            "step": 1,
            "sampling": "linear",
        },
    },
    {
        "class_name": "Choice",
        "config": {
            "name": "activation",
            "default": "relu",
            "conditions": [],
            "values": ["relu", "tanh"],
            "ordered": False,
        },
    },
    {
        "class_name": "Float",
        "config": {
            "name": "lr",
            "default": 0.0001,
            "conditions": [],
            "min_value": 0.0001,
            "max_value": 0.1,
            "step": None,
            "sampling": "log",
        },
    },
]


def narrowed(**changes: Mapping[str, Any]) -> dict[str, Any]:
    """The space above with some fields of some hyperparameters changed, as a file for --space."""
    entries = [
        {**entry, "config": {**entry["config"], **changes.get(entry["config"]["name"], {})}, "conditions": []}
        for entry in SPACE
    ]
    return {"space": entries}


NARROW = narrowed(units={"min_value": 3, "max_value": 5}, lr={"min_value": 0.001, "max_value": 0.01, "default": None})


@dataclass(frozen=True)
class Ended:
    """A run that was followed to its end: exit status, what was said, its id and project."""

    status: int
    said: str
    run: str
    project: Path
    log: str


@dataclass(frozen=True)
class World:
    """A directory in which commands are typed, with a state of its own."""

    root: Path

    @property
    def environment(self) -> dict[str, str]:
        """The user's environment, with state and devices of our own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KERASTUNER_")}
        ours = {name: str(self.root / "home" / name) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME")}
        return {**kept, **ours, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}

    def write(self, name: str, text: str) -> Path:
        """A file in this directory."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def python(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Python with these arguments, here."""
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def tuitune(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """`tuitune` with these arguments, here."""
        return self.python("-m", "tuitune", *arguments)

    def search(self, *arguments: str | Path) -> Ended:
        """`tuitune run …` or `tuitune relaunch …`, followed to its end."""
        command, *rest = arguments
        done = self.tuitune(command, "--wait", "--format", "json", *rest)
        assert done.stdout, done.stderr
        answer = json.loads(done.stdout)
        log = (self.directory(answer["run"]) / protocol.worker_log(0)).read_text(errors="replace")
        return Ended(done.returncode, done.stderr, answer["run"], Path(answer["project"] or "no project"), log)

    def begin(self, *arguments: str | Path) -> str:
        """`tuitune run …` or `tuitune relaunch …` in the background; returns the run's id."""
        done = self.tuitune(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def runs(self) -> list[dict[str, Any]]:
        """`tuitune runs`."""
        found: list[dict[str, Any]] = json.loads(self.tuitune("runs", "--format", "json").stdout)
        return found

    def directory(self, run: str) -> Path:
        """Where a run writes."""
        return self.root / "home" / "XDG_STATE_HOME" / "tuitune" / "runs" / run

    def run(self, run: str) -> dict[str, Any]:
        """How one run stands: as `tuitune runs` says it, without a process for each look."""
        return RunFollower(self.directory(run)).refresh().to_json()

    def wait(self, run: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The run once `until` is true of it."""
        deadline = time.monotonic() + PATIENCE_S
        while not until(status := self.run(run)):
            assert time.monotonic() < deadline, f"{status}\n{self.tuitune('logs', run).stdout}"
            time.sleep(0.1)
        return status

    def end_runs(self) -> None:
        """End what a failed test left running."""
        for status in self.runs():
            if status["state"] == "running":
                with contextlib.suppress(ProcessLookupError):
                    os.kill(status["supervisor_pid"], signal.SIGTERM)


def tree(path: Path) -> dict[str, str]:
    """Every file below `path` with a hash of its bytes."""
    return {
        str(file.relative_to(path)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(path.rglob("*"))
        if file.is_file()
    }


def lines(path: Path) -> list[dict[str, Any]]:
    """The JSON lines of a file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def trials(project: Path) -> list[dict[str, Any]]:
    """The trial.json files of a project, in the order of their ids."""
    found = [json.loads(file.read_text()) for file in project.glob("trial_*/trial.json")]
    return sorted(found, key=lambda trial: int(trial["trial_id"]))


def values(trial: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a trial."""
    found: dict[str, Any] = trial["hyperparameters"]["values"]
    return found


def lies_in(value: Any, config: Mapping[str, Any]) -> bool:
    """Whether `value` is one that this entry of a space allows."""
    if "min_value" in config:
        return bool(config["min_value"] <= value <= config["max_value"])
    return value in config["values"] if "values" in config else value == config["value"]


def strays(found: Sequence[Mapping[str, Any]], space: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, Any]]:
    """(trial, hyperparameter, value) of every value outside `space`; a missing value counts too."""
    return [
        (trial["trial_id"], entry["config"]["name"], values(trial).get(entry["config"]["name"]))
        for trial in found
        for entry in space
        if not lies_in(values(trial).get(entry["config"]["name"], "missing"), entry["config"])
    ]
