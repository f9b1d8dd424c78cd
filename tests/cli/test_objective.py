"""Saying which metric a search optimizes, where its files do not tell; and what is wrong with a project or a box."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.samples import DIGITS, REPOSITORY
from tuitune.cli.commands import cli

PROJECTS = REPOSITORY / "tests" / "projects"


def tuitune(*arguments: str | Path) -> Result:
    """What a command says."""
    return CliRunner().invoke(cli, [str(item) for item in arguments])


@pytest.fixture
def two_objectives(tmp_path: Path) -> Path:
    """A search that was opened again with another objective."""
    return Path(shutil.copytree(PROJECTS / "b-resumed_other_objective" / "project", tmp_path / "project"))


def test_the_users_word_counts_and_is_remembered(two_objectives: Path) -> None:
    """Said once, the best trial is known from then on, and ranked are the scores of that objective only."""
    assert tuitune("best", two_objectives).exit_code == 1
    said = json.loads(tuitune("best", two_objectives, "--objective", "b:max").stdout)
    assert said[0]["score"] == said[0]["metrics"]["b"]
    assert json.loads(tuitune("best", two_objectives).stdout) == said
    info = json.loads(tuitune("info", two_objectives, "--format", "json").stdout)
    assert info["objective"] == {"name": "b", "direction": "max", "inferred": False}
    ranked = json.loads(tuitune("best", two_objectives, "-n", "99").stdout)
    assert len(ranked) == 3


@pytest.mark.parametrize(
    ("text", "words", "status"),
    [
        ("b", "no metric with a direction", 2),
        ("b:up", "no metric with a direction", 2),
        (":max", "no metric with a direction", 2),
        ("c:max", "no trial has a metric 'c'", 2),
    ],
)
def test_what_cannot_be_an_objective_is_refused_and_not_remembered(
    two_objectives: Path, text: str, words: str, status: int
) -> None:
    """One sentence, and the project stays as it is."""
    result = tuitune("info", two_objectives, "--objective", text)
    assert (result.exit_code, words in result.stderr) == (status, True)
    assert not (two_objectives / ".tuitune").exists()


def test_other_notes_stay(two_objectives: Path) -> None:
    """The objective is one entry among what else is noted."""
    (two_objectives / ".tuitune").mkdir()
    (two_objectives / ".tuitune" / "notes.json").write_text('{"pins": ["1"]}')
    tuitune("info", two_objectives, "--objective", "a:min")
    notes = json.loads((two_objectives / ".tuitune" / "notes.json").read_text())
    assert notes == {"pins": ["1"], "objective": {"name": "a", "direction": "min"}}


def test_a_relaunch_writes_nothing_beside_the_parent(digits: Path) -> None:
    """Its objective holds for the plan only."""
    before = sorted(path.relative_to(digits) for path in (digits / "random").rglob("*"))
    given = ("--objective", "val_loss:min", "--script", str(digits / "train.py"), "--dry-run")
    result = tuitune("relaunch", digits / "random", *given, "--", "random", "3")
    assert result.exit_code == 0, result.stderr
    assert sorted(path.relative_to(digits) for path in (digits / "random").rglob("*")) == before


def doctor(*arguments: str | Path) -> dict[str, dict[str, Any]]:
    """What the doctor finds, by subject."""
    result = tuitune("doctor", *arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return {finding["subject"]: finding for finding in json.loads(result.stdout)}


def test_the_doctor_names_the_file_and_what_it_means() -> None:
    """A trial that a full disk tore; a search that a kill ended."""
    torn = doctor(PROJECTS / "efbig-trial" / "project")
    assert torn["trial_00/trial.json"]["state"] == "problem"
    assert "the disk was full" in torn["trial_00/trial.json"]["found"]
    killed = doctor(DIGITS / "killed")
    assert "killed or lost in the middle of this trial" in killed["trial_05/trial.json"]["found"]
    assert killed["disk"]["state"] in ("ok", "problem")


def test_the_doctor_finds_nothing_wrong_with_a_whole_project() -> None:
    """All is read, and it says so."""
    found = doctor(DIGITS / "random")
    assert found["files"]["state"] == "ok"
    assert "40 trials" in found["files"]["found"]


def test_the_doctor_tells_of_an_unknown_objective_and_what_to_say(two_objectives: Path) -> None:
    """The metrics that it can be are named."""
    found = doctor(two_objectives)
    assert found["objective"]["state"] == "note"
    assert "--objective NAME:max" in found["objective"]["advice"]


def test_the_doctor_looks_at_the_box() -> None:
    """Python, the libraries that train, graphics cards, the directories that are written."""
    found = doctor()
    assert {"python", "keras-tuner", "gpu", "runs", "cache"} <= found.keys()
    assert tuitune("doctor").exit_code == 0


def test_a_state_directory_that_cannot_be_used_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variable that moves it."""
    monkeypatch.setattr("tuitune.launch.health.os.access", lambda path, mode: False)
    found = doctor()
    assert found["runs"]["state"] == "problem"
    assert "XDG_STATE_HOME" in found["runs"]["advice"]
