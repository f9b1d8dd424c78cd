"""`tuitune ls`: the projects under a path, rounds with the search that they come from, and what each of them gained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tuitune.analysis.family import Round, arrange
from tuitune.cli.output import ROW_FORMATS, format_option, print_json, print_rows
from tuitune.errors import TuituneError
from tuitune.launch.events import RunStatus
from tuitune.launch.runs import known_runs, run_of_project
from tuitune.project.discover import find_projects
from tuitune.project.project import Project
from tuitune.project.rounds import families
from tuitune.project.sources import open_source

Row = dict[str, Any]


@click.command()
@click.argument("path", default=".")
@format_option(*ROW_FORMATS)
def ls(path: str, form: str) -> None:
    """Projects and rounds under PATH: tuner, objective, trials by status, best, what a round changed and gained."""
    found = find_projects(Path(path))
    if not found:
        raise TuituneError("No projects", f"no keras-tuner project lies at or under {path}.")
    runs = known_runs()
    grouped = families([_read(place, runs) for place in found])
    rows = [_row(item, runs) for members in grouped for item in arrange(members)]
    if form == "json":
        print_json(rows)
        return
    for row in rows:  # a person reads the statuses that the screen shows
        row["statuses"] = row.pop("shown_statuses")
    names = list(rows[0])
    print_rows(names, [[_flat(row[name]) for name in names] for row in rows], form)


def _read(place: Path, runs: list[RunStatus]) -> Project:
    return open_source(place, lambda: _is_running(place, runs)).read()


def _is_running(place: Path, runs: list[RunStatus]) -> bool:
    run = run_of_project(place, runs)
    return run is not None and run.state == "running"


def _row(item: Round, runs: list[RunStatus]) -> Row:
    """What is said of one project."""
    project = item.project
    best = project.best
    return {
        "path": str(project.path),
        "tuner": project.tuner,
        "objective": project.objective.name if project.objective else None,
        "direction": project.objective.direction if project.objective else None,
        "trials": len(project.trials),
        "statuses": project.counts(),
        "shown_statuses": project.shown_counts(),
        "best_trial_id": best.trial_id if best else None,
        "best_score": best.score if best else None,
        "running": _is_running(project.path, runs),
        "parent": item.parent,
        "round": item.number,
        "problems": len(project.problems),
        "changes": [f"{change.name}: {change.before} → {change.after}" for change in item.changes],
        "gain": item.gain,
    }


def _flat(value: Any) -> Any:
    if isinstance(value, dict):
        return " ".join(f"{count} {status}" for status, count in value.items())
    if isinstance(value, list):
        return "; ".join(value)
    return value
