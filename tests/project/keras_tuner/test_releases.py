"""Real projects of other releases and odd cases, against what the same release says of them.

Each `projects/<name>/expected.json` holds what keras-tuner itself reloaded from the directory, or, for a file
that it cannot reload, which file is broken.
"""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from tests.samples import REPOSITORY
from tuitune.project.project import Project
from tuitune.project.sources import open_source

PROJECTS = REPOSITORY / "tests" / "projects"
NAMES = sorted(path.parent.name for path in PROJECTS.glob("*/expected.json"))

# The objective is in no file. Where the scores do not tell it, tuitune must say that it does not know.
UNTOLD = {
    "autokeras110-hyperband": "val_loss equals val_mean_squared_error in every trial",
    "b-custom_state": "the oracle overrides score_trial, so no metric equals the score",
    "b-multiobj_missing": "no trial finished",
    "b-resumed_other_objective": "the scores of two objectives are side by side",
    "b-saved_only": "no trial at all",
    "b1.0.4-all_nan": "every score is NaN",
}


def load(name: str) -> tuple[Project, dict[str, Any]]:
    """What tuitune reads, and what is expected."""
    expected = json.loads((PROJECTS / name / "expected.json").read_text())
    return open_source(PROJECTS / name / "project").read(), expected


def same(one: Any, other: Any) -> bool:
    """Equality in which NaN equals NaN."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return bool(one == other) and (one is None) == (other is None)


def test_the_projects_are_there() -> None:
    """A checkout that lost them would test nothing."""
    assert len(NAMES) >= 15
    assert set(UNTOLD) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_trials_are_those_that_keras_tuner_reloads(name: str) -> None:
    """Ids, statuses, scores, best steps and values, one by one."""
    project, expected = load(name)
    trials = {trial.trial_id: trial for trial in project.trials}
    assert set(trials) == {item["trial_id"] for item in expected.get("trials", [])}
    for item in expected.get("trials", []):
        trial = trials[item["trial_id"]]
        assert (trial.status, trial.best_step) == (item["status"], item["best_step"])
        assert same(trial.score, item["score"])
        assert dict(trial.values) == item["values"]


@pytest.mark.parametrize("name", NAMES)
def test_metrics_have_keras_tuners_best_values(name: str) -> None:
    """The best value of every metric, by its own direction."""
    project, expected = load(name)
    for item in expected.get("trials", []):
        trial = project.trial(item["trial_id"])
        assert trial is not None
        assert set(trial.metrics) == set(item["metrics"])
        for metric, value in item["metrics"].items():
            assert same(trial.metrics[metric], value), (trial.trial_id, metric)


@pytest.mark.parametrize("name", NAMES)
def test_the_objective_is_inferred_or_said_to_be_unknown(name: str) -> None:
    """Where the scores tell it, it is keras-tuner's; where they do not, it is not guessed."""
    project, expected = load(name)
    wanted = expected.get("objective")
    if name in UNTOLD or wanted is None:
        assert project.objective is None
    else:
        assert project.objective is not None
        assert (project.objective.name, project.objective.direction) == (wanted["name"], wanted["direction"])
        assert project.objective.inferred


@pytest.mark.parametrize("name", NAMES)
def test_trials_stand_in_the_order_that_the_release_recorded(name: str) -> None:
    """Releases from 1.2.0 on write the order in which trials started."""
    project, expected = load(name)
    recorded = json.loads((PROJECTS / name / "project" / "oracle.json").read_text()).get("start_order")
    if recorded and "start_order" in expected:
        assert [trial.trial_id for trial in project.trials] == expected["start_order"]
    else:
        assert len(project.trials) == len(expected.get("trials", []))


@pytest.mark.parametrize("name", NAMES)
def test_only_broken_files_are_problems(name: str) -> None:
    """What keras-tuner can parse is no problem, and what it cannot is named; so is what the files together tell."""
    project, expected = load(name)
    told = [problem for problem in project.problems if not any(word in problem.problem for word in MEANINGS)]
    assert [problem.file for problem in told] == expected["unparsable"]


MEANINGS = ("RUNNING", "INVALID and still ongoing", "two objectives in one project")


@pytest.mark.parametrize(
    ("name", "file", "words"),
    [
        ("killKILL-after2", "trial_2/trial.json", "killed or lost in the middle of this trial"),
        ("b-multiobj_missing", "trial_0/trial.json", "killed or lost in the middle of this trial"),
        ("b-resumed_other_objective", "", "of its scores 3 are a, 3 are b"),
        ("efbig-trial", "trial_00/trial.json", "cut off after 1505 bytes: the disk was full"),
        ("b-retry_killed", "trial_2/trial.json", "while it tried this trial again"),
        ("b-nested", "", ""),
    ],
)
def test_what_happened_to_a_search_is_said_in_words(name: str, file: str, words: str) -> None:
    """A killed trial, two objectives, a full disk."""
    project, _ = load(name)
    assert [(p.file, words in p.problem) for p in project.problems] == ([(file, True)] if words else [])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("kt1.0.4-hyperband", "Hyperband"),
        ("kt1.4.8-sklearn", "BayesianOptimization"),
        ("autokeras110-hyperband", "Hyperband"),
        ("b-names", "RandomSearch"),
        ("b-saved_only", None),
    ],
)
def test_the_kind_of_search_is_told_by_its_oracle(name: str, kind: str | None) -> None:
    """Old and new releases leave the same marks."""
    assert load(name)[0].tuner == kind


def test_names_with_markup_and_escapes_stay_text() -> None:
    """A reader changes nothing in a name; making it inert is the screen's work."""
    project, _ = load("b-names")
    names = {hp.name for hp in project.space}
    assert any("[bold]" in name for name in names)
    assert any("\x1b" in name for name in names)
    assert any(len(name) >= 240 for name in names)
    assert names <= set(project.trials[0].values) | names
    assert project.objective is not None
    assert project.objective.name == "[bold]m[/bold] score"


def test_one_name_under_two_conditions_stays_two_hyperparameters() -> None:
    """An Int and a Float of one name live side by side, each under its own condition."""
    project, _ = load("b-nested")
    units = [hp for hp in project.space if hp.name.endswith("units")]
    assert {hp.kind for hp in units} == {"Int", "Float"}
    assert len({hp.key for hp in project.space}) == len(project.space)
