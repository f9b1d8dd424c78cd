"""Run directories, and training Pythons that are small programs: they play the worker in a few lines of shell."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.conftest import trial_file
from tuitune import files
from tuitune.launch import protocol
from tuitune.launch.plan import Plan
from tuitune.launch.runs import RunFollower, RunStatus, runs_root
from tuitune.launch.start import start
from tuitune.project.open import open_project
from tuitune.project.project import Project

PATIENCE_S = 60.0


def eventually(what: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """What `what` answers once that is true. Fails after a generous while."""
    deadline = time.monotonic() + patience_s
    while not (answer := what()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)
    return answer


def is_gone(pid: int) -> bool:
    """Whether the process has ended; one that nobody has buried yet has."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def number_in(path: Path) -> int:
    """The number that a small program writes to `path`, once it has."""
    return int(eventually(lambda: path.is_file() and path.read_text().strip()))


def state_of(run_dir: Path) -> RunStatus:
    """How a run stands."""
    return RunFollower(run_dir).refresh()


def ended(run_dir: Path) -> RunStatus:
    """The run once it does not run any more."""
    return eventually(lambda: (status := state_of(run_dir)).state != "running" and status)  # type: ignore[no-any-return]


class Launch(Protocol):
    """Starts a run whose training Python is a shell script; `$3` is the run directory there."""

    def __call__(self, shell: str, kind: str = "relaunch", **spec: Any) -> Path: ...


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., Plan]:
    """Makes a plan by hand: `plan(python=…, kind=…)`."""

    def make(kind: str = "relaunch", **spec: Any) -> Plan:
        project = tmp_path / "searches" / "project-2" if kind == "relaunch" else None
        (tmp_path / "searches").mkdir(exist_ok=True)
        script = tmp_path / "train.py"
        script.touch()
        full = {
            "kind": kind,
            "created": "2026-01-01T00:00:00+00:00",
            "host": "here",
            "python": sys.executable,
            "script": str(script),
            "argv": [],
            "cwd": str(tmp_path),
            "project": None if project is None else str(project),
            "parent": str(tmp_path / "searches" / "project"),
            "algorithm": "random",
            "planned_trials": 3,
            **spec,
        }
        command = [full["python"], full["script"]]
        return Plan(project, None, "random", (), [], 3, None, command, tmp_path, full, {"parent": "project"})

    return make


@pytest.fixture
def shell_python(tmp_path: Path) -> Callable[[str], str]:
    """Writes a program that stands in for the training Python; returns its path."""

    def make(shell: str) -> str:
        path, text = tmp_path / "python", f"#!/bin/sh\n{shell}\n"
        if not path.exists() or path.read_text() != text:  # what is being written cannot be started
            new = path.with_suffix(".new")
            new.write_text(text)
            new.chmod(0o755)
            new.replace(path)
        return str(path)

    return make


@pytest.fixture
def launch(plan: Callable[..., Plan], shell_python: Callable[[str], str]) -> Iterator[Launch]:
    """Starts runs, and ends at last what they left."""
    started: list[Path] = []

    def begin(shell: str, kind: str = "relaunch", **spec: Any) -> Path:
        spec.setdefault("python", shell_python(shell))
        started.append(runs_root() / start(plan(kind, **spec)))
        return started[-1]

    yield begin
    for run_dir in started:
        end_processes(run_dir)


def end_processes(run_dir: Path) -> None:
    """End what a run has left running: by the pids that its own supervisor wrote down."""
    if not files.is_held(run_dir / protocol.LOCK):
        return
    for event in files.read_lines(run_dir / protocol.EVENTS)[0]:
        if event["event"] == "worker_started":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(event["pid"], signal.SIGKILL)
    eventually(lambda: not files.is_held(run_dir / protocol.LOCK))


@pytest.fixture
def run_dir() -> Callable[..., Path]:
    """Writes a run directory by hand, without any process: `run_dir("name", event("started"), …)`."""

    def make(name: str, *events: dict[str, Any], **spec: Any) -> Path:
        directory = runs_root() / name
        directory.mkdir(parents=True)
        files.write_atomic(directory / protocol.SPEC, {"run": name, "kind": "run", "host": "here", **spec})
        (directory / protocol.LOCK).touch()
        for item in events:
            files.append_line(directory / protocol.EVENTS, item)
        return directory

    return make


def event(name: str, at: float = 1000.0, **fields: Any) -> dict[str, Any]:
    """One line of events.jsonl."""
    return {"time": at, "event": name, **fields}


# ------------------------------------------------------------------------------------ projects to plan from

UNITS: dict[str, Any] = {
    "class_name": "Int",
    "config": {"name": "units", "default": None, "conditions": [], "min_value": 1, "max_value": 4, "step": 1,
               "sampling": "linear"},
}  # fmt: skip
LR: dict[str, Any] = {
    "class_name": "Float",
    "config": {"name": "lr", "default": 0.1, "conditions": [], "min_value": 0.1, "max_value": 1.0, "step": None,
               "sampling": "log"},
}  # fmt: skip


def read(path: Path) -> Project:
    """The project at `path`, of which nothing runs."""
    return open_project(path, lambda: False).read()


def record(project: Path, **facts: Any) -> None:
    """Write facts, as the worker does, beside a script that exists."""
    (project.parent / "train.py").write_text("import keras_tuner\n")
    (project / ".tuitune").mkdir(exist_ok=True)
    full = {"script": "../train.py", "argv": ["random", "7"], "cwd": "..", **facts}
    (project / ".tuitune" / "facts.json").write_text(json.dumps(full))


def finished(count: int) -> list[dict[str, Any]]:
    """So many finished trials."""
    return [trial_file(f"{n:03}", {"units": 1 + n % 4, "lr": 0.1 + n / 999}, n / 10) for n in range(count)]


@pytest.fixture
def project(make_project: Callable[..., Path]) -> Path:
    """A search of thirty trials whose script is recorded."""
    path = make_project(finished(30), [UNITS, LR], "search")
    record(path)
    return path
