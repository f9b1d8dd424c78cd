"""The search space against the real keras-tuner: the same configs, the same grids, the same scale."""

from __future__ import annotations

from typing import Any

import pytest

from tuitune.project.space import from_unit, parse_space, step_grid, to_unit

pytestmark = pytest.mark.keras

# class name, arguments
CASES: list[tuple[str, dict[str, Any]]] = [
    ("Int", {"min_value": 1, "max_value": 10}),
    ("Int", {"min_value": -7, "max_value": 10, "step": 3}),
    ("Int", {"min_value": 5, "max_value": 5}),
    ("Int", {"min_value": 4, "max_value": 32, "sampling": "log"}),
    ("Int", {"min_value": 2, "max_value": 32, "step": 2, "sampling": "log"}),
    ("Int", {"min_value": 2, "max_value": 40, "step": 3, "sampling": "log", "default": 6}),
    ("Int", {"min_value": 1, "max_value": 100, "sampling": "reverse_log"}),
    ("Int", {"min_value": 1, "max_value": 100, "step": 10, "sampling": "reverse_log"}),
    ("Float", {"min_value": 0, "max_value": 1}),
    ("Float", {"min_value": -2.5, "max_value": 2.5, "step": 0.5, "default": 0.5}),
    ("Float", {"min_value": 0.0, "max_value": 0.6, "step": 0.1}),
    ("Float", {"min_value": 0.0, "max_value": 0.5, "step": 0.1}),
    ("Float", {"min_value": 1e-5, "max_value": 1e-1, "sampling": "log"}),
    ("Float", {"min_value": 1e-5, "max_value": 1e-1, "step": 10, "sampling": "log"}),
    ("Float", {"min_value": 1e-3, "max_value": 1.0, "sampling": "reverse_log"}),
    ("Float", {"min_value": 1e-3, "max_value": 1.0, "step": 10, "sampling": "reverse_log"}),
    ("Float", {"min_value": 0.3, "max_value": 0.3, "step": 0.1}),
    ("Choice", {"values": ["relu", "tanh", "[bold]x[/bold]"]}),
    ("Choice", {"values": [3, 1, 2], "ordered": False, "default": 2}),
    ("Choice", {"values": [1e-2, 1e-3]}),
    ("Choice", {"values": [True, False]}),
    ("Boolean", {}),
    ("Boolean", {"default": True}),
    ("Fixed", {"value": 3}),
    ("Fixed", {"value": True}),
    ("Fixed", {"value": 0.5}),
    ("Fixed", {"value": "word"}),
]
STEPPED = [case for case in CASES if "step" in case[1] or case == CASES[0]]
CONTINUOUS = [case for case in CASES if case[0] == "Float" and "step" not in case[1]]


def declared(keras_tuner: Any, kind: str, arguments: dict[str, Any]) -> Any:
    """A HyperParameters container with a parent and one conditional hyperparameter of the case."""
    container = keras_tuner.HyperParameters()
    with container.name_scope("block"):
        container.Choice("parent", ["on", "off"])
        with container.conditional_scope("parent", ["on"]):
            getattr(container, kind)("x", **arguments)
    return container


@pytest.mark.parametrize(("kind", "arguments"), CASES)
def test_a_config_goes_through_tuitune_unchanged(keras_tuner: Any, kind: str, arguments: dict[str, Any]) -> None:
    """What keras-tuner wrote and tuitune read is written again the same, and keras-tuner takes it."""
    config = declared(keras_tuner, kind, arguments).get_config()
    space, problems = parse_space(config["space"])
    assert not problems
    written = [hp.to_config() for hp in space]
    assert written == config["space"]
    again = keras_tuner.HyperParameters.from_config({"space": written, "values": dict(config["values"])})
    assert again.get_config() == config
    assert [type(hp).__name__ for hp in again.space] == ["Choice", kind]


@pytest.mark.parametrize(("kind", "arguments"), CASES)
def test_the_flat_form_means_the_same_to_keras_tuner(keras_tuner: Any, kind: str, arguments: dict[str, Any]) -> None:
    """A space that went through tuitune's own JSON form declares the same hyperparameters."""
    config = declared(keras_tuner, kind, arguments).get_config()
    flat = [hp.to_json() for hp in parse_space(config["space"])[0]]
    space, problems = parse_space(flat)
    assert not problems
    again = keras_tuner.HyperParameters.from_config({"space": [hp.to_config() for hp in space], "values": {}})
    assert again.get_config()["space"] == config["space"]


@pytest.mark.parametrize(("kind", "arguments"), STEPPED)
def test_the_grid_is_keras_tuners(keras_tuner: Any, kind: str, arguments: dict[str, Any]) -> None:
    """Every value that the step leaves, the same as keras-tuner can draw, and no other."""
    theirs = declared(keras_tuner, kind, arguments).space[1]
    (_, ours), _ = parse_space(declared(keras_tuner, kind, arguments).get_config()["space"])
    drawn = {theirs.prob_to_value((i + 0.5) / 400) for i in range(400)}
    values = sorted(int(value) if kind == "Int" else value for value in theirs.values)
    assert step_grid(ours) == pytest.approx(values, rel=1e-12)
    assert sorted(drawn) == pytest.approx(values, rel=1e-12)
    assert all(ours.contains(value) for value in drawn)


@pytest.mark.parametrize(("kind", "arguments"), CONTINUOUS)
def test_the_scale_is_keras_tuners(keras_tuner: Any, kind: str, arguments: dict[str, Any]) -> None:
    """A position on the scale and a probability of keras-tuner mean the same value."""
    theirs = declared(keras_tuner, kind, arguments).space[1]
    (_, ours), _ = parse_space(declared(keras_tuner, kind, arguments).get_config()["space"])
    for unit in (0.0, 0.1, 0.25, 0.5, 0.77, 0.999):
        value = from_unit(ours, unit)
        assert value == pytest.approx(theirs.prob_to_value(unit), rel=1e-12)
        assert to_unit(ours, value) == pytest.approx(theirs.value_to_prob(value), abs=1e-9)


@pytest.mark.parametrize(("kind", "arguments"), [case for case in CASES if case[0] == "Int"])
def test_every_whole_number_that_keras_tuner_draws_is_contained(
    keras_tuner: Any, kind: str, arguments: dict[str, Any]
) -> None:
    """No value of a real search reads as lying outside its own range."""
    theirs = declared(keras_tuner, kind, arguments).space[1]
    (_, ours), _ = parse_space(declared(keras_tuner, kind, arguments).get_config()["space"])
    assert all(ours.contains(theirs.prob_to_value(i / 500)) for i in range(500))


@pytest.mark.parametrize("kind", ["Choice", "Boolean", "Fixed"])
def test_the_options_are_keras_tuners_values(keras_tuner: Any, kind: str) -> None:
    """What is not numeric has the values that keras-tuner lists."""
    for name, arguments in CASES:
        if name == kind:
            theirs = declared(keras_tuner, name, arguments).space[1]
            (_, ours), _ = parse_space(declared(keras_tuner, name, arguments).get_config()["space"])
            assert sorted(map(str, ours.options())) == sorted(map(str, theirs.values))
