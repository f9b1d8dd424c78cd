"""What the worker writes down: portable paths, curves, events."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from tuitune.worker.report import Report, portable_path

SPEC = {"script": "/code/train.py", "argv": ["-x"], "cwd": "/code"}


@pytest.mark.parametrize(
    ("path", "stored"),
    [
        ("/home/me/code/train.py", "../../train.py"),
        ("/home/me/code/searches/lr/own.py", "own.py"),
        ("/home/me/code", "../.."),
        ("/home/me/venv/bin/python", "../../../venv/bin/python"),
        ("/opt/venv/bin/python", "../../../../../opt/venv/bin/python"),
    ],
)
def test_a_path_near_the_project_is_relative(path: str, stored: str) -> None:
    """Up to five levels up, so that project and script can move together."""
    assert portable_path(path, Path("/home/me/code/searches/lr")) == stored


def test_a_path_far_from_the_project_is_absolute() -> None:
    """Six levels up and more, a relative path says nothing any more."""
    assert portable_path("/opt/python", Path("/home/me/code/searches/deep/lr")) == "/opt/python"


def test_relative_paths_count_from_where_the_project_really_is(tmp_path: Path) -> None:
    """A project reached by a symbolic link stores what leads from its real place to the script."""
    (tmp_path / "disk" / "a" / "lr").mkdir(parents=True)
    (tmp_path / "lr").symlink_to("disk/a/lr")
    assert portable_path(str(tmp_path / "train.py"), tmp_path / "lr") == "../../../train.py"


def test_epochs_hold_numbers_only(tmp_path: Path) -> None:
    """Each metric as a float; what is no number is left out, NaN is kept."""
    (tmp_path / "trial_0").mkdir()
    Report(tmp_path, SPEC, 0).epoch(
        tmp_path / "trial_0", "0", 1, 4, {"loss": 1, "lr": "x", "nan": math.nan, "none": None}
    )
    line = json.loads((tmp_path / "trial_0" / "epochs.jsonl").read_text())
    assert (line["execution"], line["epoch"]) == (1, 4)
    assert line["logs"]["loss"] == 1.0
    assert math.isnan(line["logs"]["nan"])
    assert set(line["logs"]) == {"loss", "nan"}


def test_every_epoch_is_in_the_curve_but_not_in_the_events(tmp_path: Path) -> None:
    """Quick epochs do not flood the run's events; the first is told at once."""
    (tmp_path / "trial_0").mkdir()
    report = Report(tmp_path, SPEC, 0)
    for epoch in range(50):
        report.epoch(tmp_path / "trial_0", "0", 0, epoch, {"loss": 1.0})
    told = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert len((tmp_path / "trial_0" / "epochs.jsonl").read_text().splitlines()) == 50
    assert told[0]["epoch"] == 0
    assert len(told) < 50


def test_a_trial_that_begins_again_begins_its_curve_again(tmp_path: Path) -> None:
    """A retried trial has one curve; forgetting where there is none is no error."""
    report = Report(tmp_path, SPEC, 0)
    report.forget_epochs(tmp_path)
    report.epoch(tmp_path, "0", 0, 9, {})
    report.forget_epochs(tmp_path)
    report.epoch(tmp_path, "0", 0, 0, {})
    assert json.loads((tmp_path / "epochs.jsonl").read_text())["epoch"] == 0


def test_what_cannot_be_written_does_not_end_the_search(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run directory or a project that vanished costs records, and the log says so."""
    gone = tmp_path / "gone"
    report = Report(gone, SPEC, 0)
    report.event("trial_started", trial_id="0")
    report.epoch(gone, "0", 0, 0, {"loss": 1.0})
    report.facts(gone, {})
    said = capsys.readouterr().err
    assert said.count("tuitune: ") >= 3
    assert "No such file or directory" in said
