"""Where trials lie on a scale, and how they rank."""

from __future__ import annotations

from typing import Any

import pytest

from tests.samples import DIGITS, MakeProject, trial_file
from tuitune.analysis.rank_classes import FAILED, Mark, RankedTrial, best_in_cells, cell_of, marks_of, rank_trials
from tuitune.analysis.ranking import comparable, epoch_gains
from tuitune.project.project import Project
from tuitune.project.sources import open_source
from tuitune.project.space import Condition, Hyperparameter

LR = Hyperparameter("lr", "Float", minimum=1e-4, maximum=1.0, sampling="log")


def read(make_project: MakeProject, trials: list[dict[str, Any]]) -> Project:
    """A project of these trials."""
    return open_source(make_project(trials)).read()


def ranked_of(project: Project) -> list[RankedTrial]:
    """Its trials by rank."""
    assert project.objective is not None
    trials = list(project.trials)
    return rank_trials(comparable(trials), project.objective, epoch_gains(trials))


def test_trials_are_ranked_in_shares_and_what_failed_comes_last(make_project: MakeProject) -> None:
    """The best tenth, the best quarter, the better half, the rest; running ones are none."""
    trials = [trial_file(f"{n:02}", {"lr": 0.1}, float(20 - n)) for n in range(20)]
    trials += [trial_file("20", {"lr": 0.1}, status="FAILED"), trial_file("21", {"lr": 0.1}, status="RUNNING")]
    ranked = ranked_of(read(make_project, trials))
    assert [item.rank for item in ranked] == [0] * 2 + [1] * 3 + [2] * 5 + [3] * 10 + [FAILED]
    assert ranked[0].trial.trial_id == "19"


def test_marks_lie_on_the_scale_of_the_trials_that_had_it(make_project: MakeProject) -> None:
    """A value outside keeps its place, one that is no number has none."""
    values: list[dict[str, Any]] = [
        {"kind": "a", "lr": 1e-2},
        {"kind": "b", "lr": 1e-2},
        {"kind": "a", "lr": 10.0},
        {"kind": "a", "lr": "x"},
    ]
    found = read(make_project, [trial_file(str(n), chosen, float(n)) for n, chosen in enumerate(values)])
    hp = Hyperparameter("lr", "Float", (Condition("kind", ("a",)),), 1e-4, 1.0, sampling="log")
    assert [mark.position for mark in marks_of(hp, ranked_of(found))] == [pytest.approx(0.5), pytest.approx(1.25)]
    kind = Hyperparameter("kind", "Choice", choices=("a", "b"))
    assert [mark.position for mark in marks_of(kind, ranked_of(found))] == [0.0, 1.0, 0.0, 0.0]


def test_a_hyperband_trial_counts_once() -> None:
    """The highest rung that it reached."""
    project = open_source(DIGITS / "hyperband").read()
    assert len(ranked_of(project)) == 17


def test_of_very_many_trials_the_best_and_some_others_are_looked_at(make_project: MakeProject) -> None:
    """The form stays quick."""
    trials = [trial_file(f"{n:04}", {"lr": 0.1}, float(n)) for n in range(2500)]
    ranked = ranked_of(read(make_project, trials))
    assert len(ranked) == 2000
    assert [item.trial.trial_id for item in ranked[:1000]] == [f"{n:04}" for n in range(1000)]
    assert ranked[-1].rank == 3


def test_the_best_of_each_cell_is_seen() -> None:
    """Both ends have a cell of their own."""
    marks = [Mark(0.0, 2), Mark(0.02, 0), Mark(1.0, 1), Mark(0.5, FAILED), Mark(1.3, 0)]
    assert best_in_cells(marks, 0.0, 1.0, 11) == [0, *[None] * 4, FAILED, *[None] * 4, 1]
    assert cell_of(1.3, 0.0, 1.0, 11) is None
    assert cell_of(0.7, 0.0, 1.0, 0) is None
