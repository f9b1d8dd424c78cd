"""Which trials are a fair sample."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.samples import DIGITS, MakeProject, trial_file
from tuitune.analysis.sampling import fair_rows
from tuitune.project.sources import open_source

X = {
    "class_name": "Float",
    "config": {"name": "x", "default": 0.0, "conditions": [], "min_value": 0.0, "max_value": 1.0},
}


@pytest.mark.parametrize(
    ("oracle", "origin", "fair"),
    [
        ({}, {}, range(20)),
        ({"num_initial_points": None, "alpha": 1e-4}, {}, range(3)),
        ({"num_initial_points": 7, "alpha": 1e-4}, {}, range(7)),
        ({"num_initial_points": "x", "alpha": 1e-4}, {}, range(3)),
        ({"num_initial_points": None, "alpha": 1e-4}, {"warm_start": ["0"]}, range(0)),
        ({}, {"seeds": 3, "warm_start": []}, range(3, 20)),
        ({}, {"seeds": [], "warm_start": 5}, range(20)),
    ],
)
def test_what_the_search_chose_by_scores_is_no_part_of_it(
    make_project: MakeProject, oracle: dict[str, Any], origin: dict[str, Any], fair: range
) -> None:
    """Random draws are; a Bayesian search draws the first ones; what a round was told to try is none."""
    path = make_project([trial_file(f"{n:02d}", {"x": n / 20}, n / 20) for n in range(20)], [X], **oracle)
    (path / ".tuitune").mkdir()
    (path / ".tuitune" / "origin.json").write_text(json.dumps(origin))
    assert list(fair_rows(open_source(path).read())) == list(fair)


def test_the_samples_are_fair_as_far_as_they_go() -> None:
    """Twenty-four trials of eleven hyperparameters are still all drawn."""
    assert len(fair_rows(open_source(DIGITS / "bayesian").read())) == 24
    assert len(fair_rows(open_source(DIGITS / "random").read())) == 40
