"""Trials on their way into the table: a column for each thing that they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec


class TrialRecord(NamedTuple):
    """What a source says of one trial. `metrics`: best value by the metric's own direction, mean over executions.

    `directions` has one entry a metric; `oddities` says which fields hold what does not belong there.
    """

    trial_id: str
    status: str
    score: float | None
    best_step: int | None
    values: Mapping[str, Any]
    metrics: Mapping[str, float | None]
    directions: tuple[str, ...]
    message: str | None
    oddities: tuple[str, ...] = ()


class Shape(msgspec.Struct, frozen=True):
    """Which values and metrics a trial holds, in the order of its file or of the space; a few serve a whole search."""

    values: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()


class Batch(NamedTuple):
    """Trials that are added together, one entry a trial in every column.

    `values` and `metrics` hold None where a trial has no such entry; `shape` says which of `shapes` is its own.
    """

    trial_id: Sequence[str]
    status: Sequence[str]
    score: Sequence[float | None]
    best_step: Sequence[int | None]
    message: Sequence[str | None]
    values: Mapping[str, Sequence[Any]]
    metrics: Mapping[str, Sequence[float | None]]
    shapes: Sequence[Shape]
    shape: Sequence[int]


def batch_of(ids: Sequence[str], records: Sequence[TrialRecord]) -> Batch:
    """The trials `ids`, of which `records` tell."""
    _, statuses, scores, best_steps, values, metrics, directions, messages, _ = zip(*records, strict=True)
    keys = list(zip(map(tuple, values), map(tuple, metrics), directions, strict=True))
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return Batch(
        trial_id=ids,
        status=statuses,
        score=scores,
        best_step=best_steps,
        message=messages,
        values=_columns(values, [key[0] for key in numbers]),
        metrics=_columns(metrics, [key[1] for key in numbers]),
        shapes=[Shape(*key) for key in numbers],
        shape=[numbers[key] for key in keys],
    )


def _columns(rows: Sequence[Mapping[str, Any]], names: Sequence[Sequence[str]]) -> dict[str, list[Any]]:
    return {name: [row.get(name) for row in rows] for name in dict.fromkeys(name for part in names for name in part)}
