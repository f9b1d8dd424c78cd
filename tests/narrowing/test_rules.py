"""keras-tuner's rules in words, the default of a changed range, counting configurations."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuitune.narrowing.rules import check, count_configurations, settle_default
from tuitune.project.space import Condition, Hyperparameter, Scalar, step_grid

UNITS = Hyperparameter("units", "Int", minimum=16, maximum=128, step=16)
LR = Hyperparameter("lr", "Float", minimum=1e-5, maximum=1e-1, sampling="log")
ACT = Hyperparameter("act", "Choice", choices=("relu", "tanh"), default="relu")
BN = Hyperparameter("bn", "Boolean", default=False)


def fixed(parent: Hyperparameter, value: Any) -> Hyperparameter:
    """`parent` held at a value."""
    return Hyperparameter(parent.name, "Fixed", parent.conditions, value=value)


@pytest.mark.parametrize(
    ("hp", "changes", "field", "words"),
    [
        (UNITS, {"minimum": 200}, "minimum", "greater than the maximum"),
        (UNITS, {"minimum": 16.5}, "minimum", "whole number"),
        (UNITS, {"maximum": 128.5}, "maximum", "whole number"),
        (UNITS, {"step": 1.5}, "step", "whole number"),
        (UNITS, {"step": 0}, "step", "above 0"),
        (UNITS, {"step": -16}, "step", "above 0"),
        (UNITS, {"minimum": None}, "minimum", "must be a number"),
        (UNITS, {"maximum": True}, "maximum", "must be a number"),
        (LR, {"minimum": 0.0}, "minimum", "above 0"),
        (LR, {"minimum": -1.0}, "minimum", "above 0"),
        (LR, {"minimum": math.nan}, "minimum", "must be a number"),
        (LR, {"maximum": math.inf}, "maximum", "must be a number"),
        (LR, {"step": 1}, "step", "above 1"),
        (LR, {"step": 0.5}, "step", "above 1"),
        (LR, {"sampling": "cubic"}, "sampling", "one of"),
        (LR, {"kind": "Int"}, "kind", "may become Fixed"),
        (ACT, {"kind": "Boolean"}, "kind", "may become Fixed"),
        (ACT, {"choices": ()}, "choices", "at least one"),
        (ACT, {"choices": ("relu", 1)}, "choices", "one type"),
        (ACT, {"choices": (1, 2)}, "choices", "type str"),
    ],
)
def test_what_keras_tuner_refuses_is_named_by_its_field(
    hp: Hyperparameter, changes: dict[str, Any], field: str, words: str
) -> None:
    """The first problem names the field and says what is wrong with it."""
    problems = check(dataclasses.replace(hp, **changes), hp)
    assert problems
    assert problems[0].field == field
    assert words in problems[0].problem


@pytest.mark.parametrize(
    ("parent", "value", "words"),
    [
        (UNITS, None, "needs a value"),
        (UNITS, "16", "not a number"),
        (UNITS, True, "not a number"),
        (UNITS, 16.5, "whole number"),
        (LR, math.nan, "not a number"),
        (BN, 1, "true or false"),
        (ACT, "gelu", "script's values: relu, tanh"),
    ],
)
def test_a_fixed_value_must_be_one_that_the_script_could_get(parent: Hyperparameter, value: Any, words: str) -> None:
    """build() would get a value of a type that it never asked for."""
    (problem,) = check(fixed(parent, value), parent)
    assert problem.field == "value"
    assert words in problem.problem


@pytest.mark.parametrize(
    ("hp", "parent"),
    [
        (UNITS, UNITS),
        (dataclasses.replace(UNITS, minimum=32, maximum=32), UNITS),
        (dataclasses.replace(UNITS, minimum=1, maximum=4096, step=1), UNITS),
        (dataclasses.replace(LR, sampling="linear"), LR),
        (fixed(LR, 1), LR),
        (fixed(UNITS, 17), UNITS),
        (fixed(BN, True), BN),
        (fixed(ACT, "tanh"), ACT),
        (dataclasses.replace(ACT, choices=("tanh",)), ACT),
        (Hyperparameter("s", "Spline", extra={"knots": 3}), Hyperparameter("s", "Spline", extra={"knots": 3})),
    ],
)
def test_what_keras_tuner_takes_has_no_problem(hp: Hyperparameter, parent: Hyperparameter) -> None:
    """Also a wider range, a single value and a type that tuitune does not know."""
    assert check(hp, parent) == []


def test_an_unknown_type_is_refused_where_the_script_has_a_known_one() -> None:
    """A slip in the type of a space file must not reach keras-tuner."""
    assert check(Hyperparameter("lr", "Flaot", extra={"min_value": 1}), LR)


@pytest.mark.parametrize("hp", [dataclasses.replace(UNITS, maximum=10**400), fixed(UNITS, 10**400)])
def test_an_enormous_whole_number_is_answered(hp: Hyperparameter) -> None:
    """A number of four hundred digits in a space file is refused or taken, and no crash."""
    assert isinstance(check(hp, UNITS), list)


@pytest.mark.parametrize(
    ("hp", "default"),
    [
        (dataclasses.replace(UNITS, default=32), 32),
        (dataclasses.replace(UNITS, default=8), None),
        (dataclasses.replace(UNITS, default=40), None),
        (dataclasses.replace(UNITS, default="32"), None),
        (dataclasses.replace(UNITS, default=None), None),
        (ACT, "relu"),
        (dataclasses.replace(ACT, choices=("tanh",)), None),
        (dataclasses.replace(BN, default=None), False),
        (BN, False),
        (fixed(ACT, "relu"), None),
    ],
)
def test_a_default_outside_of_the_changed_range_falls_back(hp: Hyperparameter, default: Any) -> None:
    """keras-tuner then takes the minimum or the first value."""
    assert settle_default(hp) == default


# ------------------------------------------------------------------------------------------------------- counting


def brute_force(space: list[Hyperparameter]) -> int:
    """Different configurations, found by trying every combination of all values."""
    seen = set()
    options: list[list[Scalar]] = [
        list(hp.options()) if not hp.is_numeric else list(step_grid(hp) or ()) for hp in space
    ]
    for combination in itertools.product(*options):
        values: dict[str, Scalar] = {}
        for hp, value in zip(space, combination, strict=True):
            if hp.is_active(values):
                values[hp.name] = value
        seen.add(tuple(sorted((name, str(value)) for name, value in values.items())))
    return len(seen)


@st.composite
def small_spaces(draw: st.DrawFn) -> list[Hyperparameter]:
    """Up to five hyperparameters, each under up to two conditions on earlier ones."""
    space: list[Hyperparameter] = []
    for number in range(draw(st.integers(0, 5))):
        conditions = []
        for parent in draw(st.lists(st.sampled_from(space), max_size=2, unique_by=lambda hp: hp.name)) if space else []:
            values = parent.options() if not parent.is_numeric else tuple(step_grid(parent) or ())
            chosen = draw(st.lists(st.sampled_from(list(values)), min_size=1, max_size=2, unique=True))
            conditions += [*parent.conditions, Condition(parent.name, tuple(chosen))]
        where = tuple(dict.fromkeys(conditions))
        kind = draw(st.sampled_from(["Choice", "Boolean", "Fixed", "Int", "Float"]))
        name = f"h{number}"
        if kind == "Choice":
            hp = Hyperparameter(name, kind, where, choices=tuple("abc"[: draw(st.integers(1, 3))]))
        elif kind == "Boolean":
            hp = Hyperparameter(name, kind, where)
        elif kind == "Fixed":
            hp = Hyperparameter(name, kind, where, value=3)
        elif kind == "Int":
            low = draw(st.integers(-2, 2))
            hp = Hyperparameter(name, kind, where, minimum=low, maximum=low + draw(st.integers(0, 3)), step=1)
        else:
            hp = Hyperparameter(name, kind, where, minimum=0.25, maximum=draw(st.sampled_from([0.25, 1.0])), step=0.25)
        space.append(hp)
    return space


@settings(max_examples=150, deadline=None)
@given(small_spaces())
def test_the_count_of_configurations_is_that_of_trying_all(space: list[Hyperparameter]) -> None:
    """Conditions on conditions too."""
    assert count_configurations(space) == brute_force(space)


@settings(max_examples=60, deadline=None)
@given(small_spaces(), st.integers(1, 40))
def test_a_count_over_the_limit_is_none(space: list[Hyperparameter], limit: int) -> None:
    """The limit is where counting ends, not what it answers."""
    count = brute_force(space)
    assert count_configurations(space, limit) == (count if count <= limit else None)


@pytest.mark.parametrize(
    ("space", "count"),
    [
        ([], 1),
        ([LR], None),
        ([dataclasses.replace(LR, maximum=LR.minimum)], 1),
        ([Hyperparameter("n", "Int", minimum=4, maximum=32, sampling="log")], 29),
        ([dataclasses.replace(UNITS, maximum=10_000_000)], None),
        ([dataclasses.replace(ACT, name=f"a{n}") for n in range(20)], None),
        ([BN, Hyperparameter("lr", "Float", (Condition("bn", (True,)),), minimum=0.0, maximum=1.0)], None),
    ],
)
def test_a_range_without_end_has_no_count(space: list[Hyperparameter], count: int | None) -> None:
    """A Float without a step makes the space endless, also where it is active only sometimes."""
    assert count_configurations(space) == count
