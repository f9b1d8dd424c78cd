"""Writes a large project as keras-tuner 1.4 would: ten hyperparameters, the space repeated in each file.

python tests/benchmarks/generate.py DIRECTORY TRIALS
"""

from __future__ import annotations

import json
import math
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any


def _space() -> list[dict[str, Any]]:
    def entry(kind: str, name: str, **config: Any) -> dict[str, Any]:
        return {"class_name": kind, "config": {"name": name, "conditions": [], **config}}

    numbers = {"step": None, "sampling": "log", "default": None}
    return [
        entry("Float", "learning_rate", min_value=1e-5, max_value=1e-1, **numbers),
        entry("Float", "weight_decay", min_value=1e-6, max_value=1e-2, **numbers),
        entry("Float", "dropout", min_value=0.0, max_value=0.6, step=0.1, sampling="linear", default=0.0),
        entry("Float", "momentum", min_value=0.5, max_value=0.99, step=None, sampling="linear", default=0.5),
        entry("Int", "units_1", min_value=16, max_value=512, step=16, sampling="linear", default=None),
        entry("Int", "units_2", min_value=16, max_value=512, step=16, sampling="linear", default=None),
        entry("Int", "layers", min_value=1, max_value=6, step=1, sampling="linear", default=None),
        entry("Choice", "activation", values=["relu", "tanh", "elu", "selu"], ordered=False, default="relu"),
        entry("Choice", "optimizer", values=["adam", "sgd", "rmsprop"], ordered=False, default="adam"),
        entry("Boolean", "batch_norm", default=False),
    ]


def _values(draw: random.Random) -> dict[str, Any]:
    return {
        "learning_rate": 10 ** draw.uniform(-5, -1),
        "weight_decay": 10 ** draw.uniform(-6, -2),
        "dropout": draw.randrange(6) * 0.1,
        "momentum": draw.uniform(0.5, 0.99),
        "units_1": 16 * draw.randint(1, 32),
        "units_2": 16 * draw.randint(1, 32),
        "layers": draw.randint(1, 6),
        "activation": draw.choice(["relu", "tanh", "elu", "selu"]),
        "optimizer": draw.choice(["adam", "sgd", "rmsprop"]),
        "batch_norm": draw.random() < 0.5,
    }


def generate(path: Path, count: int, seed: int = 7) -> Path:
    """Write `count` trials into the new directory `path`; returns it."""
    draw = random.Random(seed)
    space = _space()
    width = len(str(count))
    ids = [f"{number:0{width}d}" for number in range(count)]
    path.mkdir(parents=True)
    began = datetime(2026, 1, 1)
    for trial_id in ids:
        values = _values(draw)
        accuracy = 0.97 - 0.05 * abs(math.log10(values["learning_rate"]) + 3) - 0.1 * draw.random()
        numbers = {
            "accuracy": accuracy + 0.01,
            "loss": 1 - accuracy,
            "val_accuracy": accuracy,
            "val_loss": 1.05 - accuracy,
        }
        failed = draw.random() < 0.02
        metrics = {
            name: {
                "direction": "max" if "accuracy" in name else "min",
                "observations": [{"value": [value], "step": 7}],
            }
            for name, value in numbers.items()
        }
        trial = {
            "trial_id": trial_id,
            "hyperparameters": {"space": space, "values": values},
            "metrics": {"metrics": {} if failed else metrics},
            "score": None if failed else accuracy,
            "best_step": None if failed else 7,
            "status": "FAILED" if failed else "COMPLETED",
            "message": "Traceback (most recent call last):\n  ...\nValueError: out of memory" if failed else None,
        }
        folder = path / f"trial_{trial_id}"
        folder.mkdir()
        (folder / "trial.json").write_text(json.dumps(trial))
    starts = {trial_id: (began + timedelta(seconds=30 * n)).isoformat() for n, trial_id in enumerate(ids)}
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
