"""A relaunch thought through: budget, names, origin, command. Nothing is written."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.launch.projects import LR, UNITS, finished, read, record
from tuitune.launch.guess import guess_scripts
from tuitune.launch.plan import describe_plan, plan_relaunch, plan_run
from tuitune.launch.recorded import recorded_play
from tuitune.launch.request import Request
from tuitune.launch.runs import runs_root
from tuitune.narrowing.draft import edited
from tuitune.narrowing.proposal import Proposal
from tuitune.project.space import Hyperparameter

MakeProject = Callable[..., Path]


def entries(path: Path) -> Mapping[str, bytes]:
    """Every path below `path`, with its bytes where it is a file."""
    return {str(item): item.read_bytes() if item.is_file() else b"" for item in path.rglob("*")}


def test_a_relaunch_plays_the_recorded_script(project: Path) -> None:
    """Script, arguments, working directory and space are those of the project; the new one lies beside it."""
    found = read(project)
    plan = plan_relaunch(found, found.space, Request())
    script = project.parent / "train.py"
    assert plan.command == [sys.executable, str(script), "random", "7"]
    assert (plan.cwd, plan.project, plan.parent) == (project.parent, project.parent / "search-2", project)
    assert plan.spec["kind"] == "relaunch"
    assert plan.spec["space"] == [UNITS, LR]
    assert (plan.spec["project"], plan.spec["parent"]) == (str(project.parent / "search-2"), str(project))


def test_a_plan_writes_nothing(project: Path) -> None:
    """Neither a directory nor a byte is different after planning, and no run was made."""
    before = entries(project.parent)
    found = read(project)
    for algorithm in ("bayesian", "random", "grid"):
        plan_relaunch(found, found.space, Request(algorithm=algorithm))
    plan_relaunch(found, found.space, Request(algorithm="hyperband", max_epochs=9))
    assert entries(project.parent) == before
    assert not runs_root().exists()


def test_a_dry_run_writes_nothing(project: Path) -> None:
    """`relaunch --dry-run` prints the contract's JSON and leaves project, its neighbours and the state alone."""
    before = entries(project.parent)
    done = subprocess.run(
        [sys.executable, "-m", "tuitune", "relaunch", str(project), "--dry-run", "--top", "50%"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    told = json.loads(done.stdout)
    assert {"project", "algorithm", "space", "changes", "warm_start", "command", "planned_trials"} <= told.keys()
    assert (told["project"], told["algorithm"], told["planned_trials"]) == (f"{project}-2", "bayesian", 15)
    assert [entry["name"] for entry in told["space"]] == ["units", "lr"]
    assert entries(project.parent) == before
    assert not runs_root().exists()


@pytest.mark.parametrize(("count", "planned"), [(0, 10), (19, 10), (30, 15), (41, 20), (200, 50)])
def test_half_as_many_trials_are_planned(make_project: MakeProject, count: int, planned: int) -> None:
    """Without a number: half of the parent's trials, at least 10 and at most 50."""
    path = make_project(finished(count), [UNITS, LR])
    record(path)
    found = read(path)
    plan = plan_relaunch(found, found.space, Request())
    assert (plan.planned_trials, plan.spec["max_trials"]) == (planned, planned)


def test_no_more_trials_are_planned_than_there_are_configurations(make_project: MakeProject) -> None:
    """A space of four configurations is searched with four trials, though more were asked for."""
    path = make_project(finished(3), [UNITS])
    record(path)
    found = read(path)
    plan = plan_relaunch(found, found.space, Request(algorithm="grid", max_trials=30))
    assert (plan.planned_trials, plan.spec["max_trials"]) == (4, 30)


def test_hyperband_takes_the_parents_numbers(make_project: MakeProject) -> None:
    """After a Hyperband search its own max_epochs and factor are the default, and the plan counts its trials."""
    path = make_project(finished(3), [UNITS, LR], max_epochs=9, factor=3, hyperband_iterations=1)
    record(path, executions_per_trial=2, fit_epochs=50)
    found = read(path)
    plan = plan_relaunch(found, found.space, Request(algorithm="hyperband"))
    assert (plan.spec["max_epochs"], plan.spec["factor"], plan.spec["max_trials"]) == (9, 3, None)
    assert (plan.planned_trials, plan.planned_epochs) == (23, 2 * 75)


def test_hyperband_takes_the_epochs_of_fit(project: Path) -> None:
    """After another search the epochs of its `fit` are those of a full training."""
    record(project, fit_epochs=27)
    found = read(project)
    plan = plan_relaunch(found, found.space, Request(algorithm="hyperband", factor=3))
    assert plan.spec["max_epochs"] == 27


def test_hyperband_takes_the_length_of_the_curves(project: Path) -> None:
    """Where `fit` was not recorded, the longest curve of the best trials tells the epochs."""
    lines = [json.dumps({"execution": 0, "epoch": n, "time": 1.0, "logs": {"val_loss": 1.0}}) for n in range(12)]
    (project / "trial_000" / "epochs.jsonl").write_text("\n".join(lines) + "\n")
    found = read(project)
    assert plan_relaunch(found, found.space, Request(algorithm="hyperband")).spec["max_epochs"] == 12


def test_names_count_on(project: Path) -> None:
    """The next round takes the first free number, whatever holds the others."""
    (project.parent / "search-2").mkdir()
    (project.parent / "search-3").write_text("a file")
    (project.parent / "search-4").symlink_to("nowhere")
    found = read(project)
    assert plan_relaunch(found, found.space, Request()).project == project.parent / "search-5"


def test_a_name_can_be_given(project: Path) -> None:
    """--name names the new directory beside the parent."""
    found = read(project)
    assert plan_relaunch(found, found.space, Request(name="narrow lr")).project == project.parent / "narrow lr"


def test_the_origin_tells_how_the_space_was_made(project: Path) -> None:
    """Parent, algorithm, filter, trials and changes go into the new project, and what the parent was called."""
    found = read(project)
    lr = edited(found.space[1], "maximum", "0.5")
    assert isinstance(lr, Hyperparameter)
    request = Request(algorithm="random", where="lr < 0.5", top="20%", chosen=["000", "001"])
    origin = plan_relaunch(found, [found.space[0], lr], request).origin
    assert (origin["parent"], origin["root"], origin["round"]) == ("search", "search", 2)
    assert (origin["algorithm"], origin["where"], origin["top"]) == ("random", "lr < 0.5", "20%")
    assert origin["narrowed_to"] == ["000", "001"]
    assert origin["changes"] == [{"name": "lr", "before": "0.1 … 1 log", "after": "0.1 … 0.5 log", "reason": ""}]
    assert origin["warm_start"] == []


def test_the_origin_tells_why_each_change_was_made(project: Path) -> None:
    """The reason of the proposal that was taken; what differs from it was done by hand."""
    found = read(project)
    lr = edited(found.space[1], "maximum", "0.5")
    assert isinstance(lr, Hyperparameter)
    proposed = Proposal(found.space[1], lr, "narrow", "they lie there", 8)
    for proposal, reason in (
        (proposed, "they lie there"),
        (dataclasses.replace(proposed, proposed=found.space[1]), "by hand"),
    ):
        request = Request(algorithm="random", proposals=[proposal])
        (change,) = plan_relaunch(found, [found.space[0], lr], request).origin["changes"]
        assert change["reason"] == reason


def test_the_rounds_of_a_family_are_numbered_as_they_are_made(project: Path) -> None:
    """Also where two come from the same search: a number names one round."""
    for number, parent in ((2, "search"), (3, "search-2")):
        other = project.parent / f"search-{number}" / ".tuitune"
        other.mkdir(parents=True)
        (other / "origin.json").write_text(json.dumps({"parent": parent, "root": "search", "round": number}))
    found = read(project)
    assert plan_relaunch(found, found.space, Request()).origin["round"] == 4


def test_a_round_of_a_round_keeps_the_root(project: Path) -> None:
    """A relaunch of `search-2` is the third round of `search`, and named after it."""
    second = project.rename(project.parent / "search-2")
    (second / ".tuitune" / "origin.json").write_text(json.dumps({"parent": "search", "root": "search", "round": 2}))
    found = read(second)
    plan = plan_relaunch(found, found.space, Request())
    assert plan.project == second.parent / "search-3"
    assert (plan.origin["parent"], plan.origin["root"], plan.origin["round"]) == ("search-2", "search", 3)
    assert (plan.spec["parent"], plan.spec["plays"]) == (str(second), str(project))


def test_project_and_script_can_move_together(project: Path, tmp_path: Path) -> None:
    """Facts near the project are relative: a directory copied elsewhere is relaunched with its own script."""
    moved = tmp_path.parent / f"{tmp_path.name}-moved"
    tmp_path.rename(moved)
    found = read(moved / "search")
    plan = plan_relaunch(found, found.space, Request())
    assert plan.command[1] == str(moved / "train.py")
    assert plan.cwd == moved
    moved.rename(tmp_path)


def test_another_script_brings_its_own_arguments(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--script counts from here, takes no recorded argument, and runs in its own directory if the project is below."""
    other = project.parent / "other.py"
    other.touch()
    monkeypatch.chdir(project.parent)
    found = read(project)
    plan = plan_relaunch(found, found.space, Request(script="other.py", arguments=["-x"]))
    assert plan.command[1:] == [str(other), "-x"]
    assert plan.cwd == project.parent


def test_arguments_alone_replace_the_recorded_ones(project: Path) -> None:
    """The recorded script with other arguments, none of the old ones kept."""
    found = read(project)
    assert plan_relaunch(found, found.space, Request(arguments=[])).command[2:] == []
    assert plan_relaunch(found, found.space, Request(arguments=["9"])).command[2:] == ["9"]


def test_a_python_that_is_gone_is_replaced(project: Path) -> None:
    """The recorded Python is used where it exists, else the one that runs tuitune."""
    record(project, python="../old-venv/bin/python")
    found = read(project)
    assert plan_relaunch(found, found.space, Request()).spec["python"] == sys.executable


def test_scripts_nearby_are_offered(make_project: MakeProject) -> None:
    """Files that use keras-tuner are found, the one that names the project first; they are only read."""
    path = make_project(finished(2), [UNITS], "deep/inner/search")
    (path.parent / "near.py").write_text("import keras_tuner\n")
    (path.parent.parent / "names.py").write_text("import keras_tuner\nproject_name = 'search'\n")
    (path.parent / "none.py").write_text("raise SystemExit('it was run')\n")
    (path.parent / "talks.py").write_text("'keras_tuner made search'\n")
    (path.parent / "torn.py").write_text("import keras_tuner\nproject_name = 'search\n")
    found = read(path)
    guesses = guess_scripts(found.path)
    assert [guess.script for guess in guesses] == [path.parent.parent / "names.py", path.parent / "near.py"]
    assert [guess.reason for guess in guesses] == ["uses keras-tuner, names this project", "uses keras-tuner"]
    assert recorded_play(found) is None


def test_a_plan_is_described_before_it_runs(project: Path) -> None:
    """The exact command and what it writes and leaves alone can be read before anything starts."""
    record(project, argv=["a b"])
    found = read(project)
    plan = plan_relaunch(found, found.space, Request(algorithm="hyperband", max_epochs=9))
    told = describe_plan(plan)
    assert told["Runs"] == f"{sys.executable} {project.parent}/train.py 'a b'"
    assert (told["Writes"], told["Leaves alone"]) == (f"{project}-2", str(project))
    assert (
        told["Budget"]
        == "23 trials, Hyperband with at most 9 epochs, factor 3, about 75 epochs in all of one execution a trial"
    )
    assert told["Ends"] == "at search(): what train.py does behind it is left out"
    assert "Without" not in told


@pytest.mark.parametrize(
    ("facts", "asked", "epochs", "told"),
    [
        ({}, {}, None, "15 trials, of as many epochs each as the script gives"),
        ({"fit_epochs": 7}, {}, None, "15 trials, of 7 epochs each, as the script gave the parent's, about 105 epochs"),
        ({"fit_epochs": 7, "script_epochs": 7}, {}, None, "of 7 epochs each, as the script gave the parent's"),
        ({"fit_epochs": 7, "script_epochs": 2}, {}, 7, "of 7 epochs each as the parent's, whatever the script says"),
        ({"fit_epochs": 7}, {"epochs": 4}, 4, "15 trials, of 4 epochs each, about 60 epochs in all"),
        ({"fit_epochs": 7, "executions_per_trial": 2}, {"epochs": 4}, 4, "of 4 epochs each, about 120 epochs in all"),
        (
            {"fit_epochs": 7},
            {"epochs": 4, "environment": {"KERAS_MAX_EPOCHS": "1"}},
            4,
            "of 1 epoch each, where KERAS_MAX_EPOCHS ends them, about 15 epochs in all",
        ),
    ],
)
def test_every_budget_says_its_epochs(
    make_project: MakeProject, facts: dict[str, Any], asked: dict[str, Any], epochs: int | None, told: str
) -> None:
    """The script's, unless the parent's trials were given others, or the user asks for others."""
    path = make_project(finished(30), [UNITS, LR])
    record(path, **facts)
    found = read(path)
    plan = plan_relaunch(found, found.space, Request(algorithm="random", **asked))
    assert plan.spec["epochs"] == epochs
    assert told in describe_plan(plan)["Budget"]
    is_other = bool(asked)
    assert ("30 trained for 7 epochs" in describe_plan(plan)["Starts"]) == is_other


def test_variables_of_another_search_are_dropped_with_a_word(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would make the training a worker of somebody's chief."""
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "chief")
    record(project)
    found = read(project)
    told = describe_plan(plan_relaunch(found, found.space, Request()))
    assert told["Without"] == "KERASTUNER_TUNER_ID: the search would become a part of another one"


def test_what_decides_a_training_is_as_recorded(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not as this shell has it; what only the project's own files say of it wants a yes."""
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    record(project, environment={"KERAS_BACKEND": "torch", "KERAS_MAX_EPOCHS": "2", "PATH": "/evil"})
    found = read(project)
    plan = plan_relaunch(found, found.space, Request())
    assert plan.spec["environment"] == {"KERAS_BACKEND": "torch", "KERAS_MAX_EPOCHS": "2"}
    assert plan.command_line().startswith("KERAS_BACKEND=torch KERAS_MAX_EPOCHS=2 ")
    assert "environment" in plan.unproved
    own = plan_relaunch(found, found.space, Request(environment={"KERAS_BACKEND": "", "KERAS_MAX_EPOCHS": "3"}))
    assert own.spec["environment"] == {"KERAS_MAX_EPOCHS": "3"}
    record(project)
    found = read(project)
    assert plan_relaunch(found, found.space, Request()).spec["environment"] == {"KERAS_BACKEND": "jax"}


def test_a_first_search_is_planned_as_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`run` plays the script here with its arguments; which project it writes is its own affair."""
    (tmp_path / "train.py").touch()
    monkeypatch.chdir(tmp_path)
    plan = plan_run("train.py", ["--epochs", "3"], None)
    assert plan.command == [sys.executable, str(tmp_path / "train.py"), "--epochs", "3"]
    assert (plan.cwd, plan.project, plan.spec["kind"], plan.planned_trials) == (tmp_path, None, "run", None)
