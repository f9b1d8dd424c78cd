"""The search space: parsing, describing, its scale, without keras-tuner."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tuitune.project.scalars import format_scalar
from tuitune.project.space import (
    Condition,
    Hyperparameter,
    describe_range,
    from_unit,
    parse_space,
    same_scalar,
    step_count,
    step_grid,
    to_unit,
)

CHOICE = {"class_name": "Choice", "config": {"name": "act", "values": ["relu", "tanh"], "ordered": False}}


def numeric(
    kind: str, low: float, high: float, step: float | None = None, sampling: str = "linear", **more: Any
) -> Hyperparameter:
    """An Int or a Float called x."""
    return Hyperparameter("x", kind, minimum=low, maximum=high, step=step, sampling=sampling, **more)


@pytest.mark.parametrize(
    ("configs", "words"),
    [
        (None, "not a list"),
        ("text", "not a list"),
        ({"a": 1}, "not a list"),
        ([5], "entry 0"),
        ([None], "entry 0"),
        (["abc"], "entry 0"),
        ([CHOICE, {"class_name": "Int", "config": None}], "entry 1"),
        ([{"class_name": "Int", "config": {"name": "x", "max_value": 3}}], "min_value"),
        ([{"class_name": "Int", "config": {"name": "x", "min_value": "1", "max_value": 3}}], "not a number"),
        ([{"class_name": "Int", "config": {"name": "x", "min_value": True, "max_value": 3}}], "not a number"),
        ([{"class_name": "Choice", "config": {"name": "x"}}], "values"),
        ([{"class_name": "Choice", "config": {"name": "x", "values": [[1]]}}], "plain value"),
        ([{"class_name": "Choice", "config": {"name": 7, "values": [1]}}], "name"),
        ([{"class_name": "Boolean", "config": {"name": "x", "conditions": [{}]}}], "config"),
        ([{"type": "Fixed", "name": "x"}], "value"),
    ],
)
def test_an_entry_that_cannot_be_read_is_named(configs: Any, words: str) -> None:
    """A broken entry costs itself, and the answer says which and why."""
    space, problems = parse_space(configs)
    assert len(problems) == 1
    assert words in problems[0]
    assert len(space) == (len(configs) - 1 if isinstance(configs, list) else 0)


def test_a_space_of_release_1_0_has_no_conditions_and_no_sampling() -> None:
    """Fields that older releases leave out, or write as null, mean the plain case."""
    config = {"class_name": "Int", "config": {"name": "u", "default": None, "min_value": 1, "max_value": 5, "step": 1}}
    config["config"]["sampling"] = None  # type: ignore[index]
    (hp,), problems = parse_space([config])
    assert not problems
    assert hp == Hyperparameter("u", "Int", minimum=1, maximum=5, step=1)


def test_an_unknown_kind_is_passed_through_unchanged() -> None:
    """A type of a later keras-tuner keeps everything that its config holds."""
    entry = {"class_name": "Spline", "config": {"name": "s", "default": 3, "conditions": [], "knots": [1, 2]}}
    (hp,), problems = parse_space([entry])
    assert not problems
    assert hp.to_config() == entry


def test_a_condition_holds_only_where_its_hyperparameter_has_the_value() -> None:
    """A name that the trial does not have keeps the condition from holding."""
    hp = Hyperparameter("x", "Boolean", (Condition("act", ("relu", "elu")), Condition("n", (1,))))
    assert hp.is_active({"act": "elu", "n": 1})
    assert not hp.is_active({"act": "tanh", "n": 1})
    assert not hp.is_active({"act": "elu"})


@pytest.mark.parametrize(
    ("hp", "text"),
    [
        (numeric("Float", 1e-4, 0.1, sampling="log"), "0.0001 … 0.1 log"),
        (numeric("Int", 16, 128, 16), "16 … 128 step 16"),
        (numeric("Int", 1, 3, 1), "1 … 3"),
        (numeric("Int", 2, 32, 2, "log"), "2 … 32 step ×2 log"),
        (Hyperparameter("x", "Choice", choices=("relu", "tanh")), "relu, tanh"),
        (Hyperparameter("x", "Fixed", value=3), "fixed 3"),
        (Hyperparameter("x", "Boolean"), "True, False"),
    ],
)
def test_a_range_is_described_in_a_few_characters(hp: Hyperparameter, text: str) -> None:
    """Bounds, step and sampling, where they say something."""
    assert describe_range(hp) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "True"), (3, "3"), (0.1 + 0.2, "0.3"), (math.nan, "nan"), (math.inf, "inf"), ("a", "a")],
)
def test_a_value_is_shown_short(value: Any, text: str) -> None:
    """Five digits that matter, and None as nothing."""
    assert format_scalar(value) == text


def test_equal_values_of_different_kinds_of_text_stay_apart() -> None:
    """The word "1" is not the number 1, while a stored 1 is the bool it stands for."""
    assert same_scalar(1, True)
    assert same_scalar("a", "a")
    assert not same_scalar("1", 1)


@pytest.mark.parametrize(
    ("hp", "value", "expected"),
    [
        (numeric("Int", 16, 64, 16), 32, True),
        (numeric("Int", 16, 64, 16), 40, False),
        (numeric("Int", 16, 64, 16), 80, False),
        (numeric("Int", 1, 5), 2.5, False),
        (numeric("Int", 1, 5), "2", False),
        (numeric("Float", 0.0, 0.6, 0.1), 0.30000000000000004, True),
        (numeric("Float", 0.0, 0.6, 0.1), 0.35, False),
        (numeric("Float", 1e-4, 1e-1, 10, "log"), 0.01, True),
        (numeric("Float", 1e-4, 1e-1, 10, "log"), 0.02, False),
        (numeric("Float", 0.0, 1.0), math.nan, False),
        (numeric("Float", 0.0, 1.0), True, False),
        (Hyperparameter("x", "Boolean"), False, True),
        (Hyperparameter("x", "Boolean"), "False", False),
        (Hyperparameter("x", "Choice", choices=("a", "b")), "c", False),
    ],
)
def test_contains_says_whether_a_search_could_yield_the_value(hp: Hyperparameter, value: Any, expected: bool) -> None:
    """Bounds, whole numbers and the step decide; rounding errors do not."""
    assert hp.contains(value) is expected


def test_a_step_that_means_millions_makes_no_list() -> None:
    """The count is known, the values are not spelled out."""
    hp = numeric("Int", 0, 50_000_000, 1)
    assert step_count(hp) == 50_000_001
    assert step_grid(hp) is None
    assert hp.contains(49_999_999)


ranges = st.tuples(
    st.sampled_from(["Int", "Float"]),
    st.sampled_from(["linear", "log", "reverse_log"]),
    st.integers(1, 1_000),
    st.integers(1, 100_000),
    st.sampled_from([1, 1e-3, 1e-6]),
)


@settings(max_examples=200, deadline=None)
@given(ranges, st.floats(0, 1))
def test_unit_and_value_are_inverse(parts: tuple[str, str, int, int, float], unit: float) -> None:
    """A position on the scale leads to a value inside the range and back."""
    kind, sampling, low, width, scale = parts
    factor = 1.0 if kind == "Int" else scale
    hp = numeric(kind, low * factor, (low + width) * factor, sampling=sampling)
    value = from_unit(hp, unit)
    assert hp.minimum is not None
    assert hp.maximum is not None
    assert hp.minimum * (1 - 1e-9) <= value <= hp.maximum * (1 + 1e-9)
    assert to_unit(hp, value) == pytest.approx(unit, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(ranges, st.integers(1, 50))
def test_the_grid_ascends_inside_the_range_and_holds_its_start(
    parts: tuple[str, str, int, int, float], step: int
) -> None:
    """Every point of a grid is a value that the hyperparameter contains."""
    kind, sampling, low, width, scale = parts
    factor = 1.0 if kind == "Int" else scale
    assume(sampling == "linear" or step > 1)
    hp = numeric(kind, low * factor, (low + width) * factor, step * factor if sampling == "linear" else step, sampling)
    grid = step_grid(hp)
    assume(grid is not None and len(grid) < 300)
    assert grid is not None
    assert grid == sorted(grid)
    assert len(grid) == step_count(hp)
    assert (grid[-1] == pytest.approx(hp.maximum)) if sampling == "reverse_log" else (grid[0] == hp.minimum)
    assert all(hp.contains(point) for point in grid)


scalars = st.one_of(st.integers(-5, 5), st.text(max_size=5), st.booleans(), st.floats(allow_nan=False))
conditions = st.lists(
    st.builds(lambda name, values: Condition(name, tuple(values)), st.text(max_size=4), st.lists(scalars, max_size=3)),
    max_size=2,
).map(tuple)
spaces = st.one_of(
    st.builds(
        lambda name, where, kind, low, high, step, sampling, default: Hyperparameter(
            name, kind, where, minimum=low, maximum=high, step=step, sampling=sampling, default=default
        ),
        st.text(max_size=10),
        conditions,
        st.sampled_from(["Int", "Float"]),
        st.integers(-10, 10),
        st.floats(allow_nan=False),
        st.one_of(st.none(), st.integers(1, 4)),
        st.sampled_from(["linear", "log", "reverse_log"]),
        st.one_of(st.none(), st.integers()),
    ),
    st.builds(
        lambda name, where, values: Hyperparameter(name, "Choice", where, choices=tuple(values), ordered=False),
        st.text(max_size=10),
        conditions,
        st.lists(scalars, max_size=4),
    ),
    st.builds(lambda name, value: Hyperparameter(name, "Fixed", value=value), st.text(max_size=10), scalars),
    st.builds(lambda name, value: Hyperparameter(name, "Boolean", default=value), st.text(max_size=9), st.booleans()),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(spaces, max_size=4))
def test_both_written_forms_are_read_back_the_same(space: list[Hyperparameter]) -> None:
    """keras-tuner's nested form and tuitune's flat form lose nothing."""
    for form in ([hp.to_config() for hp in space], [hp.to_json() for hp in space]):
        again, problems = parse_space(form)
        assert not problems
        assert list(again) == space


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                st.sampled_from(["class_name", "config", "name", "conditions", "values", "min_value", "max_value"]),
                st.text(max_size=4),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(json_values)
def test_any_json_is_parsed_or_reported(value: Any) -> None:
    """Whatever stands where the space should be, the parser answers with entries and sentences."""
    space, problems = parse_space(value)
    assert len(space) + len(problems) == (len(value) if isinstance(value, list) else 1)


def test_a_space_of_a_million_entries_is_cut_and_said_so() -> None:
    """Only damage makes one: it must not cost a minute, nor a sentence for each entry."""
    space, problems = parse_space([{"class_name": "Boolean", "config": {"name": "a"}}] * 10 + [1] * 1_000_000)
    assert len(space) == 10
    assert len(problems) < 30
    assert "entry 10 of the search space cannot be read" in problems[0]
    assert "more entries" in problems[-2]
    assert "1000010 entries" in problems[-1]
