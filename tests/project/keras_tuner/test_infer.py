"""What is inferred: the objective, the kind of tuner, starts and durations; never a guess."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import Any

import pytest

from tuitune.project.keras_tuner.infer import Durations, ObjectiveEvidence, infer_tuner, weigh_objectives
from tuitune.project.keras_tuner.oracle import decode_oracle, read_starts
from tuitune.project.table import Trials, clock
from tuitune.project.trials import Objective, Trial

SPACE = [{"class_name": "Boolean", "config": {"name": "x", "default": False}}]


def record(score: float | None, status: str = "COMPLETED", **metrics: float | None) -> Trial:
    """A trial with these metrics; accuracies are better high."""
    directions = {name: "max" if "acc" in name else "min" for name in metrics}
    return Trial("0", status, score, 0, {}, metrics, directions, None)


def weigh(trials: list[Trial]) -> ObjectiveEvidence:
    """What these trials say about the objective."""
    return weigh_objectives(Trials.of(trials).columns)


def infer_objective(trials: list[Trial]) -> Objective | None:
    """The objective that these trials tell."""
    return weigh(trials).objective


def test_the_one_metric_that_equals_every_score_is_the_objective() -> None:
    """Two trials leave one candidate, and its direction comes from the file."""
    records = [record(0.5, val_acc=0.5, acc=0.5), record(0.75, val_acc=0.75, acc=0.8)]
    assert infer_objective(records) == Objective("val_acc", "max", inferred=True)


def test_the_direction_of_the_objective_is_the_recorded_one() -> None:
    """A loss is minimized."""
    assert infer_objective([record(0.5, val_loss=0.5, acc=0.1)]) == Objective("val_loss", "min", inferred=True)


@pytest.mark.parametrize(
    "records",
    [
        [],
        [record(None, "RUNNING")],
        [record(0.5, "FAILED", val_loss=0.5)],
        [record(math.nan, val_loss=math.nan)],
        [record(0.5, val_loss=0.5, val_mse=0.5)],
        [record(0.5, val_loss=0.4)],
        [record(0.5, a=0.5, b=0.1), record(0.6, a=0.5, b=0.6)],
        [record(50.0, acc=0.5), record(60.0, acc=0.6)],
    ],
)
def test_where_the_evidence_is_not_unanimous_the_objective_is_unknown(records: list[Trial]) -> None:
    """None of these tells: no score, ties between metrics, mixed objectives, scores computed otherwise."""
    assert infer_objective(records) is None


def test_trials_without_a_score_do_not_stand_in_the_way() -> None:
    """Failed, running and NaN trials say nothing against a metric."""
    records = [record(None, "RUNNING"), record(math.nan, val_loss=math.nan), record(1.0, val_loss=1.0, acc=0.1)]
    assert infer_objective(records) == Objective("val_loss", "min", inferred=True)


def test_metrics_that_are_the_same_in_every_trial_are_both_named() -> None:
    """Which of them it is nobody can tell, but that it is one of them."""
    evidence = weigh([record(0.5, val_loss=0.5, val_mse=0.5, acc=0.1), record(0.4, val_loss=0.4, val_mse=0.4, acc=0.2)])
    assert [candidate.name for candidate in evidence.candidates] == ["val_loss", "val_mse"]


def test_scores_of_two_objectives_are_told_apart() -> None:
    """A search that was opened again with another objective leaves the scores of both."""
    evidence = weigh([record(0.5, a=0.5, b=0.1), record(0.4, a=0.4, b=0.2), record(0.6, a=0.5, b=0.6)])
    assert [(goal.name, count) for goal, count in evidence.parts] == [("a", 2), ("b", 1)]
    assert evidence.objective is None


@pytest.mark.parametrize(
    ("oracle", "state", "trials", "space", "kind"),
    [
        ({}, {}, 3, SPACE, None),
        ({"brackets": [], "seed": 1, "seed_state": 1}, {}, 3, SPACE, "Hyperband"),
        ({"alpha": 1e-4, "num_initial_points": None}, {}, 3, SPACE, "BayesianOptimization"),
        ({"seed": 1, "seed_state": 9}, {"finished": False}, 3, SPACE, "AutoKeras"),
        ({"seed": 1, "seed_state": 1}, {}, 3, SPACE, "GridSearch"),
        ({"seed": 1, "seed_state": 9}, {}, 3, SPACE, "RandomSearch"),
        ({"seed": 1, "seed_state": 1}, {}, 3, [], "RandomSearch"),
        ({"seed": 1, "seed_state": 1}, {}, 0, SPACE, None),
        ({"seed": 1}, {}, 3, SPACE, None),
    ],
)
def test_the_kind_of_tuner_is_read_off_the_marks_of_its_oracle(
    oracle: dict[str, Any], state: dict[str, Any], trials: int, space: list[Any], kind: str | None
) -> None:
    """Each oracle leaves fields of its own; without them, or without a trial, it is unknown."""
    content = {"hyperparameters": {"space": space}, **oracle} if oracle else {}
    assert infer_tuner(decode_oracle(json.dumps(content).encode()), state, trials) == kind


@pytest.mark.parametrize("display", [None, 3, {}, {"trial_start": None}, {"trial_start": [1]}])
def test_starts_that_are_not_there_are_none(display: Any) -> None:
    """Releases before 1.4.5 and silent searches note no times."""
    assert decode_oracle(json.dumps({"display": display}).encode()).starts == {}


@pytest.mark.parametrize("wrong", [True, [], {"oracle": 1}, "ten", "\ud83d", -1, 2.5, 10**12, None])
def test_a_number_of_initial_points_that_is_none_costs_itself(wrong: Any) -> None:
    """Also where the rest of the file has to be read patiently."""
    for start_order in (["0"], ["0", 1]):
        content = {"num_initial_points": wrong, "start_order": start_order}
        state = decode_oracle(json.dumps(content).encode())
        assert (state.initial_points, state.start_order) == (None, ["0"])
        assert decode_oracle(json.dumps({**content, "num_initial_points": 7}).encode()).initial_points == 7


def test_a_start_that_is_no_time_is_left_out() -> None:
    """One broken time costs itself."""
    content = {"display": {"trial_start": {"0": "2026-01-02T03:04:05.5", "1": "soon", "2": 5}}}
    starts = decode_oracle(json.dumps(content).encode()).starts
    first, second = read_starts([starts["0"], starts["1"]])
    assert clock(first) == datetime(2026, 1, 2, 3, 4, 5, 500_000)
    assert second is None
    assert "2" not in starts


STARTS = [datetime(2026, 1, 1, 12, 0), datetime(2026, 1, 1, 12, 1), datetime(2026, 1, 1, 12, 3)]
NOON = STARTS[0].timestamp()


def durations(written: list[float], one_at_a_time: bool, starts: list[datetime] | None = None) -> list[float | None]:
    """What the trials took that began at `starts` and whose files were written then."""
    given = STARTS if starts is None else starts
    columns = Trials.of([Trial(str(n), "COMPLETED", started=start) for n, start in enumerate(given)]).columns
    return Durations().all(columns, written, one_at_a_time)


def test_a_trial_ends_when_its_file_was_last_written() -> None:
    """Times of files that were never copied are the ends."""
    assert durations([NOON + 55, NOON + 170, NOON + 200], True) == [55, 110, 20]


def test_after_a_checkout_the_next_start_is_the_end_and_the_last_is_unknown() -> None:
    """A copy gives every file one late time, which says nothing about the last trial either."""
    assert durations([NOON + 90_000] * 3, True) == [60, 120, None]


def test_trials_side_by_side_may_end_after_the_next_start() -> None:
    """With several workers only the file tells."""
    assert durations([NOON + 500, NOON + 170, NOON + 700], False) == [500, 110, 520]


def test_a_file_older_than_its_trial_gives_no_negative_duration() -> None:
    """Clocks that disagree make the time unknown where nothing else tells."""
    assert durations([NOON - 100], True, STARTS[:1]) == [None]


def test_a_trial_without_a_start_has_no_duration() -> None:
    """Nothing is measured from nowhere, and a trial that has not ended took no time yet."""
    told = Durations()
    assert told.of(None, NOON, None, True) is None
    assert told.of(0.0, None, None, True) is None
