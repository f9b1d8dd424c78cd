"""Several processes of keras-tuner's distributed mode, served by one oracle that was told of earlier trials."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.contract.test_warm import OLD, SPACE, loss
from tests.samples import REPOSITORY

pytestmark = pytest.mark.keras

TUNER = """
import json
import os
import sys
import time

sys.path.insert(0, sys.argv[1])
import keras_tuner as kt

from tuitune.worker.oracles import build_oracle


class Box(kt.Tuner):
    def run_trial(self, trial, *args, **kwargs):
        time.sleep(0.3)
        with open("who.txt", "a") as file:
            print(os.environ["KERASTUNER_TUNER_ID"], trial.trial_id, file=file)
        hp = trial.hyperparameters
        return (hp.get("lr") - 0.3) ** 2 + (0.0 if hp.get("act") == "relu" else 0.2) + 1.0 / 9


def build(hp):
    hp.Float("lr", 0.0, 1.0)
    hp.Choice("act", ["relu", "tanh"])


with open("spec.json") as file:
    spec = json.load(file)
script_oracle = kt.oracles.RandomSearchOracle(objective=kt.Objective("default_objective", "min"), max_trials=3)
oracle = build_oracle(kt, spec, script_oracle)
Box(hypermodel=build, oracle=oracle, directory=".", project_name="search").search()
"""


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, name: str, port: int) -> subprocess.Popen[bytes]:
    """One process of the search: the chief holds the oracle, the others train."""
    environment = {
        **os.environ,
        "KERASTUNER_TUNER_ID": name,
        "KERASTUNER_ORACLE_IP": "127.0.0.1",
        "KERASTUNER_ORACLE_PORT": str(port),
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    with open(folder / f"{name}.log", "wb") as log:
        command = [sys.executable, "tuner.py", str(REPOSITORY)]
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)


def test_a_chief_that_was_told_serves_several_workers(tmp_path: Path) -> None:
    """Each gets trials of the model's, none the same as another or as an old one; plain keras-tuner loads them."""
    seen: list[dict[str, Any]] = [{"values": {"lr": lr, "act": act}, "score": loss(lr, act)} for lr, act in OLD]
    warm = {"objective": "default_objective", "seen": seen, "first": [], "tried": [item["values"] for item in seen]}
    spec = {"algorithm": "bayesian", "space": SPACE, "seed": 5, "max_trials": 8, "warm": warm}
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    (tmp_path / "tuner.py").write_text(TUNER)
    port = free_port()
    processes = [start(tmp_path, name, port) for name in ("chief", "tuner0", "tuner1")]
    try:
        codes = [process.wait(timeout=150) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    logs = "\n".join(path.read_text(errors="replace") for path in tmp_path.glob("*.log"))
    assert codes == [0, 0, 0], logs
    who = Counter(line.split()[0] for line in (tmp_path / "who.txt").read_text().splitlines())
    assert set(who) == {"tuner0", "tuner1"}
    assert sum(who.values()) == 8
    found = [json.loads(path.read_text()) for path in (tmp_path / "search").glob("trial_*/trial.json")]
    pairs = [(t["hyperparameters"]["values"]["lr"], t["hyperparameters"]["values"]["act"]) for t in found]
    assert len({*pairs, *OLD}) == 8 + len(OLD)
    assert sum(act == "relu" and abs(lr - 0.3) < 0.15 for lr, act in pairs) >= 6
    assert min(loss(*pair) for pair in pairs) < min(loss(*pair) for pair in OLD)
    code = (
        "import keras_tuner as kt; tuner = kt.RandomSearch(lambda hp: None, "
        "objective=kt.Objective('default_objective', 'min'), directory='.', project_name='search', max_trials=8); "
        "print(len(tuner.oracle.get_best_trials(99)))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert loaded.stdout.split()[-1:] == ["8"], loaded.stdout + loaded.stderr
