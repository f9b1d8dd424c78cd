"""The trials as columns: what there is, names that collide, filtering and sorting."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuitune.analysis.columns import (
    Column,
    SortKey,
    TrialColumns,
    build_columns,
    default_sort,
    default_visible,
    filter_rows,
    parse_sort,
    sort_rows,
)
from tuitune.analysis.query import FilterError
from tuitune.errors import TuituneError
from tuitune.project.project import Project
from tuitune.project.space import Hyperparameter
from tuitune.project.table import Trials
from tuitune.project.trials import Objective, Trial


def table(*trials: dict[str, Any], space: tuple[str, ...] = ()) -> TrialColumns:
    """Columns of trials with these values; ids count from 0."""
    made = []
    for number, fields in enumerate(trials):
        known = {name: fields[name] for name in ("score", "metrics", "status", "message", "started") if name in fields}
        made.append(Trial(str(number), **{"status": "COMPLETED", **known}, values=fields.get("values", {})))
    hyperparameters = tuple(Hyperparameter(name, "Boolean") for name in space)
    return build_columns(Project(Path("p"), Trials.of(made), hyperparameters))


def one_column(values: list[Any]) -> TrialColumns:
    """A table whose only interesting column is x."""
    return table(*({"values": {} if value is None else {"x": value}} for value in values), space=("x",))


def ordered(values: list[Any], text: str = "x") -> list[Any]:
    """`values` as they stand after sorting."""
    made = one_column(values)
    return [values[i] for i in sort_rows(made, range(len(made)), parse_sort(text, made))]


def test_columns_stand_in_the_order_of_the_table() -> None:
    """Facts, hyperparameters as in the space and then as in the trials, metrics, the rest, bookkeeping last."""
    made = table(
        {"values": {"late": 1, "tuner/epochs": 2, "b": 1, "a": 2}, "metrics": {"val_loss": 0.5, "loss": 0.4}},
        space=("a", "b"),
    )
    names = list(made.columns)
    assert names[:8] == ["trial_id", "status", "score", "a", "b", "late", "val_loss", "loss"]
    assert names[-1] == "tuner/epochs"
    assert set(names[8:-1]) == {"epochs", "best_step", "duration", "started", "message"}
    assert made.columns["tuner/epochs"].role == "bookkeeping"
    assert made.columns["epochs"].values == [2]


def test_a_value_that_a_trial_does_not_have_is_none() -> None:
    """Inactive hyperparameters and metrics of other trials are missing, not zero."""
    made = table({"values": {"a": 1}}, {"metrics": {"loss": 0.5}})
    assert made.columns["a"].values == [1, None]
    assert made.columns["loss"].values == [None, 0.5]
    assert len(made) == 2


@pytest.mark.parametrize(
    ("values", "metrics", "name", "role", "content"),
    [
        ({"score": 7}, {}, "score", "fact", [0.5]),
        ({"score": 7}, {}, "hp:score", "hyperparameter", [7]),
        ({}, {"score": 0.25}, "metric:score", "metric", [0.25]),
        ({"loss": 7}, {"loss": 0.25}, "loss", "hyperparameter", [7]),
        ({"loss": 7}, {"loss": 0.25}, "metric:loss", "metric", [0.25]),
        ({"epochs": 30}, {}, "epochs", "hyperparameter", [30]),
    ],
)
def test_names_that_collide_are_both_there(
    values: dict[str, Any], metrics: dict[str, float | None], name: str, role: str, content: list[Any]
) -> None:
    """Whichever came second is found under its own prefix."""
    made = table({"score": 0.5, "values": values, "metrics": metrics})
    assert (made.columns[name].role, made.columns[name].values) == (role, content)


def test_a_name_that_looks_like_a_prefixed_one_hides_nothing() -> None:
    """Even then no column is lost."""
    made = table({"score": 0.5, "values": {"hp:score": 1, "score": 2}})
    found = [column.values for column in made.columns.values() if column.role == "hyperparameter"]
    assert sorted(map(list, found)) == [[1], [2]]


@pytest.mark.parametrize(
    ("values", "number"),
    [([1, None, 0.5], True), ([], True), ([True], False), (["1"], False), ([1, "a"], False)],
)
def test_a_column_is_a_number_where_all_its_values_are(values: list[Any], number: bool) -> None:
    """Missing values do not count, bools are no numbers."""
    assert Column("x", "fact", values).is_number is number


# -------------------------------------------------------------------------------------------------------- filtering


def test_a_filter_leaves_rows_in_the_order_started() -> None:
    """Blank text leaves all."""
    made = one_column([3, 1, None, 2])
    assert list(filter_rows(made, "  ")) == [0, 1, 2, 3]
    assert filter_rows(made, "x >= 2") == [0, 3]
    assert filter_rows(made, "x is None or trial_id == '1'") == [1, 2]


def test_an_interrupted_trial_is_filtered_by_what_is_shown() -> None:
    """A dead RUNNING trial is called interrupted everywhere."""
    made = table({"status": "RUNNING"}, {"status": "COMPLETED"})
    assert filter_rows(made, 'status == "interrupted"') == [0]
    assert filter_rows(made, 'status == "RUNNING"') == []


def test_a_filter_with_an_unknown_name_is_an_error_without_trials_too() -> None:
    """A slip is not hidden by an empty table."""
    with pytest.raises(FilterError):
        filter_rows(one_column([]), "y > 1")


# ---------------------------------------------------------------------------------------------------------- sorting


@pytest.mark.parametrize(
    ("text", "expected"),
    [("x", [1, 2.5, 3, math.nan, None]), ("-x", [3, 2.5, 1, math.nan, None])],
)
def test_missing_values_and_nan_come_last_either_way(text: str, expected: list[Any]) -> None:
    """Descending turns the values around, not what is missing."""
    result = ordered([math.nan, 3, 1, None, 2.5], text)
    assert result[:3] == expected[:3]
    assert {str(value) for value in result[3:]} == {"nan", "None"}


def test_words_and_numbers_in_one_column_are_sorted_apart() -> None:
    """A mixed column has an order, numbers first."""
    assert ordered(["b", 2, "a", True, 1.5, None]) == [True, 1.5, 2, "a", "b", None]
    assert ordered(["b", 2, "a", 1.5, None], "-x") == ["b", "a", 2, 1.5, None]


def test_equal_rows_stay_in_the_order_started() -> None:
    """Sorting is stable both ways."""
    made = one_column([1, 0, 1, 0])
    assert sort_rows(made, [3, 2, 1, 0], parse_sort("x", made)) == [1, 3, 0, 2]
    assert sort_rows(made, [3, 2, 1, 0], parse_sort("-x", made)) == [0, 2, 1, 3]


def test_the_first_of_several_keys_is_the_most_important() -> None:
    """The second orders what the first leaves equal."""
    made = table(*({"values": {"a": a, "b": b}} for a, b in [(1, 1), (0, 1), (1, 2), (0, None)]), space=("a", "b"))
    assert sort_rows(made, range(4), parse_sort("a,-b", made)) == [1, 3, 2, 0]
    assert sort_rows(made, range(4), parse_sort("-a , b", made)) == [0, 2, 1, 3]


@pytest.mark.parametrize("text", ["", "y > 0", "x == 2 or y == 1", "not y == 1", "x > 1 and x != 2", "x in [1, 'a']"])
def test_what_is_filtered_after_it_was_sorted_is_what_would_be_sorted(text: str) -> None:
    """The order of the rows stays, whatever the filter is made of."""
    values = [2, None, 1, "a", 2, float("nan"), 1]
    made = table(*({"values": {"x": x, "y": n // 3}} for n, x in enumerate(values)), space=("x", "y"))
    for sort in ("x", "-x", "y,-x", "-y,x"):
        keys = parse_sort(sort, made)
        everything = sort_rows(made, range(len(made)), keys)
        assert list(filter_rows(made, text, everything)) == sort_rows(made, filter_rows(made, text), keys)


def test_only_the_given_rows_are_sorted() -> None:
    """A filter and a sort go together."""
    made = one_column([5, 4, 3, 2])
    assert sort_rows(made, [0, 2], parse_sort("x", made)) == [2, 0]


def test_a_key_of_a_column_that_is_gone_changes_nothing() -> None:
    """A remembered sort does not break on another project."""
    made = one_column([2, 1])
    assert sort_rows(made, [0, 1], [SortKey("gone"), SortKey("x")]) == [1, 0]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(st.none(), st.floats(), st.integers(-9, 9), st.booleans(), st.text(max_size=3)),
        min_size=1,
        max_size=9,
    ),
    st.booleans(),
)
def test_sorting_loses_no_row_and_puts_missing_last(values: list[Any], descending: bool) -> None:
    """Any column can be sorted."""
    made = one_column(values)
    result = sort_rows(made, range(len(made)), [SortKey("x", descending)])
    assert sorted(result) == list(range(len(values)))
    missing = [values[i] is None or values[i] != values[i] for i in result]
    assert missing == sorted(missing)


def test_a_name_that_begins_with_a_minus_is_a_name() -> None:
    """The column wins over the sign, and backticks are allowed."""
    made = table({"values": {"-x": 1, "a b": 1}}, {"values": {"-x": 0, "a b": 2}})
    assert parse_sort("-x", made) == (SortKey("-x"),)
    assert parse_sort("-`a b`", made) == (SortKey("a b", True),)
    assert parse_sort("", made) == ()


def test_an_unknown_column_to_sort_by_is_named() -> None:
    """The columns that there are stand beside it."""
    with pytest.raises(TuituneError, match="'y'") as caught:
        parse_sort("x,-y", one_column([1]))
    assert caught.value.exit_code == 2
    assert "x" in caught.value.hint


@pytest.mark.parametrize(
    ("objective", "keys"),
    [
        (None, ()),
        (Objective("a", "max", True), (SortKey("score", True),)),
        (Objective("a", "min", True), (SortKey("score", False),)),
    ],
)
def test_the_best_score_comes_first_where_the_direction_is_known(
    objective: Objective | None, keys: tuple[SortKey, ...]
) -> None:
    """Without an objective the order is that of the start."""
    assert default_sort(Project(Path("p"), objective=objective)) == keys


def test_empty_facts_and_bookkeeping_are_not_shown_unasked() -> None:
    """A random search has no epochs and no times to show."""
    made = table({"score": 1.0, "values": {"a": 1, "tuner/bracket": 1}, "started": datetime(2026, 1, 1)})
    assert default_visible(made) == ["trial_id", "status", "score", "a"]


def test_where_scores_are_of_two_objectives_the_metric_orders_the_trials() -> None:
    """The scores of the other objective would stand above all."""
    a, b = Objective("a", "min", True), Objective("b", "max", True)
    mixed = Project(Path("p"), objective=Objective("b", "max", False), parts=((a, 1), (b, 1)))
    assert default_sort(mixed) == (SortKey("b", True),)
    assert default_sort(Project(Path("p"), objective=b)) == (SortKey("score", True),)
