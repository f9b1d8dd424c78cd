"""One trial.json decoded: fast for the usual file, patiently for a strange one.

The usual file goes through msgspec with a schema, which skips the search space that every file repeats.
msgspec refuses NaN and Infinity and wrong types; such files are read again with the standard library and
taken field by field.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from tuitune import files
from tuitune.project.batch import TrialRecord


class _Observation(msgspec.Struct, gc=False):
    value: list[float]


class _Metric(msgspec.Struct, gc=False):
    observations: list[_Observation] = []
    direction: str | None = None


class _Metrics(msgspec.Struct, gc=False):
    metrics: dict[str, _Metric] = {}


WholeNumber = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]  # larger ones take the patient way


class _Values(msgspec.Struct, gc=False):
    values: dict[str, WholeNumber | float | str | bool | None] = {}


class _TrialFile(msgspec.Struct, gc=False):
    trial_id: str
    status: str
    hyperparameters: _Values
    metrics: _Metrics
    score: float | None = None
    best_step: WholeNumber | None = None
    message: str | None = None


_decode = msgspec.json.Decoder(_TrialFile).decode


def decode_trial(data: bytes) -> TrialRecord:
    """The trial in `data`, the bytes of a trial.json. Raises files.UnreadableFile."""
    try:
        file = _decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return take_trial(files.parse_object(data))
    metrics: dict[str, float | None] = {}
    directions = []
    for name, metric in file.metrics.metrics.items():
        observations = metric.observations
        direction = metric.direction or "min"
        if len(observations) == 1 and len(observations[0].value) == 1:  # as good as always
            metrics[name] = observations[0].value[0]
        else:
            metrics[name] = _best([item.value for item in observations], direction)
        directions.append(direction)
    values = file.hyperparameters.values
    return TrialRecord._make(  # a third of the time of TrialRecord(…)
        (
            file.trial_id,
            file.status,
            file.score,
            file.best_step,
            values,
            metrics,
            tuple(directions),
            file.message,
            (),
        )
    )


def take_trial(content: dict[str, Any]) -> TrialRecord:
    """The trial in any JSON object, field by field. Raises files.UnreadableFile."""
    trial_id, status = content.get("trial_id"), content.get("status")
    if not isinstance(trial_id, str) or not isinstance(status, str):
        raise files.UnreadableFile("has no trial_id and status: not a trial of keras-tuner")
    odd: list[str] = []
    values = plain_values(_inside(content, "hyperparameters", "values", odd), odd)
    metrics: dict[str, float | None] = {}
    directions = []
    for name, metric in _inside(content, "metrics", "metrics", odd).items():
        direction = "max" if as_mapping(metric).get("direction") == "max" else "min"
        observations = as_mapping(metric).get("observations", [])
        if not isinstance(observations, list):
            odd.append(f"the observations of {name!r} are {_kind(observations)}")
            observations = []
        metrics[name] = _best([_numbers(as_mapping(item).get("value")) for item in observations], direction)
        directions.append(direction)
    return TrialRecord(
        trial_id,
        status,
        _field(content, "score", as_number, "a number", odd),
        _field(content, "best_step", as_whole, "a whole number", odd),
        values,
        metrics,
        tuple(directions),
        _field(content, "message", lambda value: value if isinstance(value, str) else None, "a text", odd),
        tuple(odd),
    )


def _inside(content: Mapping[str, Any], outer: str, inner: str, odd: list[str]) -> dict[str, Any]:
    holder = content.get(outer)
    found = as_mapping(holder).get(inner, {} if isinstance(holder, dict) else None)
    if not isinstance(found, dict):
        odd.append(f"{outer} holds no {inner}")
        return {}
    return found


def plain_values(stored: Mapping[str, Any], odd: list[str]) -> dict[str, Any]:
    """The values that a hyperparameter can have; each other one is noted in `odd`."""
    values = {}
    for name, value in stored.items():
        if isinstance(value, int) and abs(value) > sys.float_info.max:
            odd.append(f"the value of {name!r} is larger than any number that can be computed with")
        elif value is None or isinstance(value, (int, float, str)):
            values[name] = value
        else:
            odd.append(f"the value of {name!r} is {_kind(value)}")
    return values


def _field(content: Mapping[str, Any], name: str, take: Any, expected: str, odd: list[str]) -> Any:
    value = content.get(name)
    taken = take(value)
    if taken is None and value is not None:
        odd.append(f"{name} is {_kind(value)}, not {expected}")
    return taken


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "of no known kind")


_KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}


def _best(observations: list[list[float]], direction: str) -> float | None:
    """keras-tuner's best value: executions averaged, then the best step by `direction`; NaN only if all are."""
    means = [sum(row) / len(row) for row in observations if row]
    finite = [mean for mean in means if not math.isnan(mean)]
    if not finite:
        return means[0] if means else None
    return max(finite) if direction == "max" else min(finite)


def as_mapping(value: Any) -> dict[str, Any]:
    """`value` where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _numbers(row: Any) -> list[float]:
    """The numbers of one observation; [] where one of them is none."""
    numbers = [as_number(item) for item in row] if isinstance(row, list) else []
    return [number for number in numbers if number is not None] if None not in numbers else []


def as_whole(value: Any) -> int | None:
    """A whole number; None for all else, and for one so large that it is damage."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _HUGE else None


_HUGE = 2**63
