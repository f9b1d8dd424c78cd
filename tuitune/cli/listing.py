"""`tuitune ls`: the projects under a path, rounds with the search that they come from, and what each of them gained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tuitune.cli.output import ROW_FORMATS, format_option, print_json, print_rows
from tuitune.errors import TuituneError
from tuitune.launch.runs import RunStatus, known_runs, run_of_project
from tuitune.project.discover import find_projects
from tuitune.project.open import open_project
from tuitune.project.project import Project

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
    pairs = [_row(place, runs) for place in found]
    rows = [row for _, row in sorted(pairs, key=lambda pair: pair[0])]
    for row in rows:
        row["gain"] = gain(row, rows)
    if form == "json":
        print_json(rows)
        return
    names = list(rows[0])
    print_rows(names, [[_flat(row[name]) for name in names] for row in rows], form)


def _row(place: Path, runs: list[RunStatus]) -> tuple[tuple[str, str, int, str], Row]:
    """What is said of one project, and its place in the list: below the search that it comes from."""
    run = run_of_project(place, runs)
    running = run is not None and run.state == "running"
    project = open_project(place, lambda: running).read()
    best = project.best
    root, parent = (project.origin.get(name) for name in ("root", "parent"))
    order = (str(place.parent), root if isinstance(root, str) else place.name, _round(project), place.name)
    return order, {
        "path": str(place),
        "tuner": project.tuner,
        "objective": project.objective.name if project.objective else None,
        "direction": project.objective.direction if project.objective else None,
        "trials": len(project.trials),
        "statuses": project.counts(),
        "best_trial_id": best.trial_id if best else None,
        "best_score": best.score if best else None,
        "running": running,
        "parent": parent if isinstance(parent, str) else None,
        "round": _round(project),
        "problems": len(project.problems),
        "changes": _changes(project),
    }


def _round(project: Project) -> int:
    number = project.origin.get("round")
    return number if isinstance(number, int) and not isinstance(number, bool) else 1


def _changes(project: Project) -> list[str]:
    """What was changed in the parent's space, as `lr: 0.0001 … 0.1 log → 0.001 … 0.02 log`."""
    changes = project.origin.get("changes")
    return [
        f"{item['name']}: {item['before']} → {item['after']}"
        for item in (changes if isinstance(changes, list) else [])
        if isinstance(item, dict) and {"name", "before", "after"} <= item.keys()
    ]


def gain(row: Row, rows: list[Row]) -> float | None:
    """How much better the best of a round is than the best of the rounds before it; None for a first search."""
    by_path = {other["path"]: other for other in rows}
    earlier: list[float] = []
    seen: set[str] = set()
    other: Row | None = row
    while other is not None and isinstance(other["parent"], str) and other["path"] not in seen:
        seen.add(other["path"])
        other = by_path.get(str(Path(other["path"]).parent / other["parent"]))
        if other is not None and other["best_score"] is not None and other["objective"] == row["objective"]:
            earlier.append(other["best_score"])
    if not earlier or row["best_score"] is None:
        return None
    if row["direction"] == "max":
        return float(row["best_score"] - max(earlier))
    return float(min(earlier) - row["best_score"])


def _flat(value: Any) -> Any:
    if isinstance(value, dict):
        return " ".join(f"{count} {status}" for status, count in value.items())
    if isinstance(value, list):
        return "; ".join(value)
    return value
