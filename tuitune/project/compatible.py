"""Whether values that were tried in one space say something about a search of another.

Standard library only: the launcher tells with it what warms a round, the worker uses it for just that.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from typing import Any

from tuitune.project.scalars import format_scalar
from tuitune.project.space import Hyperparameter, same_scalar, step_grid, to_unit

MOST_USED = 200  # trials that the model of a Bayesian round goes by: its cost grows with their cube
_FAR = 4.0  # widths of a range beyond which a point says nothing about what is inside it


def incompatibility(space: Sequence[Hyperparameter], values: Mapping[str, Any]) -> str | None:
    """Why `values` say nothing about a search of `space`; None where they do.

    A number outside a range does: the scores go on there, unless it is far away. A category that is no longer an
    option does not, nor does another value of what is fixed now. A value that is missing is that of a
    hyperparameter which the search met only later.
    """
    return next((reason for reason in (incompatibility_of(hp, values) for hp in space) if reason is not None), None)


def incompatibility_of(hp: Hyperparameter, values: Mapping[str, Any]) -> str | None:
    """Why `values` say nothing about a search that has `hp`; None where they do."""
    value = values.get(hp.name)
    if value is None or not hp.is_active(values):
        return None
    if hp.is_numeric:
        return None if is_on_scale(hp, value) else f"{hp.name} is far outside its range"
    if any(same_scalar(value, option) for option in hp.options()):
        return None
    return f"{hp.name} is {format_scalar(value)}"


def is_on_scale(hp: Hyperparameter, value: Any) -> bool:
    """Whether a numeric hyperparameter's scale holds `value`, not too far from its range."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return False
    assert hp.minimum is not None
    assert hp.maximum is not None
    if hp.sampling == "log" and value <= 0:
        return False
    if hp.sampling == "reverse_log" and value >= hp.minimum + hp.maximum:
        return False
    return -_FAR <= to_unit(hp, value) <= 1 + _FAR


def part_inside(space: Sequence[Hyperparameter], values: Mapping[str, Any]) -> dict[str, Any] | None:
    """The part of `values` that makes a trial of `space`; None where the space does not hold them.

    What is missing is left to the default of the script, as keras-tuner does.
    """
    inside: dict[str, Any] = {}
    for hp in space:
        value = values.get(hp.name)
        if value is not None and hp.is_active(inside):
            if not hp.contains(value):
                return None
            inside[hp.name] = own_value(hp, value)
    return inside


def scores_needed(space: Sequence[Hyperparameter]) -> int:
    """How many scores the model of a Bayesian round over `space` needs to say more than chance does."""
    return max(4, sum(hp.kind != "Fixed" for hp in space) + 1)


def own_value(hp: Hyperparameter, value: Any) -> Any:
    """The value of `hp` that `value`, which it contains, stands for: 8 for 8.0, 0.7 for 0.7000000000000001."""
    if not hp.is_numeric:
        return next((option for option in hp.options() if same_scalar(value, option)), value)
    grid = step_grid(hp)
    if grid:
        at = bisect.bisect_left(grid, value)
        return min(grid[max(0, at - 1) : at + 1], key=lambda point: abs(point - value))
    return int(value) if hp.kind == "Int" else float(value)


def is_whole(space: Sequence[Hyperparameter], values: Mapping[str, Any]) -> bool:
    """Whether `values` name every hyperparameter that counts beside them."""
    return all(hp.name in values for hp in space if hp.is_active(values))
