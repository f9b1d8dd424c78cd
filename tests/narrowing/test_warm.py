"""What a round is told of earlier trials, what it is not told, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tuitune.analysis.ranking import epoch_gains
from tuitune.narrowing.warm import MOST_SEEN, warm_start
from tuitune.project.project import Project
from tuitune.project.space import Hyperparameter
from tuitune.project.table import Trials
from tuitune.project.trials import Objective, Trial

LR = Hyperparameter("lr", "Float", minimum=0.0, maximum=1.0)
ACT = Hyperparameter("act", "Choice", choices=("relu", "tanh", "elu"))
NARROW = (Hyperparameter("lr", "Float", minimum=0.2, maximum=0.6), Hyperparameter("act", "Choice", choices=("relu",)))


def trial(number: int, lr: float, act: str = "relu", score: float | None = None, **fields: Any) -> Trial:
    """A finished trial; its score is its learning rate where none is given."""
    values = {"lr": lr, "act": act, **fields.pop("values", {})}
    known = {"status": "COMPLETED", "score": lr if score is None else score, **fields}
    return Trial(f"{number:02}", **known, values=values)


def project(*trials: Trial, name: str = "first", direction: str = "min", **more: Any) -> Project:
    """A project of these trials."""
    objective = Objective(more.pop("objective", "val_loss"), direction, False)
    return Project(Path(name), Trials.of(trials), (LR, ACT), objective=objective, **more)


def test_a_bayesian_round_is_told_of_all_that_says_something_about_its_space() -> None:
    """Points outside the range and failures too; not what a dropped category or no end made useless."""
    parent = project(
        trial(0, 0.3), trial(1, 0.9), trial(2, 0.4, "tanh"), trial(3, 0.5, status="FAILED"),
        trial(4, 0.5, status="RUNNING"), trial(5, 0.25, score=float("nan")),
    )  # fmt: skip
    told = warm_start([parent], NARROW, "bayesian")
    assert [(item.label, item.score) for item in told.seen] == [("00", 0.3), ("01", 0.9), ("03", None), ("05", None)]
    assert told.left_out == {"whose act is tanh": 1, "not finished": 1}
    assert list(told.first) == []
    assert [values["lr"] for values in told.tried] == [0.3, 0.5, 0.25]
    spec = told.to_spec()
    assert spec is not None
    assert spec["objective"] == "val_loss"
    assert spec["seen"][1] == {"values": {"lr": 0.9, "act": "relu"}, "score": 0.9}
    assert (
        told.describe() == "its model needs 4 scores and has 2, so that it begins at random; "
        "left out: 1 whose act is tanh, 1 not finished"
    )


@pytest.mark.parametrize(("direction", "best"), [("min", [0.3, 0.4]), ("max", [0.5, 0.4])])
@pytest.mark.parametrize("algorithm", ["random", "hyperband", "bayesian"])
def test_the_best_that_lie_in_the_space_are_tried_first(algorithm: str, direction: str, best: list[float]) -> None:
    """In the objective's own direction, each configuration once."""
    trials = [trial(0, 0.1), trial(1, 0.4), trial(2, 0.3), trial(3, 0.5), trial(4, 0.3), trial(5, 0.9)]
    told = warm_start([project(*trials, direction=direction)], NARROW, algorithm, 2)
    assert [values["lr"] for values in told.first] == best


def test_earlier_rounds_are_named_with_their_trials() -> None:
    """The parent's own go by their id alone."""
    told = warm_start([project(trial(0, 0.3), name="b"), project(trial(0, 0.4), name="a")], NARROW, "bayesian")
    assert [item.label for item in told.seen] == ["00", "a/00"]


def test_a_round_with_another_objective_tells_nothing() -> None:
    """Its numbers mean something else."""
    other = project(trial(0, 0.4), trial(1, 0.5), name="a", objective="val_accuracy")
    told = warm_start([project(trial(0, 0.3), name="b"), other], NARROW, "bayesian")
    assert [item.label for item in told.seen] == ["00"]
    assert told.left_out == {"of a, which has another objective": 2}


def test_where_the_objective_is_unknown_a_round_starts_cold() -> None:
    """And says so."""
    told = warm_start([Project(Path("p"), Trials.of([trial(0, 0.3)]), (LR,))], NARROW, "bayesian")
    assert told.to_spec() is None
    assert told.describe().startswith("cold")


def test_a_grid_is_told_nothing() -> None:
    """Its order is its own."""
    assert warm_start([project(trial(0, 0.3))], NARROW, "grid").to_spec() is None


def ladder(count: int = 6) -> list[Trial]:
    """A Hyperband search: so many with 3 epochs, the better half of them with 9; nine epochs bring 0.2."""
    low = [trial(n, 0.2 + n / 20, score=1.0 + n / 10, values={"tuner/epochs": 3}) for n in range(count)]
    high = [
        trial(50 + n, 0.2 + n / 20, score=0.8 + n / 10, values={"tuner/epochs": 9, "tuner/trial_id": f"{n:02}"})
        for n in range(count // 2)
    ]
    return low + high


def test_trials_of_a_ladder_are_compared_as_if_all_had_been_trained_to_the_end() -> None:
    """What the promoted ones gained is added to the score of those that were not."""
    assert epoch_gains(ladder()) == {9: 0.0, 3: pytest.approx(-0.2)}
    told = warm_start([project(*ladder())], NARROW, "bayesian")
    scores = {item.label: item.score for item in told.seen}
    assert scores == {label: pytest.approx(score) for label, score in
                      {"03": 1.1, "04": 1.2, "05": 1.3, "50": 0.8, "51": 0.9, "52": 1.0}.items()}  # fmt: skip
    assert told.left_out == {"trained on later": 3}


def test_a_ladder_of_which_too_few_were_promoted_tells_only_of_those() -> None:
    """Two trials do not say what more epochs bring."""
    told = warm_start([project(*ladder(4))], NARROW, "bayesian")
    assert [item.label for item in told.seen] == ["50", "51"]
    assert told.left_out == {"trained on later": 2, "trained for fewer epochs": 2}


def test_of_very_many_trials_the_best_and_a_sample_are_told() -> None:
    """The best half of what is told, and every so many of the rest."""
    trials = [trial(n, 0.2 + n / 20_000) for n in range(6000)]
    told = warm_start([project(*trials)], NARROW, "bayesian")
    labels = [item.label for item in told.seen]
    assert len(set(labels)) == MOST_SEEN
    assert labels[: MOST_SEEN // 2] == [f"{n:02}" for n in range(MOST_SEEN // 2)]
    assert int(labels[-1]) > 5900


STEPS = Hyperparameter("x", "Float", minimum=0.5, maximum=0.8, step=0.1)
LATE = (
    Hyperparameter("x", "Int", minimum=1, maximum=2, step=1),
    Hyperparameter("y", "Int", minimum=1, maximum=2, step=1),
)


def test_what_was_tried_is_told_by_the_values_of_the_new_space() -> None:
    """keras-tuner counts steps from a minimum, and rounds differently from each: 0.7 is one value of the space."""
    trials = [trial(n, n / 10, values={"x": x}) for n, x in enumerate([0.6, 0.7, 0.7000000000000001, 0.4 + 0.1 * 3])]
    told = warm_start([project(*trials)], [STEPS], "random", 4)
    assert [part["x"] for part in told.tried] == [0.6, 0.5 + 2 * 0.1]
    assert sorted(part["x"] for part in told.first) == [0.6, 0.5 + 2 * 0.1]


def test_a_trial_that_lacks_a_value_was_not_tried() -> None:
    """It is from before the search met that hyperparameter; which value it trained with is not told."""
    values = [{"x": 1}, {"x": 1, "y": 1}, {"x": 1, "y": 2}, {"x": 2.0, "y": 1}, {"x": 2, "y": 1}]
    trials = [trial(n, n / 10, values=item) for n, item in enumerate(values)]
    told = warm_start([project(*trials)], LATE, "random", 0)
    assert [dict(part) for part in told.tried] == [{"x": 1, "y": 1}, {"x": 1, "y": 2}, {"x": 2, "y": 1}]


def test_what_the_model_cannot_use_is_not_said_to_warm_it() -> None:
    """Too few scores propose nothing; of very many trials it goes by a part."""
    few = [trial(n, 0.1 + n / 100) for n in range(3)]
    told = warm_start([project(*few)], [LR], "bayesian")
    assert told.describe() == "its model needs 4 scores and has 3, so that it begins at random"
    many = [trial(n, 0.1 + n / 2000) for n in range(300)]
    assert warm_start([project(*many)], [LR], "bayesian").describe() == "warm: its model goes by 200 of 300 trials"
