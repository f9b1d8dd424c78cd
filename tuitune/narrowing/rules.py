"""What keras-tuner accepts as a hyperparameter, checked before it could raise, and said in words.

The rules are those of its constructors (`hp_types/*.py` of 1.4.8), and those of a relaunch: name, conditions
and type stay, because `build(hp)` asks for them; only Fixed may take the place of another type.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from tuitune.project.scalars import format_scalar
from tuitune.project.space import (
    KINDS,
    SAMPLINGS,
    Hyperparameter,
    Scalar,
    same_scalar,
    step_grid,
)


class FieldProblem(NamedTuple):
    """Why a field cannot stay as it is. `field`: minimum, maximum, step, sampling, choices, value or kind."""

    field: str
    problem: str


def check(hp: Hyperparameter, parent: Hyperparameter) -> list[FieldProblem]:
    """What keras-tuner, or the script's `build(hp)`, would refuse in `hp`, a changed `parent`."""
    if hp.kind not in KINDS and hp.kind == parent.kind:
        return []  # a type of a newer keras-tuner, passed through as it was
    if hp.kind == "Fixed":
        return _check_fixed(hp, parent)
    if hp.kind != parent.kind:
        return [FieldProblem("kind", f"is {parent.kind} in the script; it may become Fixed, not {hp.kind}")]
    if hp.is_numeric:
        return _check_range(hp)
    if hp.kind == "Choice":
        return _check_choices(hp, parent)
    return []


def _check_range(hp: Hyperparameter) -> list[FieldProblem]:
    problems = []
    for field in ("minimum", "maximum", "step"):
        value = getattr(hp, field)
        if value is None and field == "step":
            continue
        if not _is_number(value):
            problems.append(FieldProblem(field, f"the {field} must be a number"))
        elif hp.kind == "Int" and value != int(value):
            problems.append(FieldProblem(field, f"the {field} of an Int must be a whole number, not {value:g}"))
    if problems:
        return problems
    assert hp.minimum is not None
    assert hp.maximum is not None
    if hp.minimum > hp.maximum:
        low, high = format_scalar(hp.minimum), format_scalar(hp.maximum)
        problems.append(FieldProblem("minimum", f"the minimum {low} is greater than the maximum {high}"))
    if hp.sampling not in SAMPLINGS:
        problems.append(FieldProblem("sampling", f"sampling is one of {', '.join(SAMPLINGS)}"))
    if hp.is_log and hp.minimum <= 0:
        problems.append(FieldProblem("minimum", f"sampling {hp.sampling} needs a minimum above 0"))
    if hp.step is not None:
        if hp.is_log and hp.step <= 1:
            problems.append(
                FieldProblem("step", f"with sampling {hp.sampling} the step multiplies: it must be above 1")
            )
        elif hp.step <= 0:
            problems.append(FieldProblem("step", "the step must be above 0"))
    return problems


def _check_choices(hp: Hyperparameter, parent: Hyperparameter) -> list[FieldProblem]:
    if not hp.choices:
        return [FieldProblem("choices", "at least one value must stay")]
    if len({type(value) for value in hp.choices}) > 1:
        return [FieldProblem("choices", "all values must be of one type")]
    if parent.choices and type(hp.choices[0]) is not type(parent.choices[0]):
        kind = type(parent.choices[0]).__name__
        return [FieldProblem("choices", f"the script's values are of type {kind}")]
    return []


def _check_fixed(hp: Hyperparameter, parent: Hyperparameter) -> list[FieldProblem]:
    value = hp.value
    if value is None:
        return [FieldProblem("value", "a fixed hyperparameter needs a value")]
    if parent.kind in ("Int", "Float"):
        if not _is_number(value):
            return [FieldProblem("value", f"{value!r} is not a number")]
        if parent.kind == "Int" and value != int(value):
            return [FieldProblem("value", f"must be a whole number, not {value:g}")]
    elif parent.kind == "Boolean" and not isinstance(value, bool):
        return [FieldProblem("value", "must be true or false")]
    elif parent.kind == "Choice" and not any(same_scalar(value, option) for option in parent.choices):
        options = ", ".join(format_scalar(option) for option in parent.choices)
        return [FieldProblem("value", f"is not among the script's values: {options}")]
    return []


def _is_number(value: Any) -> bool:
    """Whether a float can hold it, which keras-tuner's arithmetic needs."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) <= sys.float_info.max  # also False for NaN


def settle_default(hp: Hyperparameter) -> Any:
    """A default that lies in the changed range: keras-tuner evaluates `build()` with it before any trial.

    The old one where it still lies inside; else the minimum or the first choice (which keras-tuner takes
    where the default is None).
    """
    if hp.kind == "Boolean":
        return bool(hp.default)
    if hp.default is None or hp.kind == "Fixed":
        return None
    if hp.is_numeric:
        if _check_range(hp):
            return hp.default  # nothing can be said of a range that cannot be; it is refused elsewhere
        inside = isinstance(hp.default, (int, float)) and hp.contains(hp.default)
        return hp.default if inside else None
    return hp.default if any(same_scalar(hp.default, option) for option in hp.choices) else None


def count_configurations(space: Sequence[Hyperparameter], limit: int = 100_000) -> int | None:
    """How many different configurations the space holds; None where there are more than `limit`."""
    parents = {condition.name for hp in space for condition in hp.conditions}
    try:
        return _count(list(space), parents, {}, limit)
    except _TooManyError:
        return None


class _TooManyError(Exception):
    pass


def _count(space: list[Hyperparameter], parents: set[str], values: dict[str, Scalar], limit: int) -> int:
    total = 1
    for position, hp in enumerate(space):
        if not hp.is_active(values):
            continue
        options = _finite_options(hp)
        if options is None:
            raise _TooManyError
        if hp.name in parents:
            rest = space[position + 1 :]
            branches = sum(_count(rest, parents, {**values, hp.name: option}, limit) for option in options)
            total *= branches
            break
        total *= max(1, len(options))
        if total > limit:
            raise _TooManyError
    if total > limit:
        raise _TooManyError
    return total


def _finite_options(hp: Hyperparameter) -> Sequence[Scalar] | None:
    if not hp.is_numeric:
        return hp.options()
    if hp.minimum == hp.maximum:
        return (hp.minimum,)
    if hp.step is not None:
        return step_grid(hp, limit=2_000)
    if hp.kind == "Int" and hp.minimum is not None and hp.maximum is not None and hp.maximum - hp.minimum < 2_000:
        return range(int(hp.minimum), int(hp.maximum) + 1)
    return None
