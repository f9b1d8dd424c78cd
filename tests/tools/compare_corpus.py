"""Compares what tuitune reads of a corpus of real projects with what the libraries that wrote them say.

    python tests/tools/compare_corpus.py DIRECTORY

Each DIRECTORY/NAME holds a project and one expected.json, or several for several projects, made by the release
that searched: `live` as the search itself saw it, `reloaded` what that release finds on disk. Prints every
difference, and ends with status 0 only where all of them are accepted for a reason.
"""

from __future__ import annotations

import argparse
import dataclasses
import fnmatch
import json
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from tuitune.analysis.columns import build_columns
from tuitune.cli.commands import cli
from tuitune.cli.output import json_safe
from tuitune.errors import TuituneError
from tuitune.narrowing.select import propose_from, select
from tuitune.project.keras_tuner.curves import CurveReader
from tuitune.project.keras_tuner.recognize import is_project
from tuitune.project.project import Project
from tuitune.project.sources import open_source
from tuitune.project.trials import UNREADABLE, Trial


class Accepted(NamedTuple):
    """A difference that is right as it is: projects (a pattern), field, reason."""

    projects: str
    field: str
    reason: str


NOT_OURS = "results of another tool; only directories of keras-tuner are read"
SNAPSHOTS = "holds snapshots of files in the act of being written, no project directory"
NO_SCORE = "no trial finished with a score that is a number: nothing tells the objective"
IN_ONE_SECOND = "the release wrote no order and the archive keeps whole seconds, in which these trials ended together"
INFINITE = "the library's best score is infinite; only finite scores are ranked"
ACCEPTED: tuple[Accepted, ...] = (
    Accepted("race-*", "project", SNAPSHOTS),
    Accepted("gridsearchcv-grid", "project", NOT_OURS),
    Accepted("hparams-manual", "project", NOT_OURS),
    Accepted("*", "order within a second", IN_ONE_SECOND),
    Accepted("*", "best within a second", IN_ONE_SECOND),
    Accepted("b*-infinities", "best", INFINITE),
    *(
        Accepted(name, "objective unknown", NO_SCORE)
        for name in (
            "b-all_failed", "b*-all_nan", "b-multiobj_missing", "b1.0.4-multiobjective", "b-saved_only",
            "jax-tensorboard",
        )
    ),
    Accepted(
        "autokeras110-hyperband",
        "objective unknown",
        "val_loss equals val_mean_squared_error in every trial: the scores cannot tell them apart",
    ),
    Accepted("b-custom_state", "objective unknown", "score_trial is overridden: no metric equals the score"),
    Accepted("b-resumed_other_objective", "objective unknown", "holds the scores of two objectives side by side"),
    Accepted("b-custom_state", "tuner", "a class of the script's own that draws at random as RandomSearch does"),
    Accepted(
        "k1.0.0-tensorboard",
        "curves",
        "only one of two executions was logged: its best is not the score, and a log that contradicts it is not taken",
    ),
    Accepted("b-saved_only", "tuner", "no trial yet: a seed that has not moved on tells nothing"),
)  # fmt: skip


class Difference(NamedTuple):
    """Where tuitune and the library disagree."""

    field: str
    told: str


Found = Iterator[Difference]


def same(one: Any, other: Any) -> bool:
    """Equality in which NaN equals NaN, at any depth, and objects keep their order."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and (one is None) == (other is None) and isinstance(one, bool) == isinstance(other, bool)


def differ(field: str, found: Any, wanted: Any) -> Found:
    """The difference between two values, if there is one."""
    if not same(found, wanted):
        yield Difference(field, f"{found!r:.120}, expected {wanted!r:.120}")


# -------------------------------------------------------------------------------------------------- one project


def compare(directory: Path, expected: Mapping[str, Any]) -> Found:
    """Everything of one project."""
    path = directory / expected["project"] if expected.get("project") else directory
    if not expected.get("project") or not is_project(path):
        yield Difference("project", "is not a directory of keras-tuner")
        return
    try:
        project = open_source(path).read()
        yield from compare_project(project, expected)
        yield from compare_curves(project, directory, expected)
        yield from compare_commands(project)
        build_columns(project, with_unreadable=True)
        propose_from(project, select(project))
    except TuituneError:
        return  # a sentence: too few trials to narrow to
    except Exception as error:
        yield Difference("raised", f"{type(error).__name__}: {error}")


def compare_project(project: Project, expected: Mapping[str, Any]) -> Found:
    """What was read, with what the library says; in the form that its release has."""
    if "trials" in expected:
        yield from compare_legacy(project, expected)
        return
    on_disk, live = expected["reloaded"], expected.get("live") or {}
    if "failed" in on_disk:
        yield from compare_broken(project, expected)
        return
    yield from differ(
        "ids", sorted(t.trial_id for t in project.trials), sorted(t["trial_id"] for t in on_disk["trials"])
    )
    for item in on_disk["trials"]:
        yield from compare_trial(project.trial(item["trial_id"]), item)
    yield from compare_order(project, on_disk["start_order"], live.get("start_order"))
    space = [{"class_name": hp.kind, "name": hp.name, "conditions": _conditions(hp)} for hp in project.space]
    yield from differ("space", space, on_disk["space"])
    yield from compare_objective(project, on_disk["objective"])
    yield from differ("tuner", project.tuner, wanted_kind(expected))
    yield from compare_best(project, live or on_disk, bool(on_disk["start_order"]))


def compare_order(project: Project, recorded: Sequence[str] | None, seen: Sequence[str] | None) -> Found:
    """The order on disk; else the one that the search saw, as far as the times of the files can tell it."""
    there = {trial.trial_id for trial in project.trials}
    wanted = [trial_id for trial_id in recorded or seen or () if trial_id in there]
    listed = set(wanted)
    found = [trial.trial_id for trial in project.trials if trial.trial_id in listed]
    if found == wanted:
        return
    times = {name: (project.path / f"trial_{name}" / "trial.json").stat().st_mtime for name in wanted}
    is_tie = not recorded and [times[name] for name in found] == [times[name] for name in wanted]
    yield from differ("order within a second" if is_tie else "order", found, wanted)


def _conditions(hp: Any) -> list[dict[str, Any]]:
    return [{"name": condition.name, "values": list(condition.values)} for condition in hp.conditions]


def compare_trial(trial: Trial | None, item: Mapping[str, Any]) -> Found:
    """One trial, field by field."""
    if trial is None:
        return  # told by the ids
    for field in ("status", "score", "best_step"):
        yield from differ(field, getattr(trial, field), item[field])
    yield from differ("values", dict(trial.values), item["values"])
    yield from differ("metrics", dict(trial.metrics), {name: m["best_value"] for name, m in item["metrics"].items()})
    directions = {name: metric["direction"] for name, metric in item["metrics"].items()}
    yield from differ("directions", dict(trial.directions), directions)
    tail = item["message_tail"] or ""
    head, _, rest = tail.partition("\n")  # its first line is cut off somewhere
    if not (trial.message or "").endswith(rest or head) or bool(trial.message) != bool(tail):
        yield from differ("message", trial.message, tail)


def compare_objective(project: Project, wanted: Mapping[str, Any]) -> Found:
    """Name and direction; a list of objectives is known by the metric that stands for it."""
    name, direction = wanted.get("name"), wanted.get("direction")
    if wanted["kind"] == "list":
        name, direction = "multi_objective", "min"
    found = project.objective
    if found is None:
        yield Difference("objective unknown", f"is told to be unknown, expected {name} {direction}")
    else:
        yield from differ("objective", (found.name, found.direction), (name, direction))


_KINDS = ("Hyperband", "BayesianOptimization", "GridSearch", "RandomSearch")


def wanted_kind(expected: Mapping[str, Any]) -> str | None:
    """The kind of search that the class of the oracle, else of the tuner, names."""
    for name in ((expected.get("live") or {}).get("oracle_class"), expected["tuner_class"]):
        for kind in _KINDS:
            if kind in (name or ""):
                return kind
    return "AutoKeras" if expected.get("autokeras_tuner") else None


def compare_best(project: Project, wanted: Mapping[str, Any], is_ordered: bool) -> Found:
    """The best trial as the search itself saw it: of equal ones the earliest. Failed ones are no best trial."""
    if project.objective is None:
        return  # nobody can say, which the objective tells
    trial = next((item for item in wanted["trials"] if item["trial_id"] == wanted["best_trial_id"]), None)
    is_scored = trial is not None and trial["status"] == "COMPLETED" and math.isfinite(trial["score"] or 0.0)
    is_tie = trial is not None and project.best is not None and project.best.score == trial["score"]
    field = "best within a second" if is_tie and not is_ordered else "best"
    found = None if project.best is None else project.best.trial_id
    yield from differ(field, found, wanted["best_trial_id"] if is_scored else None)


def compare_broken(project: Project, expected: Mapping[str, Any]) -> Found:
    """A project that the library cannot reload: the broken files are named, and no other."""
    top = expected["project"]
    broken = [os.path.relpath(path, top) for path in expected["unparsable_files"]]
    named = [problem.file for problem in project.problems if "not whole JSON" in problem.problem]
    yield from differ("unparsable", sorted(named), sorted(broken))
    lost = {os.path.dirname(path) for path in broken}
    wanted = [name.removeprefix("trial_") for name in expected["trial_dirs"] if name not in lost]
    yield from differ("ids", sorted(trial.trial_id for trial in project.trials), sorted(wanted))


def compare_legacy(project: Project, expected: Mapping[str, Any]) -> Found:
    """A project of 0.9, of which less is told."""
    wanted = {item["trial_id"]: item for item in expected["trials"]}
    yield from differ("ids", sorted(trial.trial_id for trial in project.trials), sorted(wanted))
    yield from differ("order", [trial.trial_id for trial in project.trials], list(wanted))
    for trial in project.trials:
        item = wanted.get(trial.trial_id)
        if item is not None:
            yield from differ("score", trial.score, item["score"])
            yield from differ("values", dict(trial.values), item["values"])
            yield from differ("status", trial.status, "COMPLETED" if item["executions"] else "RUNNING")
    yield from differ("space", [hp.name for hp in project.space], expected["space_names"])
    yield from differ("objective", project.objective and project.objective.name, expected["objective"])
    yield from differ("max_trials", project.max_trials, expected["max_trials"])
    yield from differ("best", project.best and project.best.trial_id, expected["best_trial_id"])
    yield from differ("tuner", project.tuner, expected["tuner_class"])


# ------------------------------------------------------------------------------------------------------- curves


def compare_curves(project: Project, directory: Path, expected: Mapping[str, Any]) -> Found:
    """The curves of every trial: TensorBoard's own reading of the event files, or the epochs that trial.json holds."""
    stored = {item["trial_id"]: item for item in (expected.get("reloaded") or {}).get("trials", ())}
    logs = directory / "tb_expected.json"
    wanted = json.loads(logs.read_text()) if logs.exists() else {}
    known = {**project.facts, "cwd": os.path.relpath(directory, project.path)}  # what the script would have recorded
    told = dataclasses.replace(project, facts=known) if wanted else project
    reader = CurveReader()
    for trial in project.trials:
        curves = reader.read(told, trial)
        found: dict[str, dict[str, list[list[float]]]] = {}
        for curve in curves.curves:
            place = f"{trial.trial_id}/execution{curve.execution}/{curve.split}"
            points = [[epoch, value] for epoch, value in zip(curve.epochs, curve.values, strict=True)]
            found.setdefault(place, {})[f"epoch_{curve.metric}"] = points
        if "trials" in expected:
            continue  # what 0.9 says of a trial holds no curve
        here = _scalars_of(wanted, trial.trial_id) if wanted else _stored_curves(stored.get(trial.trial_id))
        yield from differ("curves", _sorted(found), _sorted(here))


def _stored_curves(item: Mapping[str, Any] | None) -> dict[str, dict[str, list[list[float]]]]:
    """The curves in a trial.json that holds every epoch; none where all its metrics have a single one."""
    metrics = item["metrics"] if item else {}
    found: dict[str, dict[str, list[list[float]]]] = {}
    if item is None or all(len(metric["observations"]) < 2 for metric in metrics.values()):
        return found
    for name, metric in metrics.items():
        split, short = ("validation", name[4:]) if name.startswith("val_") else ("train", name)
        points = [[step, sum(values) / len(values)] for step, values in metric["observations"]]
        found.setdefault(f"{item['trial_id']}/execution0/{split}", {})[f"epoch_{short}"] = points
    return found


def _scalars_of(wanted: Mapping[str, Any], trial_id: str) -> dict[str, dict[str, list[list[float]]]]:
    found = {}
    for path, entry in wanted.items():
        _, _, place = path.partition(f"/{trial_id}/")
        scalars = {
            tag: [[step, value] for step, value, _ in points]
            for tag, points in entry["scalars"].items()
            if tag.startswith("epoch_")
        }
        if place and scalars:
            found[f"{trial_id}/{place}"] = scalars
    return found


def _sorted(found: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {place: dict(sorted(found[place].items())) for place in sorted(found)}


# ----------------------------------------------------------------------------------------------------- commands


def compare_commands(project: Project) -> Found:
    """`info` and `trials` print JSON that says what was read."""
    objective = project.objective
    info = _run("info", project)
    wanted = {
        "tuner": project.tuner,
        "objective": objective
        and {"name": objective.name, "direction": objective.direction, "inferred": objective.inferred},
        "trials": {"total": len(project.trials), **project.counts()},
        "best_trial_id": project.best and project.best.trial_id,
        "max_trials": project.max_trials,
        "problems": [problem._asdict() for problem in project.problems],
    }
    yield from differ("info --format json", {name: info[name] for name in wanted}, wanted)
    named = [(hp["name"], hp["type"], [c["name"] for c in hp["conditions"]]) for hp in info["space"]]
    here = [(hp.name, hp.kind, [c.name for c in hp.conditions]) for hp in project.space]
    yield from differ("info --format json", named, here)
    rows = _run("trials", project)
    lost = [Trial(trial_id, UNREADABLE, message=why) for trial_id, why in project.unreadable]
    yield from differ("trials --format json", rows, [json_safe(_row(trial)) for trial in (*project.trials, *lost)])


def _row(trial: Trial) -> dict[str, Any]:
    return {
        "trial_id": trial.trial_id,
        "status": trial.status,
        "score": trial.score,
        "best_step": trial.best_step,
        "values": dict(trial.values),
        "metrics": dict(trial.metrics),
        "started": trial.started and trial.started.isoformat(),
        "duration_s": trial.duration_s,
        "message": trial.message,
    }


def _run(command: str, project: Project) -> Any:
    result = CliRunner().invoke(cli, [command, "--format", "json", "--", str(project.path)])
    if result.exception is not None:
        raise result.exception
    return json.loads(result.stdout, parse_constant=_refuse)


def _refuse(token: str) -> Any:
    raise ValueError(f"{token} is no JSON")


# -------------------------------------------------------------------------------------------------- all projects


def projects(top: Path) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """Name, directory and expectation of each project under `top`."""
    for directory in sorted(top.iterdir()):
        files = sorted(directory.glob("expected_*.json")) or sorted(directory.glob("expected.json"))
        for file in files:
            _, _, part = file.stem.partition("_")
            yield f"{directory.name}/{part}" if part else directory.name, directory, json.loads(file.read_text())


def reason_for(name: str, field: str) -> str | None:
    """Why a difference is accepted; None where it is not."""
    for entry in ACCEPTED:
        if entry.field == field and fnmatch.fnmatch(name, entry.projects):
            return entry.reason
    return None


def main(arguments: Sequence[str]) -> int:
    """The command line; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    top = parser.parse_args(arguments).directory
    count = differences = accepted = 0
    used: set[tuple[str, str]] = set()
    for name, directory, expected in projects(top):
        count += 1
        for field, told in compare(directory, expected):
            reason = reason_for(name, field)
            if reason is None:
                differences += 1
                print(f"{name}: {field}: {told}")
            elif (name, field) not in used:  # once, however many trials it concerns
                used.add((name, field))
                accepted += 1
                print(f"{name}: {field}: accepted, {reason}")
    print(f"{count} projects, {differences} differences, {accepted} accepted")
    return 1 if differences or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
