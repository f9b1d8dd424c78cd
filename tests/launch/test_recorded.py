"""Whose word counts about what is run: the user's own runs, never a project's files alone; nothing runs to find out."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.launch.projects import LR, UNITS, read, record
from tuitune.errors import TuituneError
from tuitune.launch import protocol
from tuitune.launch.plan import Plan, plan_relaunch
from tuitune.launch.recorded import recorded_play
from tuitune.launch.request import Request
from tuitune.launch.resume import plan_resume
from tuitune.launch.runs import runs_root
from tuitune.launch.start import begin
from tuitune.project.notes import parse_objective, remember_objective

MakeRun = Callable[..., Path]
ROUND: dict[str, Any] = {"kind": "relaunch", "algorithm": "random", "planned_trials": 90, "max_trials": 90,
                         "space": [UNITS, LR]}  # fmt: skip


@pytest.fixture
def spy(tmp_path: Path) -> Path:
    """A program that leaves a trace where it is started."""
    path = tmp_path / "spy"
    path.write_text(f'#!/bin/sh\necho "$0 $*" >> {tmp_path}/ran.txt\nexec {sys.executable} "$@"\n')
    path.chmod(0o755)
    return path


def has_run(spy: Path) -> bool:
    """Whether the program was started."""
    return (spy.parent / "ran.txt").exists()


def as_own_run(run_dir: MakeRun, project: Path, **spec: Any) -> Path:
    """A run of this machine that searched `project`."""
    full = {"host": socket.gethostname(), "project": str(project), "script": str(project.parent / "train.py"),
            "argv": ["mine"], "cwd": str(project.parent), "python": "/usr/bin/env", "parent": str(project),
            "plays": str(project), **ROUND, **spec}  # fmt: skip
    return run_dir("20260101-000000-mine", **full)


def planned(path: Path, **request: Any) -> Plan:
    """The relaunch of a project."""
    found = read(path)
    return plan_relaunch(found, found.space, Request(algorithm="random", **request))


def test_what_only_the_project_says_is_planned_but_wants_a_yes(project: Path, spy: Path) -> None:
    """The whole command is shown, and what of it nobody but the project's files says; nothing is executed."""
    record(project, python=str(spy))
    plan = planned(project)
    assert plan.unproved == ("script", "arguments", "directory", "Python")
    assert plan.to_json()["unproved"] == list(plan.unproved)
    with pytest.raises(TuituneError) as caught:
        begin(plan)
    assert f"{spy} {project.parent / 'train.py'} random 7\n  in {project.parent}" in str(caught.value)
    assert caught.value.exit_code == 2
    assert "--yes" in caught.value.hint
    assert not has_run(spy)
    assert not runs_root().exists()
    assert not (project.parent / "search-2").exists()


def test_a_run_of_ones_own_counts_and_not_the_projects_files(project: Path, run_dir: MakeRun, spy: Path) -> None:
    """Where the user's runs hold one of that very directory, what it was started with is played, without a question."""
    record(project, python=str(spy), script="/tmp/evil.py", run="20260101-000000-mine")
    as_own_run(run_dir, project)
    plan = planned(project)
    assert plan.command == ["/usr/bin/env", str(project.parent / "train.py"), "mine"]
    assert plan.doubt() == ""
    assert not has_run(spy)


@pytest.mark.parametrize("kind", ["copy", "moved", "other machine", "other project", "link to it"])
def test_a_run_of_another_place_proves_nothing(project: Path, run_dir: MakeRun, kind: str) -> None:
    """A copy, a directory that was moved, a home that several machines share, a run that the project merely names."""
    as_own_run(run_dir, project, **({"host": "elsewhere"} if kind == "other machine" else {}))
    path = project.parent / "download" / "search"
    path.parent.mkdir()
    record(project, run="20260101-000000-mine")
    if kind == "copy":
        shutil.copytree(project, path)
    elif kind == "moved":
        project.rename(path)
    elif kind == "other project":
        shutil.copytree(project, path)
        (path / ".tuitune" / "facts.json").write_text(json.dumps({"script": "../train.py", "run": "../../runs"}))
    else:
        path = project
    if kind == "link to it":
        (project.parent / "link").symlink_to(project)
        assert planned(project.parent / "link").unproved == ()  # the very directory
        return
    (path.parent / "train.py").write_text("import keras_tuner\n")
    assert "script" in planned(path).unproved


def test_what_the_user_says_is_no_doubt(project: Path, spy: Path) -> None:
    """A script that is given takes nothing from the project's files, their Python neither."""
    record(project, python=str(spy))
    plan = planned(project, script=str(project.parent / "train.py"))
    assert plan.unproved == ()
    assert plan.command[0] != str(spy)
    assert planned(project, arguments=["1"], cwd="/", python="/usr/bin/env").unproved == ("script",)


def test_a_guess_wants_a_yes(project: Path) -> None:
    """It is told why it was guessed."""
    plan = planned(project, script=str(project.parent / "train.py"), guess="builds a tuner")
    with pytest.raises(TuituneError) as caught:
        begin(plan)
    assert "a guess: it builds a tuner" in caught.value.message


def test_a_round_of_a_download_is_not_resumed_unseen(project: Path, spy: Path) -> None:
    """round.json is the project's word, too."""
    script = project.parent / "train.py"
    spec = {**ROUND, "script": str(script), "argv": [], "cwd": "/", "python": str(spy), "parent": "/p", "plays": "/p"}
    (project / ".tuitune" / protocol.ROUND).write_text(json.dumps(spec))
    plan = plan_resume(read(project))
    with pytest.raises(TuituneError) as caught:
        begin(plan)
    assert f"{spy} {script}" in str(caught.value)
    assert not has_run(spy)


def test_a_round_of_ones_own_is_resumed_as_the_run_has_it(project: Path, run_dir: MakeRun, spy: Path) -> None:
    """Whatever has become of round.json."""
    as_own_run(run_dir, project)
    (project / ".tuitune" / protocol.ROUND).write_text(json.dumps({**ROUND, "python": str(spy)}))
    plan = plan_resume(read(project))
    assert plan.command == ["/usr/bin/env", str(project.parent / "train.py"), "mine"]
    assert plan.doubt() == ""


@pytest.mark.parametrize("root", ["..", ".", "", "a/b", "/tmp", "a\0b", 3, None])
def test_a_root_that_names_another_place_is_none(project: Path, root: object) -> None:
    """Neither the project that is played nor the new one lies outside the directory."""
    (project / ".tuitune" / "origin.json").write_text(json.dumps({"parent": "x", "root": root, "round": 2}))
    plan = planned(project)
    assert plan.project == project.parent / "search-2"
    assert plan.spec["plays"] == str(project)


def test_a_tuitune_folder_that_is_a_link_is_nobodys(project: Path, tmp_path: Path) -> None:
    """Nothing is read there as the project's word, and nothing is written."""
    elsewhere = tmp_path / "elsewhere"
    (project / ".tuitune").rename(elsewhere)
    (project / ".tuitune").symlink_to(elsewhere)
    before = {path.name: path.read_bytes() for path in elsewhere.iterdir()}
    assert recorded_play(read(project)) is None
    assert not remember_objective(project, parse_objective("val_loss:min"))
    assert {path.name: path.read_bytes() for path in elsewhere.iterdir()} == before


@pytest.mark.parametrize("what", ["trial_003", "trial_003/trial.json", "oracle.json"])
def test_a_search_does_not_go_on_through_a_link(project: Path, run_dir: MakeRun, tmp_path: Path, what: str) -> None:
    """What it writes would land in somebody else's file."""
    as_own_run(run_dir, project)
    (project / what).rename(tmp_path / "theirs")
    (project / what).symlink_to(tmp_path / "theirs")
    with pytest.raises(TuituneError) as caught:
        plan_resume(read(project))
    assert str(project / what) in caught.value.message
    assert "is a link" in caught.value.message


@pytest.mark.parametrize("missing", [0, 1])
def test_a_search_that_was_killed_behind_its_last_trial_can_be_resumed(
    project: Path, run_dir: MakeRun, missing: int
) -> None:
    """All of its trials are there, and oracle.json does not know it yet: nothing but that is left to do."""
    trials = [trial.trial_id for trial in read(project).trials]
    oracle = json.loads((project / "oracle.json").read_text())
    known = trials[: len(trials) - missing]
    (project / "oracle.json").write_text(json.dumps({**oracle, "start_order": trials, "end_order": known}))
    script = project.parent / "train.py"
    script.touch()
    spec = {**ROUND, "script": str(script), "argv": [], "cwd": "/", "python": sys.executable}
    spec.update(parent="/p", plays="/p", planned_trials=len(trials))
    (project / ".tuitune" / protocol.ROUND).write_text(json.dumps(spec))
    if missing:
        assert plan_resume(read(project)).planned_trials == len(trials)
        return
    with pytest.raises(TuituneError, match=f"has all of its {len(trials)} trials"):
        plan_resume(read(project))
