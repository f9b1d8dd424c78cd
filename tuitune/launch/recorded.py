"""How a project was searched before: as a run of this machine has it, or as the project's own files say.

What a project's files say about scripts, arguments, directories and interpreters is somebody's word: the project may
come from anywhere. It is proved only where the user's own runs hold a run of that very project, on this machine; then
what that run was started with counts, and not what the project says.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuitune.launch import environment, protocol
from tuitune.launch.events import RunStatus
from tuitune.launch.runs import known_runs, run_named
from tuitune.project.project import Project


@dataclass(frozen=True)
class Recorded:
    """What was played: `run` is the run of this machine that proves it, None where only the project says so.

    `python` is None where none is recorded, or where what is recorded cannot be started; `environment` where the
    variables that decide how Keras trains were not recorded.
    """

    script: Path
    arguments: tuple[str, ...]
    cwd: Path
    python: str | None
    environment: Mapping[str, str] | None
    run: str | None

    @property
    def is_proved(self) -> bool:
        """Whether the user's own runs say so."""
        return self.run is not None


def recorded_play(project: Project) -> Recorded | None:
    """How `project` was searched; None where nothing tells. Executes nothing."""
    own = run_that_made(project)
    if own is not None:
        found = _from_values(own.spec, Path(own.spec.get("cwd") or "/"), own.run)
        if found is not None:
            return found
    return _from_values(project.facts, project.path.resolve(), None)


def run_that_made(project: Project) -> RunStatus | None:
    """The run of the user's, on this machine, that searched `project` last: the directory at that very path."""
    return next(_runs_of(project), None)


def _runs_of(project: Project) -> Iterator[RunStatus]:
    named = project.facts.get("run")
    run = run_named(named) if isinstance(named, str) else None
    if run is not None and _made(run, project):
        yield run  # without a look at all the others
    yield from (candidate for candidate in known_runs() if _made(candidate, project))


def _made(run: RunStatus, project: Project) -> bool:
    place = os.path.realpath(project.path)
    is_here = run.spec.get("host") == socket.gethostname()
    return is_here and any(os.path.realpath(path) == place for path in run.projects)


def _from_values(values: Mapping[str, Any], base: Path, run: str | None) -> Recorded | None:
    """Paths that are relative count from `base`, so that a project and its script can move together."""
    script = _path(values, "script", base)
    stored = values.get("argv")
    arguments = tuple(map(str, stored)) if isinstance(stored, list) else ()
    if script is None or not all(map(protocol.is_system_text, arguments)):
        return None
    python = _path(values, "python", base)
    return Recorded(
        script=script,
        arguments=arguments,
        cwd=_path(values, "cwd", base) or script.parent,
        python=str(python) if python is not None and _is_program(python) else None,
        environment=environment.as_recorded(values.get("environment")),
        run=run,
    )


def _path(values: Mapping[str, Any], name: str, base: Path) -> Path | None:
    stored = values.get(name)
    if not stored or not protocol.is_system_text(stored):
        return None
    return Path(os.path.normpath(base / stored))


def _is_program(path: Path) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)
