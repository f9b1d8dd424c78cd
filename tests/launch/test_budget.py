"""How much a Hyperband search will take, against the numbers of keras-tuner's own oracle."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tuitune.launch import budget

NUMBERS = [
    (epochs, factor)
    for factor in (2, 3, 4, 5, 7)
    for epochs in (1, 2, 3, 4, 5, 7, 8, 9, 10, 16, 20, 25, 26, 27, 28, 30, 49, 64, 80, 81, 82, 100, 125, 243, 256, 343)
]
PLAYED = [(1, 2), (2, 2), (9, 3), (10, 3), (27, 3), (20, 4), (25, 5), (30, 2)]

# Asks the real oracle for the size and epochs of each rung, and plays whole searches with it.
_ASK = """
import json
import sys

import keras_tuner as kt

numbers, played = json.loads(sys.argv[1])
rungs = []
for epochs, factor in numbers:
    oracle = kt.oracles.HyperbandOracle(kt.Objective("val_loss", "min"), max_epochs=epochs, factor=factor)
    rungs.append(
        [
            [
                bracket,
                number,
                oracle._get_size(bracket, number),
                oracle._get_epochs(bracket, number),
                oracle._get_epochs(bracket, number - 1) if number else 0,
            ]
            for bracket in range(oracle._get_num_brackets() - 1, -1, -1)
            for number in range(oracle._get_num_rounds(bracket))
        ]
    )
searches = []
for (epochs, factor), iterations in [(pair, n) for pair in played for n in (1, 2)]:
    space = kt.HyperParameters()
    space.Float("lr", 0.0, 1.0)
    oracle = kt.oracles.HyperbandOracle(
        kt.Objective("val_loss", "min"),
        max_epochs=epochs, factor=factor, hyperband_iterations=iterations, hyperparameters=space, seed=7,
    )
    oracle._set_project_dir(sys.argv[2], f"{epochs}-{factor}-{iterations}")
    oracle.verbose = 0
    trained = []
    while (trial := oracle.create_trial("tuner0")).status == "RUNNING":
        values = trial.hyperparameters.values
        trained.append(values["tuner/epochs"] - values["tuner/initial_epoch"])
        oracle.update_trial(trial.trial_id, {"val_loss": values["lr"]})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    searches.append([epochs, factor, iterations, len(trained), sum(trained)])
with open(sys.argv[3], "w") as stream:
    json.dump({"rungs": rungs, "searches": searches}, stream)
"""


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What keras-tuner's HyperbandOracle answers, asked in a process of its own."""
    folder = tmp_path_factory.mktemp("oracle")
    subprocess.run(
        [sys.executable, "-c", _ASK, json.dumps([NUMBERS, PLAYED]), str(folder), str(folder / "answer.json")],
        check=True,
        capture_output=True,
        timeout=240,
    )
    answer: dict[str, Any] = json.loads((folder / "answer.json").read_text())
    return answer


@pytest.mark.keras
def test_rungs_are_those_of_keras_tuners_oracle(oracle: dict[str, Any]) -> None:
    """Bracket, round, trials, epochs and first epoch of every rung agree for many budgets."""
    ours = [[list(rung) for rung in budget.hyperband_rungs(*pair)] for pair in NUMBERS]
    differing = [pair for pair, one, other in zip(NUMBERS, ours, oracle["rungs"], strict=True) if one != other]
    assert differing == []


@pytest.mark.keras
def test_trials_and_epochs_are_those_of_whole_searches(oracle: dict[str, Any]) -> None:
    """A search that the real oracle plays to its end takes as many trials and epochs as foretold."""
    foretold = [
        [epochs, factor, n, budget.hyperband_trials(epochs, factor, n), budget.hyperband_epochs(epochs, factor, n)]
        for epochs, factor in PLAYED
        for n in (1, 2)
    ]
    assert oracle["searches"] == foretold


@pytest.mark.parametrize(("epochs", "factor"), [(0, 3), (-1, 3), (9, 1), (9, 0)])
def test_numbers_that_keras_tuner_refuses_are_refused(epochs: int, factor: int) -> None:
    """No epochs, or a factor below 2, is no Hyperband search."""
    with pytest.raises(ValueError, match="at least 1 epoch and a factor of at least 2"):
        budget.hyperband_rungs(epochs, factor)


def test_a_known_search_is_counted_right() -> None:
    """Nine epochs with factor 3: three brackets, 23 trials and 75 epochs, as the sample project has them."""
    rungs = budget.hyperband_rungs(9, 3)
    assert [(rung.bracket, rung.round, rung.trials, rung.epochs) for rung in rungs] == [
        (2, 0, 9, 1),
        (2, 1, 3, 3),
        (2, 2, 1, 9),
        (1, 0, 5, 3),
        (1, 1, 2, 9),
        (0, 0, 3, 9),
    ]
    assert budget.hyperband_trials(9, 3) == 23
    assert budget.hyperband_epochs(9, 3) == 75
    assert [budget.hyperband_epochs(9, 3, trials=n) for n in (0, 5, 9, 10, 12, 23)] == [0, 5, 9, 11, 15, 75]
