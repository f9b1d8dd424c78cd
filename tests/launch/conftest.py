"""Run directories, and training Pythons that are small programs: they play the worker in a few lines of shell."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.launch.processes import Launch, end_processes
from tests.launch.projects import LR, UNITS, finished, record
from tuitune import files
from tuitune.launch import protocol
from tuitune.launch.plan import Plan
from tuitune.launch.runs import runs_root
from tuitune.launch.start import start


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


@pytest.fixture
def project(make_project: Callable[..., Path]) -> Path:
    """A search of thirty trials whose script is recorded."""
    path = make_project(finished(30), [UNITS, LR], "search")
    record(path)
    return path
