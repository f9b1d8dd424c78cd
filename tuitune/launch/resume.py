"""Going on with a round that was stopped or killed: the same search, told the same, in the same project."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tuitune import files
from tuitune.errors import TuituneError
from tuitune.launch.interpreter import existing_python
from tuitune.launch.plan import Plan
from tuitune.launch.protocol import ROUND, SPEC
from tuitune.launch.recorded import run_that_made
from tuitune.launch.runs import run_of_project
from tuitune.launch.script import existing_script
from tuitune.narrowing.warm import WarmStart
from tuitune.project import TUITUNE_FOLDER
from tuitune.project.own import read_own
from tuitune.project.project import Project
from tuitune.project.space import parse_space
from tuitune.project.trials import FINISHED

TITLE = "Cannot resume"


def plan_resume(project: Project, max_trials: int | None = None) -> Plan:
    """What goes on in `project`; `max_trials`: for how many trials in all. Raises TuituneError."""
    path = project.path.resolve()
    run = run_of_project(path)
    if run is not None and run.state == "running":
        raise TuituneError(TITLE, f"{project.name} is being searched by run {run.run}.", f"tuitune logs -f {run.run}")
    made = run_that_made(project)
    spec = _spec_of(path) if made is None else _checked(made.spec, made.directory / SPEC)
    if max_trials is not None:
        spec.update(_with_budget(spec, max_trials))
    planned = spec.get("planned_trials")
    done = sum(trial.status in (FINISHED, "FAILED") for trial in project.trials)
    if isinstance(planned, int) and done >= planned:
        hint = f"For more: --max-trials N, more than {done}." if spec["algorithm"] != "hyperband" else ""
        raise TuituneError(TITLE, f"{project.name} has all of its {planned} trials.", hint)
    if not os.access(path, os.W_OK | os.X_OK):
        raise TuituneError(TITLE, f"{path} cannot be written.")
    _require_no_links(path)
    script, python = existing_script(spec["script"], Path(spec["cwd"])), existing_python(spec["python"])
    spec.update(project=str(path), script=str(script), python=python)
    return Plan(
        project=path,
        parent=Path(spec["parent"]),
        algorithm=spec["algorithm"],
        space=parse_space(spec["space"])[0],
        changes=[],
        planned_trials=planned,
        planned_epochs=spec.get("planned_epochs"),
        command=[python, str(script), *spec["argv"]],
        cwd=Path(spec["cwd"]),
        spec=spec,
        warm=WarmStart(),
        resumes=True,
        unproved=() if made is not None else ("script", "arguments", "directory", "Python"),
    )


def _require_no_links(path: Path) -> None:
    """The search writes into its own files; through a link it would write into somebody else's."""
    for folder, folders, names in os.walk(path):
        for name in (*folders, *names):
            place = os.path.join(folder, name)
            if os.path.islink(place):
                hint = "Put what it leads to in its place."
                raise TuituneError(TITLE, f"{place} is a link, and the search would write through it.", hint)


def _spec_of(path: Path) -> dict[str, Any]:
    """What the round was started with."""
    try:
        spec = read_own(path, ROUND)
    except files.UnreadableFile as error:
        message = f"{path.name} is no round that tuitune began: {path / '.tuitune' / ROUND}: {error.problem}."
        hint = "A first search goes on when its script runs again with overwrite=False."
        raise TuituneError(TITLE, message, hint) from None
    return _checked(spec, path / TUITUNE_FOLDER / ROUND)


def _checked(spec: dict[str, Any], place: Path) -> dict[str, Any]:
    texts = all(isinstance(spec.get(name), str) for name in ("script", "cwd", "python", "algorithm", "parent", "plays"))
    if not texts or not isinstance(spec.get("argv"), list) or not isinstance(spec.get("space"), list):
        raise TuituneError(TITLE, f"{place} is not what tuitune wrote there.")
    return {name: value for name, value in spec.items() if name != "run"}


def _with_budget(spec: dict[str, Any], max_trials: int) -> dict[str, Any]:
    if max_trials < 1:
        raise TuituneError(TITLE, f"--max-trials must be at least 1, not {max_trials}.", exit_code=2)
    if spec["algorithm"] == "hyperband":
        raise TuituneError(TITLE, "Hyperband plans its own number of trials.", "Relaunch for another bracket.", 2)
    return {"max_trials": max_trials, "planned_trials": max_trials}
