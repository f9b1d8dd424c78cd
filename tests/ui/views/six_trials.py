"""A search of six trials, for the tests of the table."""

from __future__ import annotations

from pathlib import Path

from tests.samples import MakeProject, trial_file
from tests.ui.samples import choice_hp, float_hp

SPACE = [float_hp("lr", 0.0, 1.0), choice_hp("act", "relu", "tanh")]


def small(make_project: MakeProject) -> Path:
    """Six trials: two activations, three learning rates, one trial failed."""
    trials = [
        trial_file("0", {"lr": 0.1, "act": "relu"}, 0.5),
        trial_file("1", {"lr": 0.2, "act": "tanh"}, 0.3),
        trial_file("2", {"lr": 0.1, "act": "tanh"}, 0.1),
        trial_file("3", {"lr": 0.3, "act": "relu"}, 0.2),
        trial_file("4", {"lr": 0.2, "act": "relu"}, 0.4),
        trial_file("5", {"lr": 0.3, "act": "tanh"}, None, status="FAILED", message="ValueError: no"),
    ]
    return make_project(trials, SPACE)
