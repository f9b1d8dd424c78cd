"""The rules against the real keras-tuner: refused exactly where its constructor raises."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuitune.narrowing.draft import space_to_json
from tuitune.narrowing.rules import check, settle_default
from tuitune.project.space import Hyperparameter, parse_space

pytestmark = pytest.mark.keras

SAMPLINGS = st.sampled_from(["linear", "log", "reverse_log", "cubic"])
WHOLE = st.integers(-3, 40)
HALVES = st.integers(-3, 20).map(lambda n: n / 2)


def declares(keras_tuner: Any, hp: Hyperparameter) -> bool:
    """Whether keras-tuner takes the hyperparameter and draws from it."""
    container = keras_tuner.HyperParameters()
    kwargs: dict[str, Any] = {"name": hp.name, "default": hp.default}
    try:
        if hp.is_numeric:
            getattr(container, hp.kind)(
                min_value=hp.minimum, max_value=hp.maximum, step=hp.step, sampling=hp.sampling, **kwargs
            )
        elif hp.kind == "Choice":
            container.Choice(values=list(hp.choices), **kwargs)
        else:
            container.Fixed(hp.name, hp.value)
        container.space[0].random_sample(1)
    except (ValueError, TypeError):
        return False
    return True


@settings(max_examples=300, deadline=None)
@given(WHOLE | HALVES, WHOLE | HALVES, st.none() | st.integers(1, 5) | st.sampled_from([0.5, 1.5]), SAMPLINGS)
def test_an_int_is_refused_exactly_where_keras_tuner_raises(
    keras_tuner: Any, low: float, high: float, step: float | None, sampling: str
) -> None:
    """Whole numbers, order of the bounds, logarithms and their steps."""
    hp = Hyperparameter("x", "Int", minimum=low, maximum=high, step=step, sampling=sampling)
    assert (check(hp, hp) == []) is declares(keras_tuner, hp)


@settings(max_examples=300, deadline=None)
@given(
    WHOLE | HALVES,
    WHOLE | st.floats(-10, 100),
    st.none() | st.sampled_from([0.1, 0.5, 1, 1.0, 2, 2.5]),
    SAMPLINGS,
)
def test_a_float_is_refused_exactly_where_keras_tuner_raises(
    keras_tuner: Any, low: float, high: float, step: float | None, sampling: str
) -> None:
    """The same for Floats, whose bounds may be whole numbers too."""
    hp = Hyperparameter("x", "Float", minimum=low, maximum=high, step=step, sampling=sampling)
    assert (check(hp, hp) == []) is declares(keras_tuner, hp)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b"]) | st.integers(0, 2) | st.booleans() | st.sampled_from([0.5, 1.0]), max_size=3)
)
def test_a_choice_is_refused_exactly_where_keras_tuner_raises(keras_tuner: Any, values: list[Any]) -> None:
    """No value, or values of two types."""
    hp = Hyperparameter("x", "Choice", choices=tuple(values))
    parent = hp if values else dataclasses.replace(hp, choices=("a",))
    assert (check(hp, parent) == []) is declares(keras_tuner, hp)


@pytest.mark.parametrize("step", [0, 0.0])
@pytest.mark.parametrize("kind", ["Int", "Float"])
def test_a_step_of_nothing_that_keras_tuner_only_trips_over_later_is_refused(
    keras_tuner: Any, kind: str, step: float
) -> None:
    """Its constructor takes it, and drawing then divides by zero."""
    hp = Hyperparameter("x", kind, minimum=0, maximum=4, step=step)
    assert check(hp, hp)
    with pytest.raises(ZeroDivisionError):
        declares(keras_tuner, hp)


@pytest.mark.parametrize("value", [1, 0.5, "a", True, None])
def test_a_fixed_value_is_refused_exactly_where_keras_tuner_raises(keras_tuner: Any, value: Any) -> None:
    """None is the one value that is none."""
    hp = Hyperparameter("x", "Fixed", value=value)
    assert (check(hp, hp) == []) is declares(keras_tuner, hp)


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 30), st.integers(0, 30), st.none() | st.integers(2, 5), SAMPLINGS, st.none() | st.integers(0, 70))
def test_a_settled_default_lies_inside_its_range_for_keras_tuner(
    keras_tuner: Any, low: int, width: int, step: int | None, sampling: str, default: int | None
) -> None:
    """The container that a relaunch hands over starts inside its own range."""
    hp = Hyperparameter("x", "Int", minimum=low, maximum=low + width, step=step, sampling=sampling, default=default)
    if check(hp, hp):
        return
    settled = dataclasses.replace(hp, default=settle_default(hp))
    container = keras_tuner.HyperParameters.from_config({"space": [settled.to_config()], "values": {}})
    taken = container.space[0].default
    assert low <= taken <= low + width
    assert settled.default is None or hp.contains(taken)


def test_a_written_space_starts_with_keras_tuners_own_values(keras_tuner: Any) -> None:
    """The values beside a space are those that keras-tuner gives the active ones."""
    declared = keras_tuner.HyperParameters()
    declared.Choice("kind", ["dense", "cnn"], default="cnn")
    with declared.conditional_scope("kind", ["dense"]):
        declared.Int("layers", 1, 3)
    with declared.conditional_scope("kind", ["cnn"]):
        declared.Int("filters", 4, 32, sampling="log")
        declared.Boolean("pool")
    declared.Float("lr", 1e-4, 1e-1, sampling="log", default=1e-2)
    declared.Fixed("depth", 3)
    space, problems = parse_space(declared.get_config()["space"])
    assert not problems
    written = space_to_json(space)
    again = keras_tuner.HyperParameters.from_config(written)
    assert again.get_config()["space"] == declared.get_config()["space"]
    assert written["values"] == declared.values
