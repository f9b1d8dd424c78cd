"""Which old values say something about a new space, and what of them makes a trial of it."""

from __future__ import annotations

from typing import Any

import pytest

from tuitune.project.compatible import incompatibility, part_inside
from tuitune.project.space import Condition, Hyperparameter

LR = Hyperparameter("lr", "Float", minimum=0.001, maximum=0.01, sampling="log")
UNITS = Hyperparameter("units", "Int", minimum=10, maximum=20)
KIND = Hyperparameter("kind", "Choice", choices=("cnn", "dense"))
DEPTH = Hyperparameter("depth", "Int", (Condition("kind", ("cnn",)),), minimum=1, maximum=4)
SEED = Hyperparameter("seed", "Fixed", value=7)
SPACE = [LR, UNITS, KIND, DEPTH, SEED]
GOOD: dict[str, Any] = {"lr": 0.002, "units": 12, "kind": "cnn", "depth": 2, "seed": 7}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"lr": 0.1, "units": 55}, None),
        ({"kind": "dense", "depth": 99}, None),
        ({"lr": 1e-30}, "lr is far outside its range"),
        ({"lr": -1.0}, "lr is far outside its range"),
        ({"lr": float("nan")}, "lr is far outside its range"),
        ({"units": "many"}, "units is far outside its range"),
        ({"kind": "linear"}, "kind is linear"),
        ({"seed": 8}, "seed is 8"),
        ({"depth": None}, None),
    ],
)
def test_what_does_not_fit_is_said(changes: dict[str, Any], reason: str | None) -> None:
    """A number outside its range fits, a category that was dropped does not."""
    assert incompatibility(SPACE, {**GOOD, **changes}) == reason


@pytest.mark.parametrize(
    ("changes", "inside"),
    [
        ({}, GOOD),
        ({"more": 1}, GOOD),
        ({"lr": 0.1}, None),
        ({"units": 12.5}, None),
        ({"kind": "dense"}, {name: value for name, value in {**GOOD, "kind": "dense"}.items() if name != "depth"}),
        ({"depth": None}, {name: value for name, value in GOOD.items() if name != "depth"}),
    ],
)
def test_the_part_that_makes_a_trial(changes: dict[str, Any], inside: dict[str, Any] | None) -> None:
    """Only what is active, and nothing where one value lies outside."""
    assert part_inside(SPACE, {**GOOD, **changes}) == inside
