"""A space as JSON: written, read back, and refused in a sentence."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.samples import DIGITS
from tuitune.errors import TuituneError
from tuitune.narrowing.draft import space_from_json, space_to_json
from tuitune.project.sources import open_source
from tuitune.project.space import Condition, Hyperparameter

UNITS = Hyperparameter("units", "Int", minimum=16, maximum=128, step=16, default=16)
LR = Hyperparameter("lr", "Float", minimum=1e-5, maximum=1e-1, sampling="log", default=1e-3)
ACT = Hyperparameter("act", "Choice", choices=("relu", "tanh"), ordered=False, default="relu")
DEEP = Hyperparameter("deep", "Boolean", (Condition("act", ("relu",)),), default=True)
SPACE = (ACT, UNITS, LR, DEEP)


def entry(**fields: Any) -> str:
    """A space file with one flat entry."""
    return json.dumps({"space": [fields]})


def refusal(text: str) -> TuituneError:
    """The error that the text gives as a space file."""
    with pytest.raises(TuituneError) as caught:
        space_from_json(text, SPACE, "space.json")
    assert (caught.value.title, caught.value.exit_code) == ("Cannot use the space", 2)
    assert "space.json" in caught.value.message
    return caught.value


def test_what_is_written_is_read_back_the_same() -> None:
    """Also under conditions, with every default."""
    assert space_from_json(json.dumps(space_to_json(SPACE)), SPACE, "f") == SPACE


@pytest.mark.parametrize("name", ["random", "bayesian", "hyperband"])
def test_the_samples_spaces_survive_both_forms(name: str) -> None:
    """keras-tuner's nested form and the flat one of the contracts."""
    space = open_source(DIGITS / name).read().space
    assert space
    assert space_from_json(json.dumps(space_to_json(space)), space, "f") == space
    assert space_from_json(json.dumps([hp.to_json() for hp in space]), space, "f") == space


def test_values_beside_a_space_are_those_of_the_active_ones() -> None:
    """A condition that does not hold leaves its hyperparameter without a value."""
    tanh = (dataclasses.replace(ACT, default="tanh"), *SPACE[1:])
    assert space_to_json(SPACE)["values"] == {"act": "relu", "units": 16, "lr": 1e-3, "deep": True}
    assert space_to_json(tanh)["values"] == {"act": "tanh", "units": 16, "lr": 1e-3}


def test_a_default_that_is_missing_is_the_minimum_or_the_first_value() -> None:
    """As keras-tuner takes it."""
    space = [dataclasses.replace(hp, default=None) for hp in (UNITS, ACT)]
    held = Hyperparameter("depth", "Fixed", value=3)
    assert space_to_json([*space, held])["values"] == {"units": 16, "act": "relu", "depth": 3}


def test_what_a_file_leaves_out_stays_as_in_the_parent() -> None:
    """A file may name only what it changes, and its defaults are moved inside."""
    text = entry(name="lr", type="Float", min_value=1e-4, max_value=1e-2, sampling="log", default=1.0)
    space = space_from_json(text, SPACE, "f")
    assert [hp.name for hp in space] == ["act", "units", "lr", "deep"]
    assert (space[2].minimum, space[2].maximum, space[2].default) == (1e-4, 1e-2, None)
    assert (space[0], space[1], space[3]) == (ACT, UNITS, DEEP)


def test_a_hyperparameter_may_be_fixed_by_a_file() -> None:
    """Under its own conditions."""
    conditions = [{"name": "act", "values": ["relu"]}]
    space = space_from_json(entry(name="deep", type="Fixed", conditions=conditions, value=False), SPACE, "f")
    assert (space[3].kind, space[3].value) == ("Fixed", False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("5", "not a list"),
        ("null", "not a list"),
        ("{}", "not a list"),
        ("[]", "no hyperparameter"),
        ('{"space": []}', "no hyperparameter"),
        ('{"space": [3]}', "entry 0"),
        ('[{"type": "Int"}]', "name"),
        (entry(name="lr", type="Float", max_value=1), "min_value"),
        (entry(name="lr", type="Float", min_value="1", max_value=1), "not a number"),
        (entry(name="lr", type="Float", min_value=2, max_value=1), "lr: the minimum 2 is greater"),
        (entry(name="lr", type="Float", min_value=0, max_value=1, sampling="log"), "above 0"),
        (entry(name="lr", type="Float", min_value=float("nan"), max_value=1), "must be a number"),
        ('[{"name": "lr", "type": "Float", "min_value": 1, "max_value": 1e999}]', "must be a number"),
        (entry(name="units", type="Int", min_value=1, max_value=9, step=0), "step"),
        (entry(name="units", type="Int", min_value=1.5, max_value=9), "whole number"),
        (entry(name="units", type="Float", min_value=1, max_value=9), "may become Fixed"),
        (entry(name="act", type="Choice", values=[]), "at least one"),
        (entry(name="act", type="Choice", values=["relu", 1]), "one type"),
        (entry(name="act", type="Fixed", value="gelu"), "script's values"),
        (entry(name="act", type="Fixed", value=None), "needs a value"),
        (entry(name="nope", type="Fixed", value=1), "'nope'"),
        (entry(name="deep", type="Boolean"), "under these conditions"),
        (entry(name="deep", type="Fixed", value=1, conditions=[{"name": "act", "values": ["relu"]}]), "true or false"),
    ],
)
def test_a_bad_space_is_refused_in_a_sentence(text: str, words: str) -> None:
    """What is wrong, in which hyperparameter, and nothing is taken."""
    assert words in refusal(text).message


def test_a_name_that_the_project_lacks_comes_with_those_that_it_has() -> None:
    """The hint lists them."""
    assert refusal(entry(name="nope", type="Fixed", value=1)).hint == "The project has: act, units, lr, deep."


def test_a_slip_in_the_type_is_refused() -> None:
    """It would break the search only when it has started."""
    refusal(entry(name="lr", type="Flaot", min_value=1e-4, max_value=1e-2))


@pytest.mark.parametrize(
    "fields",
    [
        {"step": 0},
        {"step": 0, "sampling": "log"},
        {"step": 1, "sampling": "log"},
        {"min_value": 0, "step": 2, "sampling": "log"},
    ],
)
def test_a_bad_step_beside_a_default_is_refused(fields: dict[str, Any]) -> None:
    """The refusal comes before anything is computed with the step."""
    assert (
        "units"
        in refusal(
            entry(**{"name": "units", "type": "Int", "min_value": 16, "max_value": 128, "default": 16} | fields)
        ).message
    )


def test_an_enormous_number_is_refused() -> None:
    """Four hundred digits in a file are no reason to crash."""
    refusal(entry(name="units", type="Int", min_value=1, max_value=10**400))


def test_a_whole_number_that_fixes_an_int_is_an_int() -> None:
    """32.0 in a file means the 32 that the script can use."""
    space = space_from_json(entry(name="units", type="Fixed", value=32.0), SPACE, "f")
    assert isinstance(space[1].value, int)


json_values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), st.sampled_from(["lr", "relu", ""])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["space", "name", "type", "class_name", "config", "values", "value", "min_value", "max_value", "step"]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(json_values)
def test_any_json_is_a_space_or_one_error(value: Any) -> None:
    """Nothing but TuituneError is raised."""
    with contextlib.suppress(TuituneError):
        space = space_from_json(json.dumps(value), SPACE, "f")
        assert [hp.key for hp in space] == [hp.key for hp in SPACE]


@settings(max_examples=200, deadline=None)
@given(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["lr", "units", "act"]), "type": st.sampled_from(["Int", "Float", "Choice", "Fixed"])},
        optional={
            name: st.one_of(
                st.none(), st.integers(-5, 200), st.floats(), st.lists(st.sampled_from(["relu", 1]), max_size=2)
            )
            for name in ("min_value", "max_value", "step", "values", "value", "ordered")
        }
        | {"sampling": st.sampled_from(["linear", "log", "LOG", "x", None, 3])},
    )
)
def test_any_entry_is_a_space_or_one_error(fields: dict[str, Any]) -> None:
    """The same for entries that are nearly right."""
    with contextlib.suppress(TuituneError):
        space = space_from_json(entry(**fields), SPACE, "f")
        assert [hp.key for hp in space] == [hp.key for hp in SPACE]
