"""From values to positions and back, the one place for everybody who draws, judges or searches a scale.

A numeric hyperparameter has a scale of its own (linear, log, reverse log): 0 is its minimum, 1 its maximum. The place
of a category is its number among the options. Standard library only: the worker uses it too.
"""

from __future__ import annotations

import math
from typing import Any, Optional

from tuitune.project.space import Hyperparameter, from_unit, same_scalar, step_grid, to_unit


def position(hp: Hyperparameter, value: Any, low: float = -math.inf, high: float = math.inf) -> Optional[float]:
    """Where `value` lies; None for what is no value of `hp`: no number, not finite, no option.

    Args:
        value: as a trial has it.
        low, high: a position beyond these is moved to them; only of a numeric hyperparameter.
    """
    if not hp.is_numeric:
        return next((float(n) for n, option in enumerate(hp.options()) if same_scalar(option, value)), None)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    if hp.is_log and value <= 0 and hp.sampling == "log":
        return None if low == -math.inf else low
    return min(high, max(low, to_unit(hp, value)))


def value_near(hp: Hyperparameter, at: float) -> float:
    """The number at a position, whole where `hp` is an Int, whether or not it is on its grid: for labels."""
    value = from_unit(hp, at)
    return round(value) if hp.kind == "Int" else value


def value_at(hp: Hyperparameter, at: float) -> Any:
    """The value that a numeric hyperparameter can have nearest to a position between 0 and 1."""
    grid = step_grid(hp)
    if grid is not None:
        nearest = min(grid, key=lambda point: abs(to_unit(hp, point) - at)) if hp.is_log else None
        value = grid[min(len(grid) - 1, int(at * len(grid)))] if nearest is None else nearest
        return int(value) if hp.kind == "Int" else float(value)
    assert hp.minimum is not None
    assert hp.maximum is not None
    if hp.kind == "Int":
        if hp.is_log:
            return int(min(hp.maximum, max(hp.minimum, round(from_unit(hp, at)))))
        return int(min(hp.maximum, math.floor(hp.minimum + at * (hp.maximum - hp.minimum + 1))))
    return float(min(hp.maximum, max(hp.minimum, from_unit(hp, at))))
