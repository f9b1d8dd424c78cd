"""Going on with a search that was stopped or killed: the same search, told the same, in the same project."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from tuitune import files
from tuitune.errors import TuituneError
from tuitune.launch import environment
from tuitune.launch.interpreter import existing_python
from tuitune.launch.plan import Plan, common_spec
from tuitune.launch.protocol import ROUND, SPEC
from tuitune.launch.recorded import recorded_play, run_that_made
from tuitune.launch.runs import run_of_project
from tuitune.launch.script import Played, existing_script
from tuitune.narrowing.warm import WarmStart
from tuitune.project import TUITUNE_FOLDER
from tuitune.project.own import read_own
from tuitune.project.project import Project
from tuitune.project.space import parse_space
from tuitune.project.trials import FINISHED

TITLE = "Cannot resume"
_ALL = ("script", "arguments", "directory", "Python", "environment")


def plan_resume(project: Project, max_trials: int | None = None) -> Plan:
    """What goes on in `project`; `max_trials`: for how many trials in all. Executes nothing. Raises TuituneError."""
    path = project.path.resolve()
    run = run_of_project(path)
    if run is not None and run.state == "running":
        raise TuituneError(TITLE, f"{project.name} is being searched by run {run.run}.", f"tuitune logs -f {run.run}")
    spec, unproved = _spec_of(project)
    if max_trials is not None:
        spec.update(_with_budget(spec, max_trials))
    planned = spec.get("planned_trials") if spec["kind"] == "relaunch" else max_trials or project.max_trials
    done = sum(trial.status in (FINISHED, "FAILED") for trial in project.trials)
    if isinstance(planned, int) and done >= planned and _is_whole(project):
        hint = f"For more: --max-trials N, more than {done}." if spec["algorithm"] != "hyperband" else ""
        raise TuituneError(TITLE, f"{project.name} has all of its {planned} trials.", hint)
    if not os.access(path, os.W_OK | os.X_OK):
        raise TuituneError(TITLE, f"{path} cannot be written.")
    _require_no_links(path)
    told = environment.as_recorded(spec.pop("environment", None))
    if told is not None:
        spec["environment"] = told
    script, python = existing_script(spec["script"], Path(spec["cwd"])), existing_python(spec["python"])
    place = {"resume": str(path)} if spec["kind"] == "run" else {"project": str(path)}
    spec.update(place, script=str(script), python=python)
    return Plan(
        project=path,
        parent=Path(spec["parent"]) if spec.get("parent") else None,
        algorithm=spec["algorithm"] if spec["kind"] == "relaunch" else None,
        space=parse_space(spec.get("space") or [])[0],
        changes=[],
        planned_trials=planned,
        planned_epochs=spec.get("planned_epochs"),
        command=[python, str(script), *spec["argv"]],
        cwd=Path(spec["cwd"]),
        spec=spec,
        warm=WarmStart(),
        resumes=True,
        unproved=unproved,
    )


def _is_whole(project: Project) -> bool:
    """Whether oracle.json knows of every trial that it has ended: a kill may come between the two files."""
    try:
        oracle = files.read_object(project.path / "oracle.json")
    except files.UnreadableFile:
        return False
    ended = oracle.get("end_order")
    if not isinstance(ended, list):
        return True  # a release that keeps no order
    return {trial.trial_id for trial in project.trials if trial.status in (FINISHED, "FAILED")} <= set(map(str, ended))


def _require_no_links(path: Path) -> None:
    """The search writes into its own files; through a link it would write into somebody else's."""
    for folder, folders, names in os.walk(path):
        for name in (*folders, *names):
            place = os.path.join(folder, name)
            if os.path.islink(place):
                hint = "Put what it leads to in its place."
                raise TuituneError(TITLE, f"{place} is a link, and the search would write through it.", hint)


def _spec_of(project: Project) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What the search was started with, and what of it only the project's own files say."""
    made = run_that_made(project)
    if made is not None and made.spec.get("kind") == "relaunch":
        return _checked_round(made.spec, made.directory / SPEC), ()
    if made is None and os.path.lexists(project.path / TUITUNE_FOLDER / ROUND):
        try:
            spec = read_own(project.path, ROUND)
        except files.UnreadableFile as error:
            raise TuituneError(TITLE, f"{project.path / TUITUNE_FOLDER / ROUND}: {error.problem}.") from None
        return _checked_round(spec, project.path / TUITUNE_FOLDER / ROUND), _ALL
    played = recorded_play(project)
    if played is None:
        hint = "It goes on when its script runs again with overwrite=False."
        raise TuituneError(TITLE, f"it is not recorded which script made {project.name}.", hint)
    variables = environment.deciding(os.environ) if played.environment is None else played.environment
    python = played.python or sys.executable
    spec = common_spec("run", Played(python, played.script, [*played.arguments], played.cwd, variables))
    spec.update(project=None, algorithm=_kind_of(project))  # how many trials are planned its tuners say
    return spec, () if played.is_proved else _ALL


def _kind_of(project: Project) -> str:
    return "hyperband" if project.tuner == "Hyperband" else "as its script says"


def _checked_round(spec: dict[str, Any], place: Path) -> dict[str, Any]:
    texts = all(isinstance(spec.get(name), str) for name in ("script", "cwd", "python", "algorithm", "parent", "plays"))
    if not texts or not isinstance(spec.get("argv"), list) or not isinstance(spec.get("space"), list):
        raise TuituneError(TITLE, f"{place} is not what tuitune wrote there.")
    return {"kind": "relaunch", **{name: value for name, value in spec.items() if name != "run"}}


def _with_budget(spec: dict[str, Any], max_trials: int) -> dict[str, Any]:
    if max_trials < 1:
        raise TuituneError(TITLE, f"--max-trials must be at least 1, not {max_trials}.", exit_code=2)
    if spec["algorithm"] == "hyperband":
        raise TuituneError(TITLE, "Hyperband plans its own number of trials.", "Relaunch for another bracket.", 2)
    planned = {"planned_trials": max_trials} if spec["kind"] == "relaunch" else {}
    return {"max_trials": max_trials, **planned}
