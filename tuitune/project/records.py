"""One trial.json decoded: fast for the usual file, patiently for a strange one.

The usual file goes through msgspec with a schema, which skips the search space that every file repeats.
msgspec refuses NaN and Infinity and wrong types; such files are read again with the standard library and
taken field by field.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tuitune import files


class _Observation(msgspec.Struct):
    value: list[float]
    step: int | float | None = 0


class _Metric(msgspec.Struct):
    observations: list[_Observation] = []
    direction: str | None = None


class _Metrics(msgspec.Struct):
    metrics: dict[str, _Metric] = {}


class _Values(msgspec.Struct):
    values: dict[str, int | float | str | bool | None] = {}


class _TrialFile(msgspec.Struct):
    trial_id: str
    status: str
    hyperparameters: _Values
    metrics: _Metrics
    score: float | None = None
    best_step: int | None = None
    message: str | None = None


class TrialRecord(NamedTuple):
    """What one trial.json says. `metrics`: best value by the metric's own direction, mean over executions."""

    trial_id: str
    status: str
    score: float | None
    best_step: int | None
    values: Mapping[str, Any]
    metrics: Mapping[str, float | None]
    directions: Mapping[str, str]
    message: str | None


_decoder = msgspec.json.Decoder(_TrialFile)


def decode_trial(path: Path, data: bytes) -> TrialRecord:
    """The trial in `data`, the bytes of the file at `path`. Raises files.UnreadableFile."""
    try:
        file = _decoder.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _decode_patiently(path, files.parse_object(path, data))
    metrics: dict[str, float | None] = {}
    directions: dict[str, str] = {}
    for name, metric in file.metrics.metrics.items():
        direction = metric.direction or "min"
        observations = metric.observations
        if len(observations) == 1 and len(observations[0].value) == 1:  # as good as always
            metrics[name] = observations[0].value[0]
        else:
            metrics[name] = _best([item.value for item in observations], direction)
        directions[name] = direction
    return TrialRecord(
        file.trial_id,
        file.status,
        file.score,
        file.best_step,
        file.hyperparameters.values,
        metrics,
        directions,
        file.message,
    )


def _decode_patiently(path: Path, content: dict[str, Any]) -> TrialRecord:
    trial_id, status = content.get("trial_id"), content.get("status")
    if not isinstance(trial_id, str) or not isinstance(status, str):
        raise files.UnreadableFile(path, "has no trial_id and status: not a trial of keras-tuner")
    values = _mapping(_mapping(content.get("hyperparameters")).get("values"))
    metrics: dict[str, float | None] = {}
    directions: dict[str, str] = {}
    for name, metric in _mapping(_mapping(content.get("metrics")).get("metrics")).items():
        direction = "max" if _mapping(metric).get("direction") == "max" else "min"
        observations = _mapping(metric).get("observations")
        rows = (
            [_numbers(_mapping(item).get("value")) for item in observations] if isinstance(observations, list) else []
        )
        metrics[name] = _best(rows, direction)
        directions[name] = direction
    message = content.get("message")
    step = content.get("best_step")
    return TrialRecord(
        trial_id,
        status,
        _number(content.get("score")),
        step if isinstance(step, int) and not isinstance(step, bool) else None,
        {name: value for name, value in values.items() if value is None or isinstance(value, (int, float, str))},
        metrics,
        directions,
        message if isinstance(message, str) else None,
    )


def _best(observations: list[list[float]], direction: str) -> float | None:
    """keras-tuner's best value: executions averaged, then the best step by `direction`; NaN only if all are."""
    means = [sum(row) / len(row) for row in observations if row]
    finite = [mean for mean in means if not math.isnan(mean)]
    if not finite:
        return means[0] if means else None
    return max(finite) if direction == "max" else min(finite)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _numbers(row: Any) -> list[float]:
    """The numbers of one observation; [] where one of them is none."""
    numbers = [_number(item) for item in row] if isinstance(row, list) else []
    return [number for number in numbers if number is not None] if None not in numbers else []
