"""Curves: epochs.jsonl, TensorBoard logs that are this project's, and honest silence where there are none."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.samples import MakeProject, trial_file
from tuitune.project.keras_tuner import curves as reader
from tuitune.project.keras_tuner.curves import CurveReader, find_log_roots
from tuitune.project.project import Project
from tuitune.project.sources import open_source
from tuitune.project.trials import Trial

SPLITS = ("train", "validation")


def read(path: Path) -> Project:
    """The project at `path`."""
    return open_source(path).read()


def with_epochs(make_project: MakeProject, lines: list[Any], **values: Any) -> tuple[Project, Trial]:
    """A project of one trial with these lines in its epochs.jsonl."""
    path = make_project([trial_file("0", values, 0.5)])
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    (path / "trial_0" / "epochs.jsonl").write_text(text)
    project = read(path)
    return project, project.trials[0]


def test_recorded_epochs_become_one_curve_for_each_metric_and_execution(make_project: MakeProject) -> None:
    """Validation is told by val_, executions stay apart, a repeated epoch counts as it was written last."""
    lines = [
        {"execution": execution, "epoch": epoch, "logs": {"loss": 1.0 / (epoch + 1), "val_loss": execution + epoch}}
        for execution in (0, 1)
        for epoch in (0, 1)
    ] + [{"execution": 0, "epoch": 1, "logs": {"loss": 9.0}}]
    project, trial = with_epochs(make_project, lines)
    curves = CurveReader().read(project, trial)
    assert curves.source == "epochs.jsonl"
    assert curves.metrics == ["loss"]
    assert {(c.split, c.execution): c.values for c in curves.curves} == {
        ("train", 0): (1.0, 9.0),
        ("validation", 0): (0.0, 1.0),
        ("train", 1): (1.0, 0.5),
        ("validation", 1): (1.0, 2.0),
    }
    assert curves.last_epoch == 1


@pytest.mark.parametrize(
    "line",
    [
        "torn",
        {"epoch": 0, "logs": {"loss": 1}},
        {"execution": "0", "epoch": 0, "logs": {"loss": 1}},
        {"execution": 0, "epoch": 0.5, "logs": {"loss": 1}},
        {"execution": 0, "epoch": 10**400, "logs": {"loss": 1}},
        {"execution": 0, "epoch": -1, "logs": {"loss": 1}},
        {"execution": 0, "epoch": 0, "logs": [1]},
        {"execution": 0, "epoch": 0, "logs": {"loss": "1", "acc": None, "m": [1]}},
    ],
)
def test_a_line_of_another_form_is_passed_over(make_project: MakeProject, line: Any) -> None:
    """What is no epoch costs itself."""
    project, trial = with_epochs(make_project, [line, {"execution": 0, "epoch": 3, "logs": {"loss": 2}}])
    (curve,) = CurveReader().read(project, trial).curves
    assert (curve.epochs, curve.values) == ((3,), (2.0,))


def test_the_best_epoch_of_a_promoted_trial_counts_from_its_first_training(make_project: MakeProject) -> None:
    """Hyperband goes on at an initial epoch; best_step counts from there."""
    project, trial = with_epochs(
        make_project, [{"execution": 0, "epoch": 3, "logs": {"loss": 1}}], **{"tuner/initial_epoch": 3}
    )
    assert CurveReader().read(project, trial).best_epoch == 3


def test_where_no_curve_was_recorded_there_is_none(make_project: MakeProject) -> None:
    """No source, no curve, no guess."""
    project = read(make_project([trial_file("0", {}, 0.5), trial_file("1", {}, status="RUNNING")]))
    reader = CurveReader()
    for trial, best in zip(project.trials, (0, None), strict=True):
        found = reader.read(project, trial)
        assert (found.curves, found.source, found.best_epoch) == ((), "", best)
        assert "keeps only the best epoch" in found.why_none


@pytest.mark.parametrize(("name", "source"), [("hyperband", "epochs.jsonl"), ("random", "TensorBoard, logs/random")])
def test_the_samples_curves_agree_with_their_scores(digits: Path, name: str, source: str) -> None:
    """The best validation accuracy, averaged over the executions, is the stored score."""
    project = read(digits / name)
    reader = CurveReader()
    seen = 0
    for trial in project.scored():
        curves = reader.read(project, trial)
        if not curves.curves:
            continue
        seen += 1
        assert curves.source == source
        runs = [c for c in curves.curves if (c.metric, c.split) == ("accuracy", "validation")]
        assert len(runs) == 2
        assert sum(max(run.values) for run in runs) / 2 == pytest.approx(trial.score, rel=1e-6)
        assert {c.split for c in curves.curves} == set(SPLITS)
        if source.startswith("epochs"):
            assert {run.epochs[0] for run in runs} == {trial.initial_epoch}
    assert seen >= 2


def test_logs_of_another_project_are_not_taken(digits: Path) -> None:
    """Projects beside each other number their trials alike; the numbers must agree."""
    project = read(digits / "random")
    logged = next(t for t in project.scored() if (digits / "logs" / "random" / t.trial_id).is_dir())
    other = next(t for t in project.scored() if t.score != logged.score)
    folder = (digits / "logs" / "random").rename(digits / "logs" / "unnamed")
    shutil.rmtree(folder / other.trial_id, ignore_errors=True)
    shutil.copytree(folder / logged.trial_id, folder / other.trial_id)
    reader = CurveReader()
    assert reader.read(project, logged).curves
    assert reader.read(project, other).curves == ()


@pytest.mark.parametrize("status", ["RUNNING", "FAILED", "INVALID"])
def test_a_trial_without_a_score_does_not_show_what_an_older_search_wrote(digits: Path, status: str) -> None:
    """A round whose callback writes where its parent's did: the parent's trial of that number is another one."""
    project = digits / "random"
    logged = next(t for t in read(project).scored() if (digits / "logs" / "random" / t.trial_id).is_dir())
    written = digits / "logs" / "random" / logged.trial_id
    content = trial_file(logged.trial_id, logged.values, status=status)
    (project / f"trial_{logged.trial_id}" / "trial.json").write_text(json.dumps(content))
    for folder, time in ((written, 1000.0), (project / f"trial_{logged.trial_id}", 2000.0)):
        for file in folder.rglob("*"):
            os.utime(file, (time, time))
    now = read(project)
    trial = next(t for t in now.trials if t.trial_id == logged.trial_id)
    assert trial.status == status
    assert CurveReader().read(now, trial).curves == ()
    (newer,) = list((written / "execution0" / "validation").glob("*.tfevents.*"))
    os.utime(newer, (2001.0, 2001.0))
    curves = CurveReader().read(now, trial).curves
    assert {(curve.split, curve.execution) for curve in curves} == {("validation", 0)}


def test_logs_that_come_later_are_found_later(digits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A running search makes its log directory when the first trial trains; it is looked for now and then."""
    monkeypatch.setattr("tuitune.project.keras_tuner.curves._LOOK_AGAIN_S", 0.0)
    project = read(digits / "random")
    trial = next(t for t in project.scored() if (digits / "logs" / "random" / t.trial_id).is_dir())
    shutil.move(str(digits / "logs"), str(digits / ".away"))
    reader = CurveReader()
    assert reader.read(project, trial).curves == ()
    shutil.move(str(digits / ".away"), str(digits / "logs"))
    assert reader.read(project, trial).curves


def test_roots_named_after_the_project_come_first(tmp_path: Path) -> None:
    """Of several log directories that hold the trial ids, the likeliest is looked at first."""
    for root in ("a", "mine", "z"):
        (tmp_path / "logs" / root / "0" / "execution0").mkdir(parents=True)
    (tmp_path / "logs" / "b" / "7" / "execution0").mkdir(parents=True)
    roots = find_log_roots([tmp_path, tmp_path / "none"], {"0"}, "mine")
    assert [root.name for root in roots] == ["mine", "a", "z"]


def test_of_a_huge_file_the_end_is_drawn_and_that_is_said(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is cut, the first line is only a part of one."""
    monkeypatch.setattr(reader, "_MOST_EPOCH_BYTES", 1 << 20)
    lines = [{"execution": 0, "epoch": epoch, "logs": {"loss": 1.0}} for epoch in range(30_000)]
    project, trial = with_epochs(make_project, lines)
    curves = CurveReader().read(project, trial)
    assert curves.source == "epochs.jsonl, its last 1 MiB"
    (curve,) = curves.curves
    assert curve.epochs[-1] == 29_999
    assert 15_000 < len(curve.epochs) < 30_000
