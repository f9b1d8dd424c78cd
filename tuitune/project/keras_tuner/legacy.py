"""Searches of keras-tuner 0.9: tuner.json holds the facts, trial.json the averaged curves, executions their own.

A trial has neither status nor best step there: it has finished when all its executions are complete, and its best
step is the epoch at which the objective was best.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tuitune import files
from tuitune.project.batch import TrialRecord
from tuitune.project.keras_tuner.records import as_mapping, as_number, as_whole, plain_values
from tuitune.project.table import Columns, seconds
from tuitune.project.trials import FINISHED, RUNNING, Objective


class LegacySearch:
    """What tuner.json of 0.9 tells; releases since then write no such file."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.name: str = content["objective"]
        self.space = as_mapping(content.get("hyperparameters")).get("space")
        self.max_trials = as_whole(content.get("max_trials"))
        self.executions = as_whole(content.get("executions_per_trial"))
        self.direction = as_mapping(as_mapping(content.get("best_metrics")).get("directions")).get(self.name)
        paths = content.get("trials")
        self.order = [
            Path(path).parent.name.removeprefix("trial_")
            for path in (paths if isinstance(paths, list) else [])
            if isinstance(path, str)
        ]
        self._starts: dict[str, float] = {}

    @classmethod
    def read(cls, path: Path) -> LegacySearch | None:
        """The search in the project at `path`; None where it is of another release."""
        content = files.read_object_if_there(path / "tuner.json")
        return cls(content) if content and isinstance(content.get("objective"), str) else None

    def objective(self, columns: Columns) -> Objective | None:
        """Its objective; the direction is the metric's own."""
        direction = self.direction
        for shape in columns.shapes:
            if direction not in ("min", "max") and self.name in shape.metrics:
                direction = shape.directions[shape.metrics.index(self.name)]
        return Objective(self.name, direction, False) if direction in ("min", "max") else None

    def note_start(self, trial_id: str, since_1970: float) -> None:
        """A trial began then."""
        try:
            self._starts[trial_id] = seconds(datetime.fromtimestamp(since_1970))
        except (OverflowError, OSError, ValueError):
            return

    def set_starts(self, columns: Columns) -> None:
        """Fill in the starts."""
        for row, trial_id in enumerate(columns.trial_id):
            columns.started[row] = self._starts.get(trial_id)


def decode_legacy_trial(folder: Path, content: Mapping[str, Any], search: LegacySearch | None) -> TrialRecord | None:
    """The trial in the `content` of a trial.json of 0.9 in `folder`; None where it is none.

    Without the `search` of tuner.json its best step and its start are not known.
    """
    history = as_mapping(content.get("averaged_metrics"))
    if "status" in content or not isinstance(content.get("trial_id"), str) or not history:
        return None
    directions = as_mapping(history.get("directions"))
    curves = {name: numbers(points) for name, points in as_mapping(history.get("metrics_history")).items()}
    best = {name: _best(points, directions.get(name) == "max") for name, points in curves.items()}
    executions = legacy_executions(folder)
    start = next(filter(None, (as_number(execution.get("start_time")) for execution in executions)), None)
    if search is not None and start is not None:
        search.note_start(content["trial_id"], start)
    complete = sum(execution.get("training_complete") is True for execution in executions)
    wanted = as_whole(content.get("max_executions")) or 1
    score = as_number(content.get("score"))
    objective = curves.get(search.name, []) if search else []
    reached = best.get(search.name) if search else None
    return TrialRecord(
        content["trial_id"],
        FINISHED if complete >= wanted and score is not None else RUNNING,
        score,
        objective.index(reached) if reached is not None and reached in objective else None,
        plain_values(as_mapping(as_mapping(content.get("hyperparameters")).get("values")), []),
        best,
        tuple("max" if directions.get(name) == "max" else "min" for name in best),
        None,
    )


def legacy_executions(folder: Path) -> list[dict[str, Any]]:
    """The content of each execution_N/execution.json of a trial, in the order of N."""
    try:
        names = [name for name in os.listdir(folder) if name.startswith("execution_")]
    except OSError:
        return []
    names.sort(key=lambda name: (len(name), name))
    found = (files.read_object_if_there(folder / name / "execution.json") for name in names)
    return [content for content in found if content]


def numbers(points: Any) -> list[float]:
    """The numbers of a stored curve; [] where one is none."""
    taken = [as_number(point) for point in points] if isinstance(points, list) else []
    return [number for number in taken if number is not None] if None not in taken else []


def _best(points: list[float], largest: bool) -> float | None:
    there = [point for point in points if point == point]
    if not there:
        return points[0] if points else None
    return max(there) if largest else min(there)
