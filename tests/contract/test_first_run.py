"""`tuitune run`: the script's own search, unchanged, with facts and curves recorded."""

from __future__ import annotations

import json

import pytest

from tests.contract.world import Ended, World, lines, trials

pytestmark = pytest.mark.keras


def test_the_search_ends_with_all_its_trials(searched: tuple[World, Ended]) -> None:
    """A first search comes to its end, and the run knows its project and how many trials were done."""
    world, ended = searched
    status = world.run(ended.run)
    assert ended.status == 0, ended.said
    assert ended.project == world.root / "searches" / "first"
    assert (status["state"], status["done"], status["planned"]) == ("finished", 4, 4)
    assert [trial["status"] for trial in trials(ended.project)] == ["COMPLETED"] * 4


def test_the_script_runs_to_its_end(searched: tuple[World, Ended]) -> None:
    """What a script does after its search is done too when nothing is relaunched."""
    _, ended = searched
    assert "Results summary" in ended.log
    assert "AFTER THE SEARCH" in ended.log


def test_facts_hold_what_keras_tuner_does_not_keep(searched: tuple[World, Ended]) -> None:
    """facts.json tells objective, tuner, budget and the command, its paths relative to the project."""
    _, ended = searched
    facts = json.loads((ended.project / ".tuitune" / "facts.json").read_text())
    assert facts["objective"] == {"name": "val_loss", "direction": "min"}
    assert (facts["tuner_class"], facts["tuner_kind"]) == ("RandomSearch", "RandomSearch")
    assert (facts["max_trials"], facts["executions_per_trial"], facts["fit_epochs"]) == (4, 2, 2)
    assert (facts["script"], facts["cwd"]) == ("../../train.py", "../..")
    assert facts["argv"] == ["random", "first", "inside"]
    assert facts["run"] == ended.run
    assert {"python", "keras_tuner", "keras", "tensorflow"} <= facts["versions"].keys()


def test_info_presents_the_facts_as_facts(searched: tuple[World, Ended]) -> None:
    """`info` names the objective without calling it inferred, and the budget that oracle.json lacks."""
    world, ended = searched
    info = json.loads(world.tuitune("info", ended.project, "--format", "json").stdout)
    assert info["objective"] == {"name": "val_loss", "direction": "min", "inferred": False}
    assert (info["tuner"], info["max_trials"], info["executions_per_trial"]) == ("RandomSearch", 4, 2)
    assert info["problems"] == []


def test_curves_are_what_keras_reports(searched: tuple[World, Ended]) -> None:
    """epochs.jsonl holds each epoch of each execution, with the very numbers that a callback was given."""
    world, ended = searched
    reported = [line for line in lines(world.root / "witness.jsonl") if "epoch" in line][:16]
    recorded = [
        line
        for trial in trials(ended.project)
        for line in lines(ended.project / f"trial_{trial['trial_id']}" / "epochs.jsonl")
    ]
    assert [(line["execution"], line["epoch"]) for line in recorded] == [(0, 0), (0, 1), (1, 0), (1, 1)] * 4
    assert [line["logs"] for line in recorded] == [line["logs"] for line in reported]


def test_show_prints_the_curve_of_a_trial(searched: tuple[World, Ended]) -> None:
    """`show` reads the recorded curves back."""
    world, ended = searched
    shown = json.loads(world.tuitune("show", ended.project, "0", "--format", "json").stdout)
    first = lines(ended.project / "trial_0" / "epochs.jsonl")[0]["logs"]["val_loss"]
    assert str(first) in json.dumps(shown["curves"])
