"""Projects that a kill left half written, made whole enough for keras-tuner to go on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.samples import MakeProject, trial_file
from tuitune.worker.repair import BrokenError, keep_state, repair


def state(project: Path) -> dict[str, object]:
    """oracle.json."""
    found: dict[str, object] = json.loads((project / "oracle.json").read_text())
    return found


@pytest.fixture
def project(make_project: MakeProject) -> Path:
    """Four trials; the last one was being searched."""
    trials = [trial_file(str(n), {"lr": 0.1}, n / 4) for n in range(3)]
    trials.append(trial_file("3", {"lr": 0.2}, status="RUNNING"))
    path = make_project(trials, ongoing_trials={"tuner0": "3"}, end_order=["0", "1", "2"])
    (path / ".tuitune").mkdir()
    return path


def test_a_whole_project_is_left_alone(project: Path) -> None:
    """Byte by byte."""
    before = {path: path.read_bytes() for path in project.rglob("*.json")}
    assert repair(project) == []
    assert {path: path.read_bytes() for path in project.rglob("*.json")} == before


def test_a_round_that_wrote_nothing_needs_nothing(tmp_path: Path) -> None:
    """It was killed before keras-tuner began."""
    assert repair(tmp_path) == []


def test_the_last_trial_torn_is_tried_again_under_its_number(project: Path) -> None:
    """Nothing lists it any more; its bytes are kept beside it."""
    torn = project / "trial_3" / "trial.json"
    torn.write_text('{"trial_id": "3", "hyperp')
    (sentence,) = repair(project)
    assert sentence == "trial 3: torn or lost, and tried again under the same number"
    assert not torn.exists()
    assert (project / "trial_3" / "trial.json.torn").read_text().startswith('{"trial_id"')
    assert (state(project)["ongoing_trials"], state(project)["start_order"]) == ({}, ["0", "1", "2"])


def test_a_torn_trial_before_others_stays_as_failed(project: Path) -> None:
    """keras-tuner numbers by counting: a gap would have it write over a later trial."""
    (project / "trial_1" / "trial.json").write_text("")
    assert repair(project) == ["trial 1: torn or lost, and failed from now on"]
    trial = json.loads((project / "trial_1" / "trial.json").read_text())
    assert (trial["status"], trial["score"]) == ("FAILED", None)
    assert len(list(project.glob("trial_*/trial.json"))) == 4
    assert "1" in state(project)["end_order"]  # type: ignore[operator]


def test_a_trial_that_was_announced_and_never_written_is_forgotten(project: Path) -> None:
    """Also among the brackets of a Hyperband search."""
    content = state(project)
    content["brackets"] = [{"bracket_num": 1, "rounds": [[{"past_id": None, "id": "2"}, {"past_id": None, "id": "3"}]]}]
    (project / "oracle.json").write_text(json.dumps(content))
    (project / "trial_3" / "trial.json").unlink()
    repair(project)
    assert state(project)["ongoing_trials"] == {}
    assert state(project)["brackets"] == [{"bracket_num": 1, "rounds": [[{"past_id": None, "id": "2"}]]}]


def test_a_torn_oracle_is_put_back_from_what_was_kept(project: Path) -> None:
    """The state after the last trial that began."""
    keep_state(project)
    before = state(project)
    (project / "oracle.json").write_text('{"ongoing_tr')
    assert "put back" in repair(project)[0]
    assert state(project) == before


def test_a_torn_oracle_of_which_nothing_was_kept_is_an_error(project: Path) -> None:
    """And nothing is changed."""
    (project / "oracle.json").write_text("{")
    with pytest.raises(BrokenError, match="no older state was kept"):
        repair(project)
    assert (project / "oracle.json").read_text() == "{"


def test_a_trial_that_ended_is_no_longer_ongoing(project: Path) -> None:
    """keras-tuner saves the end of a trial before it takes it from the ongoing; it would run it a second time."""
    content = state(project)
    content.update(ongoing_trials={"tuner0": "2"}, end_order=["0", "1", "2", "2"])
    (project / "oracle.json").write_text(json.dumps(content))
    (project / "trial_3" / "trial.json").unlink()
    (project / "trial_3").rmdir()
    content["start_order"] = ["0", "1", "2"]
    (project / "oracle.json").write_text(json.dumps(content))
    assert repair(project) == []
    assert (state(project)["ongoing_trials"], state(project)["end_order"]) == ({}, ["0", "1", "2"])
