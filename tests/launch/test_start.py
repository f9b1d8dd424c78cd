"""Starting a planned search: the directories it makes, and that a refusal leaves nothing behind."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.launch.processes import Launch, ended
from tuitune.errors import TuituneError
from tuitune.launch import protocol
from tuitune.launch.plan import Plan
from tuitune.launch.runs import runs_root
from tuitune.launch.start import start


def test_the_run_directory_is_the_users_alone(launch: Launch) -> None:
    """Logs may hold secrets: nobody else can open the directory of a run."""
    run_dir = launch("exit 0")
    ended(run_dir)
    assert stat.S_IMODE(run_dir.stat().st_mode) == 0o700
    assert run_dir.parent == runs_root()


def test_the_new_project_says_where_it_comes_from(launch: Launch, tmp_path: Path) -> None:
    """origin.json is there before the search begins, with the run that writes the project."""
    run_dir = launch("mkdir searches/project-2/trial_0; exit 0")
    origin = json.loads((tmp_path / "searches" / "project-2" / ".tuitune" / "origin.json").read_text())
    ended(run_dir)
    assert origin == {"parent": "project", "run": run_dir.name}


def test_a_run_is_named_after_its_project(launch: Launch) -> None:
    """Its id is the time, then the new project's name; two of one second differ."""
    first = launch("exit 0")
    ended(first)
    assert first.name.endswith("-project-2")
    assert json.loads((first / protocol.SPEC).read_text())["run"] == first.name


def test_runs_of_one_second_get_different_ids(launch: Launch) -> None:
    """Several first searches of one script at once do not share a directory."""
    runs = [launch("exit 0", "run") for _ in range(4)]
    assert len({run.name for run in runs}) == 4
    assert {(status.state, status.reason) for status in map(ended, runs)} == {("finished", "the search ended")}


def test_a_project_made_meanwhile_is_left_alone(plan: Callable[..., Plan], tmp_path: Path) -> None:
    """Where somebody made the new directory since the plan, nothing starts and nothing of theirs is touched."""
    made = plan()
    theirs = tmp_path / "searches" / "project-2"
    theirs.mkdir()
    (theirs / "oracle.json").write_text("{}")
    with pytest.raises(TuituneError) as caught:
        start(made)
    assert str(caught.value) == f"Cannot start: {theirs} was made by somebody else just now.\nTry again."
    assert (theirs / "oracle.json").read_text() == "{}"
    assert list(runs_root().iterdir()) == []


def test_a_state_directory_that_cannot_be_written_is_said(
    plan: Callable[..., Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence names the place and how to choose another; no project is made."""
    (tmp_path / "state").write_text("a file")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with pytest.raises(TuituneError) as caught:
        start(plan())
    assert caught.value.message == f"{runs_root()} cannot be written: not a directory."
    assert caught.value.hint == "Set XDG_STATE_HOME to a directory of yours."
    assert os.listdir(tmp_path / "searches") == []


def test_a_project_that_cannot_be_made_leaves_no_run(plan: Callable[..., Plan], tmp_path: Path) -> None:
    """Where the parent's directory vanished since the plan, the run's directory is removed again."""
    made = plan()
    (tmp_path / "searches").rmdir()
    with pytest.raises(TuituneError) as caught:
        start(made)
    assert caught.value.message == f"{tmp_path}/searches/project-2 cannot be written: no such file or directory."
    assert list(runs_root().iterdir()) == []


def test_a_supervisor_that_cannot_start_leaves_nothing(
    plan: Callable[..., Plan],
    shell_python: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the supervisor said last is in the sentence, and neither run nor project stays."""
    made = plan()
    monkeypatch.setattr(sys, "executable", shell_python("echo first; echo no memory left >&2; exit 3"))
    with pytest.raises(TuituneError) as caught:
        start(made)
    assert caught.value.message == "the supervisor ended at once: no memory left."
    assert os.listdir(tmp_path / "searches") == []
    assert list(runs_root().iterdir()) == []
