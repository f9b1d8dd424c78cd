"""Reads the curves of a trial: from epochs.jsonl where tuitune ran the search, else from TensorBoard's event files.

keras-tuner keeps one number a metric. Where neither source exists the answer says so in words.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuitune import files
from tuitune.project.curves import Curve, Curves
from tuitune.project.event_files import Scalar, read_scalars
from tuitune.project.keras_tuner.legacy import legacy_executions, numbers
from tuitune.project.keras_tuner.records import as_mapping
from tuitune.project.project import Project
from tuitune.project.trials import Trial

if TYPE_CHECKING:
    from typing import TypeGuard

_MOST_EPOCH_BYTES = 16 << 20
_MOST_EPOCHS = 10**9  # larger counts are damage
_SEARCH_DEPTH = 4
_LOOK_AGAIN_S = 30.0
_MAX_FOLDERS = 4_000
_SEARCH_S = 0.5  # for event files, in all directories together: the project may lie in a crowded home
_FLOAT32_TOLERANCE = 1e-5

_NO_CURVE = (
    "No curve was recorded: keras-tuner keeps only the best epoch. Curves come from a TensorBoard callback, "
    "or from a search started by tuitune."
)


class CurveReader:
    """Reads the curves of one project's trials; remembers where its event files lie."""

    def __init__(self) -> None:
        self._root: Path | None = None
        self._look_again = 0.0

    def read(self, project: Project, trial: Trial) -> Curves:
        """The curves of `trial`; empty where none was recorded."""
        best = None if trial.best_step is None or not trial.is_scored else trial.initial_epoch + trial.best_step
        recorded, source = _from_epochs_file(project.path / f"trial_{trial.trial_id}" / "epochs.jsonl")
        if recorded:
            return Curves(tuple(recorded), source, best)
        stored = _from_keras_tuner(project.path / f"trial_{trial.trial_id}")
        if stored:
            return Curves(tuple(stored), "keras-tuner's own files", best)
        if self._root is None and time.monotonic() >= self._look_again:
            self._root = _log_root(project)
            self._look_again = time.monotonic() + _LOOK_AGAIN_S  # a running search makes it late
        if self._root is not None:
            curves = _confirmed(self._root, project, trial)
            if curves:
                return Curves(tuple(curves), f"TensorBoard, {os.path.relpath(self._root, project.path.parent)}", best)
        return Curves(best_epoch=best, why_none=_NO_CURVE)


def _confirmed(root: Path, project: Project, trial: Trial) -> list[Curve]:
    """The curves of `trial` below `root`, where its score or their time says that they are this trial's.

    Rounds and searches that write into one directory number their trials alike.
    """
    curves = _from_event_files(root / trial.trial_id)
    verdict = _agrees(curves, trial)
    if verdict is None and project.path not in root.parents:
        begun = _begun(project.path / f"trial_{trial.trial_id}")
        return [] if begun is None else _from_event_files(root / trial.trial_id, begun)
    return [] if verdict is False else curves


def _begun(folder: Path) -> float | None:
    """When a trial wrote its first file, of those that are left (seconds since 1970); None where that is unknown."""
    try:
        with os.scandir(folder) as entries:
            return min((entry.stat().st_mtime for entry in entries), default=None)
    except OSError:
        return None


def _log_root(project: Project) -> Path | None:
    """The directory of event files whose numbers are this project's; None where no evidence ties one to it."""
    near = [
        project.path,
        project.path.parent,
        project.path.resolve().parent.parent,
    ]  # my_dir/project, run beside my_dir
    if isinstance(project.facts.get("cwd"), str):
        near.append(project.path / project.facts["cwd"])
    samples = [project.trials[row] for row in project.ranking[:3]]
    for root in find_log_roots(near, set(project.trials.columns.trial_id), project.name):
        verdicts = [_agrees(_from_event_files(root / trial.trial_id), trial) for trial in samples]
        named = root.name == project.name or project.path in root.parents
        if True in verdicts or (named and False not in verdicts):
            return root
    return None


def find_log_roots(near: Iterable[Path], trial_ids: set[str], project_name: str) -> list[Path]:
    """Directories that hold `<trial id>/execution0`, under the directories `near`, the likeliest first.

    Several projects beside each other number their trials alike, so a root that is named after the project
    comes first, and the caller compares its numbers with the trial's.
    """
    found: dict[Path, None] = {}
    deadline = time.monotonic() + _SEARCH_S
    for top in near:
        level = [top]
        visited = 0
        for _ in range(_SEARCH_DEPTH):
            below: list[Path] = []
            for folder in level:
                visited += 1
                if visited > _MAX_FOLDERS or time.monotonic() > deadline:
                    break
                names = _subfolders(folder)
                if any(name in trial_ids and os.path.isdir(folder / name / "execution0") for name in names):
                    found[folder] = None
                else:
                    below += [folder / name for name in names if not name.startswith(("trial_", "."))]
            level = below
    return sorted(found, key=lambda root: (project_name != root.name, project_name not in root.parts))


def _subfolders(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except (OSError, ValueError):
        return []


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_EPOCHS


def _from_epochs_file(path: Path) -> tuple[list[Curve], str]:
    """The curves in epochs.jsonl, and its name; of a file larger than any search makes, only its end."""
    try:
        skipped = max(0, os.stat(path).st_size - _MOST_EPOCH_BYTES)
    except OSError:
        return [], ""
    source = f"epochs.jsonl, its last {_MOST_EPOCH_BYTES >> 20} MiB" if skipped else "epochs.jsonl"
    series: dict[tuple[str, str, int], dict[int, float]] = {}
    for record in files.each_line(path, skipped):
        execution, epoch, logs = record.get("execution"), record.get("epoch"), record.get("logs")
        if not (_is_count(execution) and _is_count(epoch) and isinstance(logs, dict)):
            continue
        for name, value in logs.items():
            if isinstance(value, (int, float)) and (value != value or abs(value) <= sys.float_info.max):
                metric, split = _split_of(name)
                series.setdefault((metric, split, execution), {})[epoch] = float(value)
    return _to_curves(series), source


def _from_keras_tuner(folder: Path) -> list[Curve]:
    """The curves that keras-tuner itself stored: one a metric and step in trial.json (plain tuners up to 1.0.4, and
    whoever calls `update_trial` with a step), one an execution in execution.json (0.9)."""
    series: dict[tuple[str, str, int], dict[int, float]] = {}
    for execution, content in enumerate(legacy_executions(folder)):
        history = as_mapping(as_mapping(content.get("per_epoch_metrics")).get("metrics_history"))
        for name, points in history.items():
            metric, split = _split_of(name)
            series[metric, split, execution] = dict(enumerate(numbers(points)))
    metrics = as_mapping(
        as_mapping((files.read_object_if_there(folder / "trial.json") or {}).get("metrics")).get("metrics")
    )
    for name, content in metrics.items():
        observations = as_mapping(content).get("observations")
        steps: dict[int, list[float]] = {}
        for observation in observations if isinstance(observations, list) else []:
            step, values = as_mapping(observation).get("step"), numbers(as_mapping(observation).get("value"))
            if _is_count(step) and values:
                steps[step] = values
        if len(steps) < 2:
            continue  # the best epoch alone is no curve
        metric, split = _split_of(name)
        for step, values in steps.items():
            for execution, value in enumerate(values):
                series.setdefault((metric, split, execution), {})[step] = value
    return _to_curves({key: points for key, points in series.items() if points})


def _from_event_files(folder: Path, since: float = -math.inf) -> list[Curve]:
    """The curves in the event files of one trial that were written to at or after `since` (seconds since 1970)."""
    series: dict[tuple[str, str, int], dict[int, float]] = {}
    for name in _subfolders(folder):
        number = name.removeprefix("execution")
        if not name.startswith("execution") or not number.isdecimal():
            continue
        for split in ("train", "validation"):
            for path in sorted((folder / name / split).glob("*.tfevents.*")):
                try:
                    scalars = read_scalars(path) if path.stat().st_mtime >= since else []
                except OSError:
                    continue
                _add_scalars(series, split, int(number), scalars)
    return _to_curves(series)


def _add_scalars(
    series: dict[tuple[str, str, int], dict[int, float]], split: str, execution: int, scalars: list[Scalar]
) -> None:
    """Add one event file. Where it starts over, an earlier search wrote into the same directory: that one ends."""
    begun: set[str] = set()
    for tag, step, value in scalars:
        if not tag.startswith("epoch_"):
            continue
        points = series.setdefault((tag[6:], split, execution), {})
        if tag not in begun:
            begun.add(tag)
            for later in [earlier for earlier in points if earlier >= step]:
                del points[later]
        points[step] = value


def _to_curves(series: Mapping[tuple[str, str, int], Mapping[int, float]]) -> list[Curve]:
    curves = []
    for (metric, split, execution), points in series.items():
        epochs = sorted(points)
        curves.append(Curve(metric, split, execution, tuple(epochs), tuple(points[epoch] for epoch in epochs)))
    return curves


def _split_of(name: str) -> tuple[str, str]:
    return (name[4:], "validation") if name.startswith("val_") else (name, "train")


def _agrees(curves: list[Curve], trial: Trial) -> bool | None:
    """Whether event files are this trial's; None where nothing can be compared.

    They are where some metric's best, averaged over executions, is the number stored in trial.json.
    """
    verdict: bool | None = None
    for name, stored in trial.metrics.items():
        metric, split = _split_of(name)
        runs = [c for c in curves if c.metric == metric and c.split == split and c.values]
        if stored is None or not math.isfinite(stored) or not runs:
            continue
        pick: Any = max if trial.directions.get(name) == "max" else min
        average = sum(pick(run.values) for run in runs) / len(runs)
        if math.isclose(average, stored, rel_tol=_FLOAT32_TOLERANCE, abs_tol=_FLOAT32_TOLERANCE):
            return True
        verdict = False
    return verdict
