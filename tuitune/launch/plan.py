"""A relaunch, or a first search, thought through before anything happens.

Everything that can be wrong is found here and said in one sentence; nothing is written and no code of the
user's runs. The result holds the spec for the worker and the origin of the new project.
"""

from __future__ import annotations

import os
import random
import shlex
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import tuitune
from tuitune.analysis.text import counted, printable
from tuitune.errors import TuituneError
from tuitune.launch import environment
from tuitune.launch.interpreter import existing_python
from tuitune.launch.protocol import ALGORITHMS
from tuitune.launch.request import Request
from tuitune.launch.round_size import RoundSize, size_of, training_epochs, without_tried
from tuitune.launch.script import TITLE, Played, existing_script, how_to_play
from tuitune.narrowing.draft import Change, Draft, changes, require_valid, space_to_json
from tuitune.narrowing.rules import count_configurations
from tuitune.narrowing.warm import WarmStart, warm_start
from tuitune.project.own import read_own_if_there
from tuitune.project.project import Project
from tuitune.project.rounds import earlier_rounds, family, is_name, round_number
from tuitune.project.space import Hyperparameter


@dataclass(frozen=True)
class Plan:
    """A search that could be started now. `spec` goes to the worker, `origin` into the new project."""

    project: Path | None  # the new project; None for a first search, whose script decides
    parent: Path | None
    algorithm: str | None
    space: tuple[Hyperparameter, ...]
    changes: list[Change]
    planned_trials: int | None
    planned_epochs: int | None
    command: list[str]
    cwd: Path
    spec: dict[str, Any]
    origin: dict[str, Any] = field(default_factory=dict)
    warm: WarmStart = field(default_factory=WarmStart)
    resumes: bool = False  # the project is there already, and its search goes on
    unproved: tuple[str, ...] = ()  # what of the command comes from the project's own files alone
    guess: str = ""  # what speaks for the script, where it is a guess
    knows_executions: bool = True  # how often each trial is trained

    def to_json(self) -> dict[str, Any]:
        """The JSON contract of `relaunch --dry-run`."""
        return {
            "project": str(self.project),
            "parent": str(self.parent),
            "algorithm": self.algorithm,
            "space": [hp.to_json() for hp in self.space],
            "changes": [change._asdict() for change in self.changes],
            "warm_start": [item.label for item in self.warm.seen],
            "seeds": [dict(values) for values in self.warm.first],
            "command": self.command,
            "cwd": str(self.cwd),
            "environment": dict(self.spec.get("environment") or {}),
            "unproved": list(self.unproved),
            "planned_trials": self.planned_trials,
            "planned_epochs": self.planned_epochs,
            "epochs": self.spec.get("epochs"),
            "max_epochs": self.spec.get("max_epochs"),
            "factor": self.spec.get("factor"),
        }

    def command_line(self) -> str:
        """The command as it would be typed in a shell, on one line; what cannot be typed as its picture."""
        variables = self.spec.get("environment") or {}
        words = [f"{name}={shlex.quote(value)}" for name, value in variables.items()]
        return printable(" ".join([*words, shlex.join(self.command)]))

    def doubt(self) -> str:
        """Why a person is to look at the command before it runs, in a sentence; "" where the user or a run said it."""
        if self.unproved:
            what = ", ".join(self.unproved)
            return (
                f"Only the project's own files name this ({what}): anybody may have written them. No run of yours does."
            )
        if self.guess:
            return f"The script is a guess: it {self.guess}, but nothing recorded that it made the project."
        return ""


def require_relaunchable(project: Project) -> None:
    """Raises TuituneError where no script can search the project again."""
    if not project.can.relaunch:
        raise TuituneError(TITLE, f"{project.path} holds results, and cannot be searched again.")


def plan_relaunch(project: Project, space: Sequence[Hyperparameter], request: Request) -> Plan:
    """A search of `space` that follows `project`, in a new directory beside it. Raises TuituneError."""
    if request.algorithm not in ALGORITHMS:
        raise TuituneError(TITLE, f"{request.algorithm!r} is none of {', '.join(ALGORITHMS)}.", exit_code=2)
    require_relaunchable(project)
    if not project.space:
        raise TuituneError(TITLE, f"{project.path} has no search space to relaunch: oracle.json holds none.")
    draft = Draft(project.space)
    draft.replace_all(space)
    require_valid(draft, "the space")
    played = how_to_play(project, request)
    size = size_of(project, draft.space, request, played.environment)
    warm = _warm_start(project, draft.space, request, size)
    size = without_tried(size, draft.space, request, warm)
    changed = changes(project.space, draft.space, request.proposals)
    new, goal = _new_project(project, request.name), project.objective
    spec = {
        **common_spec("relaunch", played),
        "project": str(new),
        "parent": str(project.path.resolve()),
        "plays": str(project.path.resolve().parent / _root_name(project)),
        "algorithm": request.algorithm,
        "space": space_to_json(draft.space)["space"],
        "seed": random.SystemRandom().randrange(1, 10_000),
        "tuner_number": _tuner_number(project, played),
        "warm": warm.to_spec(),
        "parent_backend": project.facts.get("backend"),
        "objective": None if goal is None else {"name": goal.name, "direction": goal.direction},
        **size._asdict(),
    }
    return Plan(
        project=new,
        parent=project.path.resolve(),
        algorithm=request.algorithm,
        space=draft.space,
        changes=changed,
        planned_trials=size.planned_trials,
        planned_epochs=size.planned_epochs,
        command=played.command,
        cwd=played.cwd,
        spec=spec,
        origin={**_origin(project, request, changed, warm), "created": spec["created"]},
        warm=warm,
        unproved=played.unproved,
        guess=request.guess if request.script is not None else "",
        knows_executions=project.executions_per_trial is not None,
    )


def _tuner_number(project: Project, played: Played) -> int | None:
    """Which of the tuners that the script builds made the project, counted from 1, where it was recorded."""
    number = project.facts.get("tuner_number")
    return number if played.is_recorded and isinstance(number, int) and not isinstance(number, bool) else None


def _origin(project: Project, request: Request, changed: Sequence[Change], warm: WarmStart) -> dict[str, Any]:
    """Where the new project comes from, for its origin.json."""
    return {
        "tuitune": tuitune.__version__,
        "parent": project.path.resolve().name,
        "root": _root_name(project),
        "round": 1 + max(map(_round_number, family(project.path))),
        "algorithm": request.algorithm,
        "where": request.where,
        "top": request.top,
        "rounds": request.by_rounds,
        "narrowed_to": list(request.chosen),
        "changes": [change._asdict() for change in changed],
        "warm_start": [item.label for item in warm.seen],
        "seeds": len(warm.first),
    }


def _warm_start(project: Project, space: Sequence[Hyperparameter], request: Request, size: RoundSize) -> WarmStart:
    if request.seed_top is not None and request.seed_top < 0:
        raise TuituneError(TITLE, f"--seed-top must be at least 0, not {request.seed_top}.", exit_code=2)
    if request.seed_top and request.algorithm == "grid":
        raise TuituneError(TITLE, "--seed-top does not work with a grid, whose order is its own.", exit_code=2)
    if not request.warm:
        if request.seed_top:
            raise TuituneError(TITLE, "--seed-top and --no-warm-start exclude each other.", exit_code=2)
        return WarmStart()
    rounds = [project, *earlier_rounds(project)]
    epochs = size.trial_epochs
    trained = {earlier.path: training_epochs(earlier) for earlier in rounds}
    others = {path: f"trained for {known} epochs" for path, known in trained.items() if known and known != epochs}
    return warm_start(rounds, space, request.algorithm, request.seed_top, others if epochs else {})


def plan_run(script: str, arguments: Sequence[str], python: str | None) -> Plan:
    """The script as it is, in the current directory, in the background. Raises TuituneError."""
    cwd = Path.cwd()
    path = existing_script(script, cwd)
    interpreter = existing_python(python or sys.executable)
    played = Played(interpreter, path, list(arguments), cwd, environment.deciding(os.environ))
    spec = {**common_spec("run", played), "project": None, "planned_trials": None}
    return Plan(None, None, None, (), [], None, None, played.command, cwd, spec)


def common_spec(kind: str, played: Played) -> dict[str, Any]:
    """What every run's spec says: what is played, where and when."""
    return {
        "kind": kind,
        "workers": 1,
        "created": datetime.now().astimezone().isoformat(timespec="seconds"),
        "host": socket.gethostname(),
        "python": played.python,
        "script": str(played.script),
        "argv": played.arguments,
        "cwd": str(played.cwd),
        "environment": dict(played.environment),
    }


# -------------------------------------------------------------------------------------------------- the new project


def _round_number(path: Path) -> int:
    return round_number(read_own_if_there(path, "origin.json") or {})


def _root_name(project: Project) -> str:
    """Name of the first project of its family: the one whose tuner the script builds."""
    root = project.origin.get("root")
    return root if is_name(root) else project.path.resolve().name


def _new_project(project: Project, name: str | None) -> Path:
    """The directory of the next round: NAME, or the first free of `<root>-2`, `<root>-3`, …"""
    folder = project.path.resolve().parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise TuituneError(TITLE, f"{folder} cannot be written, and the new project goes there.")
    if name is not None:
        if not is_name(name):
            raise TuituneError(TITLE, f"--name {name!r} is no name of a directory.", exit_code=2)
        if os.path.lexists(folder / name):
            raise TuituneError(TITLE, f"{folder / name} exists already.", "Choose another --name.")
        return folder / name
    stem = _root_name(project)
    number = 2
    while os.path.lexists(folder / f"{stem}-{number}"):
        number += 1
    return folder / f"{stem}-{number}"


def describe_plan(plan: Plan) -> Mapping[str, str]:
    """The plan as a person reads it before saying yes."""
    told = {"Runs": plan.command_line(), "In": str(plan.cwd)}
    dropped = environment.dropped(os.environ)
    if dropped:
        told["Without"] = f"{', '.join(dropped)}: the search would become a part of another one"
    if plan.spec["kind"] != "relaunch" or plan.resumes:
        return told
    return {
        **told,
        "Writes": str(plan.project),
        "Leaves alone": str(plan.parent),
        "Algorithm": str(plan.algorithm),
        "Budget": _budget_text(plan),
        "Starts": plan.warm.describe(),
        "Ends": f"at search(): what {Path(plan.spec['script']).name} does behind it is left out",
    }


def _budget_text(plan: Plan) -> str:
    """Trials, the epochs of each, the epochs in all."""
    spec = plan.spec
    parts = [counted(plan.planned_trials or 0, "trial")]
    if spec.get("max_epochs"):
        parts.append(f"Hyperband with at most {spec['max_epochs']} epochs, factor {spec['factor']}")
    elif spec.get("trial_epochs"):
        parts.append(f"of {counted(spec['trial_epochs'], 'epoch')} each")
        if spec.get("epochs") and spec["trial_epochs"] == spec.get("parent_epochs"):
            parts[-1] += " as the parent's, whatever the script says"
        elif not spec.get("epochs"):
            parts[-1] += ", as the script gave the parent's"
        if spec["trial_epochs"] < (spec.get("epochs") or 0):
            parts[-1] += ", where KERAS_MAX_EPOCHS ends them"
    else:
        parts.append("of as many epochs each as the script gives")
    if plan.planned_epochs:
        executions = "" if plan.knows_executions else " of one execution a trial"
        parts.append(f"about {plan.planned_epochs} epochs in all{executions}")
    if plan.algorithm == "grid" and plan.planned_trials != count_configurations(plan.space):
        parts.append("the first of a larger grid: what is declared first changes last")
    return ", ".join(parts)
