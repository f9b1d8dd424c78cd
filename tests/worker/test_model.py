"""The model of a warm round: what it learns from old points, and that it proposes only what the space holds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuitune.analysis.scale import value_at
from tuitune.project.compatible import scores_needed
from tuitune.project.space import Condition, Hyperparameter
from tuitune.worker.model.propose import Observation, propose
from tuitune.worker.model.surface import Surface, warp
from tuitune.worker.model.unit_cube import UnitCube

LR = Hyperparameter("lr", "Float", minimum=1e-5, maximum=1e-1, sampling="log")
UNITS = Hyperparameter("units", "Int", minimum=16, maximum=256, step=16)
ACT = Hyperparameter("act", "Choice", choices=("relu", "tanh", "gelu"), ordered=False)
DROP = Hyperparameter("drop", "Float", (Condition("act", ("relu",)),), minimum=0.0, maximum=0.8)
FLAG = Hyperparameter("flag", "Boolean")
FIXED = Hyperparameter("fixed", "Fixed", value=3)
SPACE = [LR, UNITS, ACT, DROP, FLAG, FIXED]


def loss(values: dict[str, Any]) -> float:
    """Smallest at lr 0.001, 128 units, relu, a dropout of 0.3."""
    cost = (math.log10(values["lr"]) + 3) ** 2 / 4 + ((values["units"] - 128) / 120) ** 2
    cost += abs(values["drop"] - 0.3) if values["act"] == "relu" else 0.5
    return float(cost + 0.1 * values["flag"])


def seen(count: int, seed: int = 0) -> list[Observation]:
    """So many random trials."""
    random = np.random.RandomState(seed)
    drawn = [UnitCube(SPACE).draw(random) for _ in range(count)]
    return [Observation(values, loss(values)) for values in drawn]


def never(values: dict[str, Any]) -> bool:
    """Nothing was tried."""
    return False


def test_the_first_proposal_beats_nearly_all_that_was_seen() -> None:
    """Forty old points are enough to be near the optimum at once."""
    for seed in range(3):
        old = seen(40, seed)
        values = propose(SPACE, old, [], never, seed)
        assert values is not None
        assert loss(values) < sorted(item.score or 0.0 for item in old)[2]


def test_points_outside_a_narrowed_range_count() -> None:
    """Nothing was tried within the range, but the slope outside tells at which end it is better."""
    narrow = Hyperparameter("x", "Float", minimum=0.4, maximum=0.6)
    old = [Observation({"x": x / 20}, (x / 20 - 1.0) ** 2) for x in (*range(1, 8), *range(13, 20))]
    values = propose([narrow], old, [], never, 1)
    assert values is not None
    assert values["x"] > 0.55


def test_what_says_nothing_about_the_space_is_passed_over() -> None:
    """A dropped category and another value of what is fixed are no observations; too few of the rest are none."""
    old = seen(scores_needed(SPACE) - 1)
    strange = [Observation({**item.values, "act": "elu"}, 0.0) for item in old]
    other = [Observation({**item.values, "fixed": 4}, 0.0) for item in old]
    assert propose(SPACE, [*old, *strange, *other], [], never, 0) is None
    assert propose(SPACE, seen(scores_needed(SPACE)), [], never, 0) is not None


def test_failed_trials_and_exploded_scores_keep_it_away() -> None:
    """They count as the worst, and flatten nothing."""
    line = Hyperparameter("x", "Float", minimum=0.0, maximum=1.0)
    good = [Observation({"x": x / 20}, 1.0 - x / 20) for x in range(14)]
    bad = [Observation({"x": x / 20}, None if x % 2 else 1e30) for x in range(14, 20)]
    values = propose([line], good + bad, [], never, 0)
    assert values is not None
    assert 0.5 < values["x"] < 0.75


def test_what_is_being_tried_is_not_proposed_again() -> None:
    """Of two valleys, two workers that ask at once get one each."""
    line = Hyperparameter("x", "Float", minimum=0.0, maximum=1.0)
    old = [Observation({"x": x}, score) for x, score in ((0.0, 0.5), (0.2, 0.1), (0.5, 0.4), (0.8, 0.12), (1.0, 0.5))]
    first = propose([line], old, [], never, 0)
    assert first is not None
    second = propose([line], old, [first], never, 0)
    assert second is not None
    assert first["x"] < 0.4
    assert second["x"] > 0.6


def test_a_space_of_which_all_was_tried_has_nothing_left() -> None:
    """Each combination is proposed once, then none."""
    space = [UNITS, Hyperparameter("flag", "Boolean")]
    tried: list[dict[str, Any]] = []
    for number in range(33):
        old = [Observation(v, v["units"] + v["flag"]) for v in tried] + [
            Observation({"units": 16 * n, "flag": False}, float(n)) for n in range(1, 6)
        ]
        values = propose(space, old, [], lambda values: values in tried, number)
        if values is None:
            break
        assert values not in tried
        tried.append(values)
    assert len(tried) == 32


def test_the_gradient_of_the_fit_is_the_slope_of_its_loss() -> None:
    """By differences, at a few places."""
    random = np.random.RandomState(0)
    points = random.rand(25, 4)
    surface = Surface(points, warp(list(np.sin(5 * points[:, 0]) + points[:, 1])), np.array([0, 1, 2, 2]))
    for shift in (-0.7, 0.3, 1.1):
        scales = surface._center + shift
        _, gradient = surface._loss(scales)
        for index in range(len(scales)):
            step = np.zeros(len(scales))
            step[index] = 1e-5
            slope = (surface._loss(scales + step)[0] - surface._loss(scales - step)[0]) / 2e-5
            assert slope == pytest.approx(gradient[index], rel=1e-3, abs=1e-3)


def test_warped_scores_keep_their_order() -> None:
    """Also where some exploded, some are equal and some failed."""
    scores = [0.3, None, 0.1, 1e300, 0.2, 0.2, math.inf, math.nan, 5.0]
    warped = warp(scores)
    assert np.isfinite(warped).all()
    assert warped[2] < warped[4] <= warped[5] < warped[0] < warped[8] < warped[3]
    assert min(warped[1], warped[6], warped[7]) > warped[3]


numbers = st.floats(1e-6, 1e6, allow_nan=False)


@st.composite
def hyperparameters(draw: st.DrawFn) -> Hyperparameter:
    """A numeric hyperparameter of any kind."""
    low, high = sorted([draw(numbers), draw(numbers)])
    kind = draw(st.sampled_from(["Float", "Int"]))
    sampling = draw(st.sampled_from(["linear", "log", "reverse_log"]))
    if kind == "Int":
        low, high = float(max(1, int(low))), float(max(1, int(high)) + 1)
    step: float | None = draw(st.sampled_from([None, 2, 3]))
    if step is not None and sampling == "linear":
        step = max(1, int((high - low) / step)) if kind == "Int" else (high - low) / step or None
    if sampling == "reverse_log":
        step = None
    return Hyperparameter("x", kind, minimum=low, maximum=high, sampling=sampling, step=step)


@settings(deadline=None, max_examples=200)
@given(hp=hyperparameters(), unit=st.floats(0.0, 1.0))
def test_every_place_of_a_scale_has_a_value_that_the_range_holds(hp: Hyperparameter, unit: float) -> None:
    """Whatever the step, the sampling and the type."""
    value = value_at(hp, unit)
    assert hp.contains(value)
    assert isinstance(value, int if hp.kind == "Int" else float)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 2**32 - 1), spread=st.sampled_from([0.02, 0.3, 3.0]))
def test_drawn_values_and_their_neighbours_are_trials_of_the_space(seed: int, spread: float) -> None:
    """Exactly what is active has a value."""
    cube, random = UnitCube(SPACE), np.random.RandomState(seed)
    values = cube.draw(random)
    for _ in range(10):
        assert list(values) == [hp.name for hp in SPACE if hp.is_active(values)]
        assert all(hp.contains(values[hp.name]) for hp in SPACE if hp.name in values)
        point = cube.locate(values)
        assert point is not None
        assert cube.holds(point)
        values = cube.neighbour(values, spread, random)
