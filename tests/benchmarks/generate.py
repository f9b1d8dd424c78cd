"""Writes a large project as keras-tuner 1.4 would: ten hyperparameters, the space repeated in each file (3.5 kB).

python tests/benchmarks/generate.py DIRECTORY TRIALS
"""

from __future__ import annotations

import json
import math
import os
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

_TRIAL_S = 30


def _space() -> list[dict[str, Any]]:
    """Ten hyperparameters, six of them under conditions, as keras-tuner stores them."""

    def entry(kind: str, name: str, given: dict[str, list[Any]] | None = None, **config: Any) -> dict[str, Any]:
        conditions = [
            {"class_name": "Parent", "config": {"name": parent, "values": values}}
            for parent, values in (given or {}).items()
        ]
        return {"class_name": kind, "config": {"name": name, "conditions": conditions, **config}}

    log: dict[str, Any] = {"step": None, "sampling": "log", "default": None}
    linear: dict[str, Any] = {"step": None, "sampling": "linear", "default": None}
    dense, conv, deep = {"block": ["dense"]}, {"block": ["conv"]}, {"layers": [2, 3, 4, 5, 6]}
    return [
        entry("Float", "learning_rate", min_value=1e-5, max_value=1e-1, **log),
        entry("Choice", "optimizer", values=["adam", "sgd", "rmsprop"], ordered=False, default="adam"),
        entry("Float", "momentum", {"optimizer": ["sgd", "rmsprop"]}, min_value=0.5, max_value=0.99, **linear),
        entry("Float", "weight_decay", {"optimizer": ["adam", "sgd"]}, min_value=1e-6, max_value=1e-2, **log),
        entry("Int", "layers", min_value=1, max_value=6, step=1, sampling="linear", default=None),
        entry("Choice", "block", values=["dense", "conv"], ordered=False, default="dense"),
        entry("Int", "units", dense, min_value=16, max_value=512, step=16, sampling="linear", default=None),
        entry("Float", "dropout", {**deep, **dense}, min_value=0.0, max_value=0.6, **linear),
        entry("Int", "filters", conv, min_value=8, max_value=128, step=8, sampling="linear", default=None),
        entry("Boolean", "batch_norm", {**deep, **conv}, default=False),
    ]


def _values(draw: random.Random) -> dict[str, Any]:
    """What a random search draws: nothing for a hyperparameter whose condition does not hold."""
    optimizer, layers = draw.choice(["adam", "sgd", "rmsprop"]), draw.randint(1, 6)
    is_dense, is_deep = draw.random() < 0.5, layers > 1
    values = {
        "learning_rate": 10 ** draw.uniform(-5, -1),
        "optimizer": optimizer,
        "momentum": draw.uniform(0.5, 0.99) if optimizer != "adam" else None,
        "weight_decay": 10 ** draw.uniform(-6, -2) if optimizer != "rmsprop" else None,
        "layers": layers,
        "block": "dense" if is_dense else "conv",
        "units": 16 * draw.randint(1, 32) if is_dense else None,
        "dropout": draw.uniform(0, 0.6) if is_dense and is_deep else None,
        "filters": 8 * draw.randint(1, 16) if not is_dense else None,
        "batch_norm": draw.random() < 0.5 if not is_dense and is_deep else None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _metrics(draw: random.Random, accuracy: float) -> dict[str, Any]:
    """Four metrics of training and validation at the best epoch, as keras-tuner stores them."""
    numbers = {"accuracy": accuracy, "auc": accuracy + 0.02, "loss": 1.05 - accuracy, "precision": accuracy - 0.01}
    numbers |= {f"val_{name}": value - 0.01 * draw.random() for name, value in numbers.items()}
    return {
        name: {
            "direction": "min" if "loss" in name else "max",
            "observations": [{"value": [value], "step": 7}],
        }
        for name, value in numbers.items()
    }


def generate(path: Path, count: int, seed: int = 7) -> Path:
    """Write `count` trials into the new directory `path`; returns it."""
    draw = random.Random(seed)
    space = _space()
    width = len(str(count))
    ids = [f"{number:0{width}d}" for number in range(count)]
    path.mkdir(parents=True)
    began = datetime(2026, 1, 1)
    for number, trial_id in enumerate(ids):
        values = _values(draw)
        accuracy = 0.97 - 0.05 * abs(math.log10(values["learning_rate"]) + 3) - 0.1 * draw.random()
        metrics = _metrics(draw, accuracy)
        failed = draw.random() < 0.02
        trial = {
            "trial_id": trial_id,
            "hyperparameters": {"space": space, "values": values},
            "metrics": {"metrics": {} if failed else metrics},
            "score": None if failed else metrics["val_accuracy"]["observations"][0]["value"][0],
            "best_step": None if failed else 7,
            "status": "FAILED" if failed else "COMPLETED",
            "message": "Traceback (most recent call last):\n  ...\nValueError: out of memory" if failed else None,
        }
        folder = path / f"trial_{trial_id}"
        folder.mkdir()
        (folder / "trial.json").write_text(json.dumps(trial))
        ended = (began + timedelta(seconds=_TRIAL_S * (number + 1))).timestamp()
        os.utime(folder / "trial.json", (ended, ended))
    starts = {trial_id: (began + timedelta(seconds=_TRIAL_S * n)).isoformat() for n, trial_id in enumerate(ids)}
    oracle = {
        "ongoing_trials": {},
        "hyperparameters": {"space": space, "values": {}},
        "start_order": ids,
        "end_order": ids,
        "run_times": dict.fromkeys(ids, 1),
        "retry_queue": [],
        "seed": seed,
        "seed_state": seed + count,
        "tried_so_far": [],
        "id_to_hash": {},
        "display": {"search_start": began.isoformat(), "trial_start": starts, "trial_number": {}},
    }
    (path / "oracle.json").write_text(json.dumps(oracle))
    (path / "tuner0.json").write_text("{}")
    return path


if __name__ == "__main__":
    print(generate(Path(sys.argv[1]), int(sys.argv[2])))
