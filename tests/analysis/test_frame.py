"""A project as a pandas DataFrame."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

import tuitune
from tests.samples import DIGITS, MakeProject, trial_file
from tuitune.errors import TuituneError


def test_a_frame_has_one_row_a_trial_with_its_values_and_metrics() -> None:
    """The sample's random search, as a notebook sees it."""
    search = tuitune.read(DIGITS / "random")
    frame = search.frame()
    assert frame.index.name == "trial_id"
    assert list(frame.index) == [trial.trial_id for trial in search.project.trials]
    best = search.project.best
    assert best is not None
    assert frame.loc[best.trial_id, "score"] == best.score == frame["score"].max()
    assert frame.loc[best.trial_id, "lr"] == best.values["lr"]
    assert pd.api.types.is_datetime64_any_dtype(frame["started"])


def test_a_frame_can_be_filtered_like_the_table() -> None:
    """The same language as everywhere."""
    search = tuitune.read(str(DIGITS / "random"))
    frame = search.frame("score >= 0.9 and model_type == 'dense'")
    assert 0 < len(frame) < len(search.project.trials)
    assert (frame["score"] >= 0.9).all()
    assert set(frame["model_type"]) == {"dense"}


def test_nan_scores_and_missing_times_are_missing_in_the_frame(make_project: MakeProject) -> None:
    """A project without times and with a NaN makes a frame too."""
    path = make_project([trial_file("0", {"x": 1}, math.nan), trial_file("1", {}, 0.5)])
    frame = tuitune.read(path).frame()
    assert frame["score"].isna().tolist() == [True, False]
    assert frame["started"].isna().all()


def test_a_frame_of_all_rounds_has_a_column_for_the_round(make_project: MakeProject) -> None:
    """A family of one is a family."""
    path = make_project([trial_file("0", {"lr": 0.1}, 0.5)])
    frame = tuitune.read(path).frame(rounds=True)
    assert list(frame.index) == ["1/0"]
    assert list(frame["round"]) == [1]


def test_an_empty_project_makes_an_empty_frame(make_project: MakeProject) -> None:
    """No trials, no rows, no error."""
    assert len(tuitune.read(make_project()).frame()) == 0


def test_a_hyperparameter_called_started_stays_itself(make_project: MakeProject) -> None:
    """A name that is also a fact's is no time."""
    path = make_project([trial_file("0", {"started": "warm"}, 0.5)])
    assert list(tuitune.read(path).frame()["started"]) == ["warm"]


def test_a_path_that_is_no_project_is_refused(tmp_path: Path) -> None:
    """A notebook gets the same sentence as the command line."""
    with pytest.raises(TuituneError, match="Not a keras-tuner project"):
        tuitune.read(tmp_path)
