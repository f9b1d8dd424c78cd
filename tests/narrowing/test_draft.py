"""A space being edited: undo, redo, problems, differences, one field at a time."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuitune.narrowing.draft import Change, Draft, changes, edited, fixed, nudged, spread, toggled
from tuitune.narrowing.rules import FieldProblem, check
from tuitune.project.space import Condition, Hyperparameter

UNITS = Hyperparameter("units", "Int", minimum=16, maximum=128, step=16, default=16)
LR = Hyperparameter("lr", "Float", minimum=1e-5, maximum=1e-1, sampling="log", default=1e-3)
ACT = Hyperparameter("act", "Choice", choices=("relu", "tanh", "elu"), default="relu")
BN = Hyperparameter("bn", "Boolean", default=False)
SPACE = (UNITS, LR, ACT, BN)


def with_bounds(hp: Hyperparameter, low: float, high: float) -> Hyperparameter:
    """`hp` between other bounds."""
    return dataclasses.replace(hp, minimum=low, maximum=high)


def test_a_change_can_be_undone_and_made_again() -> None:
    """Undo and redo walk through the same states."""
    draft = Draft(SPACE)
    states = [draft.space]
    for hp in (with_bounds(UNITS, 32, 64), with_bounds(LR, 1e-4, 1e-2), fixed(ACT, "elu")):
        draft.set(hp)
        states.append(draft.space)
    for state in reversed(states[:-1]):
        assert draft.undo()
        assert draft.space == state
    assert not draft.undo()
    for state in states[1:]:
        assert draft.redo()
        assert draft.space == state
    assert not draft.redo()
    assert draft.parent == SPACE


def test_a_new_change_ends_what_could_be_made_again() -> None:
    """After an undo, history goes on from there."""
    draft = Draft(SPACE)
    draft.set(with_bounds(UNITS, 32, 64))
    draft.undo()
    draft.set(with_bounds(UNITS, 16, 64))
    assert not draft.redo()
    assert draft.hyperparameter(UNITS.key).maximum == 64


def test_setting_what_is_there_is_no_change() -> None:
    """Nothing to undo after nothing happened."""
    draft = Draft(SPACE)
    draft.set(LR)
    draft.replace_all(list(SPACE))
    assert not draft.undo()


def test_many_changes_at_once_are_one_step() -> None:
    """A proposal taken whole is undone whole."""
    draft = Draft(SPACE)
    draft.replace_all([with_bounds(UNITS, 32, 64), fixed(LR, 0.01), ACT, BN])
    assert draft.undo()
    assert draft.space == SPACE


def test_a_default_moves_into_the_changed_range() -> None:
    """Else keras-tuner would evaluate build() outside of it."""
    draft = Draft(SPACE)
    draft.set(with_bounds(LR, 1e-2, 1e-1))
    draft.set(with_bounds(UNITS, 16, 64))
    assert draft.hyperparameter(LR.key).default is None
    assert draft.hyperparameter(UNITS.key).default == 16


def test_of_two_with_one_name_only_the_one_under_the_same_condition_changes() -> None:
    """Name and conditions together are what a hyperparameter is."""
    a = Hyperparameter("n", "Int", (Condition("k", ("a",)),), minimum=1, maximum=9)
    b = Hyperparameter("n", "Int", (Condition("k", ("b",)),), minimum=1, maximum=9)
    draft = Draft((a, b))
    draft.set(with_bounds(b, 2, 3))
    assert draft.space[0] == a
    assert draft.hyperparameter(b.key).maximum == 3
    assert draft.original(b.key) == b


def test_problems_are_listed_by_hyperparameter() -> None:
    """Only those that have one."""
    draft = Draft(SPACE)
    draft.set(with_bounds(UNITS, 64, 32))
    draft.set(dataclasses.replace(ACT, choices=()))
    assert {key[0]: problems[0].field for key, problems in draft.problems().items()} == {
        "units": "minimum",
        "act": "choices",
    }
    assert Draft(SPACE).problems() == {}


@pytest.mark.parametrize(
    ("hp", "field", "text"),
    [
        (UNITS, "step", "0"),
        (dataclasses.replace(UNITS, sampling="log", step=2), "step", "1"),
        (dataclasses.replace(UNITS, sampling="log", step=2), "step", "0"),
        (dataclasses.replace(LR, step=10, default=0.1), "minimum", "0"),
    ],
)
def test_a_step_or_bound_that_cannot_be_is_a_problem_and_no_crash(hp: Hyperparameter, field: str, text: str) -> None:
    """A person types it on the way to something else, and the form says what is wrong."""
    draft = Draft([hp])
    changed = edited(hp, field, text)
    assert isinstance(changed, Hyperparameter)
    draft.set(changed)
    assert list(draft.problems()) == [hp.key]


def test_differences_are_told_in_words() -> None:
    """What was, and what is; defaults are no difference."""
    space = [with_bounds(UNITS, 32, 64), dataclasses.replace(LR, default=1e-2), fixed(ACT, "elu"), BN]
    assert changes(SPACE, space) == [
        Change("units", "16 … 128 step 16", "32 … 64 step 16"),
        Change("act", "relu, tanh, elu", "fixed elu"),
    ]
    draft = Draft(SPACE)
    assert draft.changes() == []
    draft.replace_all(space)
    assert draft.changes() == changes(SPACE, space)


@pytest.mark.parametrize(
    ("hp", "field", "text", "value"),
    [
        (UNITS, "minimum", " 32 ", 32),
        (UNITS, "maximum", "64.0", 64),
        (UNITS, "maximum", "1e2", 100),
        (UNITS, "minimum", "2.5", 2.5),
        (UNITS, "step", "", 1),
        (dataclasses.replace(UNITS, sampling="log"), "step", "", None),
        (LR, "minimum", "1e-4", 1e-4),
        (LR, "maximum", "1", 1.0),
        (LR, "step", "10", 10),
        (LR, "step", "", None),
        (fixed(UNITS, 3), "value", "5", 5),
        (fixed(LR, 0.5), "value", "0.25", 0.25),
    ],
)
def test_a_field_is_read_as_a_person_types_it(hp: Hyperparameter, field: str, text: str, value: Any) -> None:
    """Blanks, exponents, whole numbers for Ints; an empty step means none."""
    changed = edited(hp, field, text)
    assert isinstance(changed, Hyperparameter)
    result = getattr(changed, field)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "1e999", "1,5", "0x10", "--1"])
@pytest.mark.parametrize("field", ["minimum", "maximum"])
def test_what_is_no_number_is_a_problem_of_its_field(field: str, text: str) -> None:
    """Nothing is changed, and the answer says what was typed."""
    problem = edited(UNITS, field, text)
    assert isinstance(problem, FieldProblem)
    assert problem.field == field
    assert (repr(text) if text else "empty") in problem.problem


@pytest.mark.parametrize("hp", [fixed(ACT, "relu"), LR])
def test_only_a_fixed_number_is_typed_in(hp: Hyperparameter) -> None:
    """Words are chosen among the script's values."""
    assert isinstance(edited(hp, "value", "3"), FieldProblem)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([UNITS, LR, fixed(LR, 0.5)]), st.sampled_from(["minimum", "maximum", "step", "value"]), st.text()
)
def test_any_text_in_any_field_is_read_or_named(hp: Hyperparameter, field: str, text: str) -> None:
    """Typing never breaks the form."""
    assert isinstance(edited(hp, field, text), Hyperparameter | FieldProblem)


def test_values_are_switched_off_and_on_in_the_scripts_order() -> None:
    """What comes back stands where it stood."""
    without = toggled(ACT, ACT, "relu")
    assert without.choices == ("tanh", "elu")
    assert toggled(without, ACT, "relu").choices == ACT.choices
    assert toggled(fixed(ACT, "elu"), ACT, "relu").choices == ("relu", "elu")


def test_a_boolean_with_one_value_left_becomes_fixed() -> None:
    """And turns back when the other value is switched on; the last one cannot be switched off."""
    held = toggled(BN, BN, True)
    assert (held.kind, held.value) == ("Fixed", False)
    assert toggled(held, BN, True) == BN
    assert toggled(held, BN, False) == held


# --------------------------------------------------------------------------------- bounds that are moved by keys

LOG = Hyperparameter("lr", "Float", minimum=1e-4, maximum=1e-1, sampling="log")
LINE = Hyperparameter("drop", "Float", minimum=0.0, maximum=0.8)
GRID = Hyperparameter("units", "Int", minimum=16, maximum=128, step=16)
TIMES = Hyperparameter("filters", "Int", minimum=4, maximum=64, step=2, sampling="log")
WHOLE = Hyperparameter("layers", "Int", minimum=1, maximum=4, step=1)


@pytest.mark.parametrize(
    ("hp", "field", "by", "bound"),
    [
        (LOG, "minimum", 1, 0.000141),
        (LOG, "minimum", -1, 0.0000708),
        (LOG, "maximum", -2, 0.0501),
        (LINE, "maximum", 1, 0.84),
        (LINE, "minimum", -1, 0.0),
        (GRID, "minimum", 1, 32),
        (GRID, "maximum", 1, 144),
        (GRID, "minimum", -1, 16),
        (TIMES, "minimum", 1, 8),
        (TIMES, "minimum", -1, 2),
        (TIMES, "minimum", -4, 1),
        (WHOLE, "maximum", 1, 5),
        (WHOLE, "minimum", -1, 1),
        (GRID, "minimum", 100, 128),
        (LOG, "maximum", -100, 0.0001),
    ],
)
def test_a_bound_is_moved_by_steps(hp: Hyperparameter, field: str, by: int, bound: float) -> None:
    """Of its own grid, else of a 20th of the scale; it stops at the other bound, at nothing, and at one."""
    moved = nudged(hp, hp, field, by)
    assert getattr(moved, field) == pytest.approx(bound)
    assert isinstance(getattr(moved, field), int if hp.kind == "Int" else float)


@pytest.mark.parametrize("hp", [LOG, LINE, GRID, TIMES, WHOLE])
def test_a_range_that_is_narrowed_again_and_again_stays_one(hp: Hyperparameter) -> None:
    """Nor does it turn around; widened once it holds what it held before."""
    narrow = hp
    for _ in range(30):
        narrow = spread(narrow, hp, -1)
        assert narrow.minimum is not None
        assert narrow.maximum is not None
        assert narrow.minimum < narrow.maximum
        assert not check(narrow, hp)
    wide = spread(hp, hp, 1)
    assert wide.minimum is not None
    assert hp.minimum is not None
    assert wide.minimum <= hp.minimum
    assert not check(wide, hp)
