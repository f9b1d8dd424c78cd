"""Large tables are filtered and sorted with arrays: what comes out is what lists give."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuitune.analysis import vectors
from tuitune.analysis.columns import Column, SortKey, TrialColumns, filter_rows, sort_rows
from tuitune.analysis.vectors import Numbers, Words, position_of, vector_of
from tuitune.project.trials import Trial

EXACT = [float(2**53), 2**53 - 1, 2**53, 1e300, None]
VALUES: list[Any] = [
    None,
    math.nan,
    math.inf,
    -math.inf,
    0.0,
    -0.0,
    1,
    1.0,
    True,
    False,
    2,
    2.5,
    2**53,
    2**60,
    "a",
    "b",
]
COLUMNS = st.one_of(
    st.lists(st.one_of(st.none(), st.floats(), st.integers(-3, 3)), min_size=1, max_size=12),
    st.lists(st.integers(-3, 3), min_size=1, max_size=12),
    st.lists(st.sampled_from(EXACT), min_size=1, max_size=12),
    st.lists(st.sampled_from(EXACT[::3]), min_size=1, max_size=12),
    st.lists(st.sampled_from(["relu", "tanh", "elu", None]), min_size=1, max_size=12),
    st.lists(st.sampled_from(VALUES), min_size=1, max_size=12),
)
FILTERS = [
    *(f"x {sign} {constant}" for sign in ("<", "<=", ">", ">=", "==", "!=") for constant in (1, 2.5, "'a'", "None")),
    *(f"x {sign} {number}" for sign in ("==", "<") for number in (2**53 - 1, 2**53, 2**53 + 1, 10**400)),
    f"(x > 1) == {10**30}",
    "(x > 1) < y",
    "y in [(x > 1), (x == 1)]",
    *(f"x {sign} {constant}" for sign in ("==", "<") for constant in ("1e999", "-1e999", "True", "'relu'", "x", "y")),
    *(f"x {sign} {items}" for sign in ("in", "not in") for items in ("[1, 'a']", "[None, 2]", "'ab'", "[]", "[y]")),
    "not x > 1",
    "x > 1 and y > 0",
    "x > 1 or 'e' in x",
    "x > 1 and y == x",
    "not (x == 1 or y != 2) and x is not None",
    "0 < x <= 2",
    "x",
    "not x",
]


@pytest.fixture
def with_vectors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Small tables have vectors too."""
    monkeypatch.setattr(vectors, "LARGE", 0)
    before = vectors._numpy
    vectors.load()
    yield
    vectors._numpy = before


def tables(**columns: list[Any]) -> tuple[TrialColumns, TrialColumns]:
    """The same table twice: with vectors, and without."""
    count = max(map(len, columns.values()))
    trials = [Trial(str(row), "COMPLETED") for row in range(count)]
    with_them, without = (
        TrialColumns(trials, {name: Column(name, "fact", (values * count)[:count]) for name, values in columns.items()})
        for _ in range(2)
    )
    for column in without.columns.values():
        column._is_asked = True
    return with_them, without


@pytest.mark.usefixtures("with_vectors")
@pytest.mark.parametrize("text", FILTERS)
@given(x=COLUMNS, y=COLUMNS)
def test_a_filter_leaves_the_same_rows(text: str, x: list[Any], y: list[Any]) -> None:
    """Whatever stands in the columns, and in whatever order the rows are."""
    quick, plain = tables(x=x, y=y)
    assert list(filter_rows(quick, text)) == list(filter_rows(plain, text))
    backwards = array("I", reversed(range(len(quick))))
    assert list(filter_rows(quick, text, backwards)) == list(filter_rows(plain, text, backwards))


@pytest.mark.usefixtures("with_vectors")
@given(x=COLUMNS, y=COLUMNS, descending=st.tuples(st.booleans(), st.booleans()))
def test_rows_are_sorted_alike(x: list[Any], y: list[Any], descending: tuple[bool, bool]) -> None:
    """By one column and by two; equal rows stay in the order started, missing values come last."""
    quick, plain = tables(x=x, y=y)
    for names in ("x", "xy", "yx"):
        keys = [SortKey(name, down) for name, down in zip(names, descending, strict=False)]
        assert list(sort_rows(quick, range(len(quick)), keys)) == sort_rows(plain, range(len(plain)), keys)
        odd = list(range(1, len(quick), 2))
        assert list(sort_rows(quick, odd[::-1], keys)) == sort_rows(plain, odd, keys)


@pytest.mark.usefixtures("with_vectors")
def test_which_columns_are_vectors() -> None:
    """Numbers and few words are; large whole numbers and many words are not, or they would lose something."""
    assert isinstance(vector_of([1, None, 2.5]), Numbers)
    assert isinstance(vector_of([1e300, None]), Numbers)
    assert isinstance(vector_of(["a", 1, None, True]), Words)
    assert isinstance(vector_of([2**53 + 1, 0.5]), Words)
    assert isinstance(vector_of([2**53 + 1, 10**400]), Words)
    assert vector_of([f"trial {number}" for number in range(3_000)]) is None


def test_there_is_no_vector_before_numpy_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that was asked too early has its vector later."""
    monkeypatch.setattr(vectors, "_numpy", None)
    column = Column("x", "fact", [1.0] * vectors.LARGE)
    assert column.vector is None
    vectors.load()
    assert isinstance(column.vector, Numbers)
    assert Column("x", "fact", [1.0] * (vectors.LARGE - 1)).vector is None


@given(st.lists(st.integers(0, 2**32 - 1), unique=True), st.integers(0, 2**32 - 1))
def test_a_row_is_found_where_it_stands(rows: list[int], other: int) -> None:
    """In arrays as in lists, also where the bytes of two rows look like a third."""
    for row in [*rows, other, *(row >> 8 for row in rows)]:
        expected = rows.index(row) if row in rows else None
        assert position_of(row, rows) == position_of(row, array("I", rows)) == expected
