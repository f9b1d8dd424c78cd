"""A search of keras-tuner 0.9.1: other files, the same answers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.samples import REPOSITORY
from tuitune.project.keras_tuner.curves import CurveReader
from tuitune.project.sources import open_source
from tuitune.project.trials import Objective

PLACE = REPOSITORY / "tests" / "project" / "keras_tuner" / "kt0.9.1-random"
EXPECTED: dict[str, Any] = json.loads((PLACE / "expected-0.9.json").read_text())


def test_facts_and_trials_are_read_as_the_release_itself_reads_them() -> None:
    """Objective and budget are written down there, so nothing is inferred; trials stand as tuner.json lists them."""
    project = open_source(PLACE / "project").read()
    assert project.objective == Objective("val_accuracy", "max", inferred=False)
    assert (project.max_trials, project.executions_per_trial) == (EXPECTED["max_trials"], 1)
    assert [hp.name for hp in project.space] == EXPECTED["space_names"]
    assert [(t.trial_id, t.score, dict(t.values)) for t in project.trials] == [
        (item["trial_id"], item["score"], item["values"]) for item in EXPECTED["trials"]
    ]
    assert project.best is not None
    assert project.best.trial_id == EXPECTED["best_trial_id"]
    assert project.problems == ()
    assert {trial.status for trial in project.trials} == {"COMPLETED"}


def test_the_curves_of_a_trial_end_in_its_best_epoch() -> None:
    """execution.json holds every epoch; the best step is where the objective was best."""
    project = open_source(PLACE / "project").read()
    trial = project.best
    assert trial is not None
    curves = CurveReader().read(project, trial)
    line = next(c for c in curves.curves if (c.metric, c.split) == ("accuracy", "validation"))
    assert curves.source == "keras-tuner's own files"
    assert max(line.values) == trial.score
    assert trial.best_step is not None
    assert line.values[trial.best_step] == trial.score
    assert trial.started is not None


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy that may be damaged."""
    return Path(shutil.copytree(PLACE / "project", tmp_path / "project"))


def test_a_trial_whose_execution_is_not_complete_has_not_finished(copy: Path) -> None:
    """A search of 0.9 that was killed leaves such a trial."""
    trial_id = EXPECTED["trials"][0]["trial_id"]
    file = copy / f"trial_{trial_id}" / "execution_0" / "execution.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, "training_complete": False}))
    trial = open_source(copy).read().trial(trial_id)
    assert trial is not None
    assert trial.status == "RUNNING"


def test_without_tuner_json_the_trials_are_there_and_the_objective_is_inferred(copy: Path) -> None:
    """What is lost with that file: the budget, the starts, the order; not the trials."""
    (copy / "tuner.json").unlink()
    project = open_source(copy).read()
    assert {trial.trial_id for trial in project.trials} == {item["trial_id"] for item in EXPECTED["trials"]}
    assert project.objective == Objective("val_accuracy", "max", inferred=True)
    assert project.max_trials is None
    assert project.unreadable == ()
