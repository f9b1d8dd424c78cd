"""The filter language: what each form means, missing values, names in backticks."""

from __future__ import annotations

import contextlib
import math
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuitune.analysis.masks import MaskColumns
from tuitune.analysis.query import FilterError, compile_filter, quote_name

ROW: dict[str, Any] = {
    "lr": 0.001,
    "units": 64,
    "act": "relu",
    "bn": True,
    "gone": None,
    "nan": math.nan,
    "val acc": 0.9,
    "tuner/epochs": 3,
    "status": "COMPLETED",
    "it's": 1,
    'say "x"': 2,
    "true": 5,
    "": 7,
    "in": 8,
    "实验": 9,
}


def passes(text: str, row: dict[str, Any] = ROW) -> bool:
    """Whether the row passes the filter."""
    columns = MaskColumns({name: [value] for name, value in row.items()}, 1)
    return list(compile_filter(text, row)(columns, [0])) == [0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("  \n ", True),
        ("lr < 1e-2", True),
        ("lr <= 0.001 and lr >= 0.001", True),
        ("lr > 0.001 or units != 64", False),
        ("0.0001 < lr < 0.01", True),
        ("0.0001 < lr < 0.0005", False),
        ("lr < 0.01 == bn", False),
        ("units == 64.0", True),
        ("units > -1 and units > +1", True),
        ("act == 'relu'", True),
        ('act != "relu"', False),
        ('act in ["relu", "tanh"]', True),
        ('act in ("tanh",)', False),
        ('act not in {"tanh"}', True),
        ('"rel" in act', True),
        ('"x" in act', False),
        ("bn", True),
        ("not bn", False),
        ("bn == True", True),
        ("bn == false", False),
        ("bn is True", True),
        ("units in [lr, 64]", True),
        ("实验 == 9", True),
        ("units == 64 # sixty-four", True),
        ("(\n units == 64\n and bn\n)", True),
    ],
)
def test_a_filter_means_what_it_says(text: str, expected: bool) -> None:
    """Comparisons, chains, membership, words, numbers and truth."""
    assert passes(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bn or bn and not bn", True),
        ("(bn or bn) and not bn", False),
        ("not bn or bn", True),
        ("not (bn or bn)", False),
        ("not units == 3 and act == 'relu'", True),
        ("units == 1 or units == 64 and act == 'tanh'", False),
    ],
)
def test_not_binds_before_and_and_before_or(text: str, expected: bool) -> None:
    """The precedence is Python's."""
    assert passes(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gone == 1", False),
        ("gone < 1", False),
        ("gone >= 0", False),
        ("gone in [1, 2]", False),
        ("'a' in gone", False),
        ("gone", False),
        ("gone != 1", True),
        ("gone not in [1, 2]", True),
        ("gone is None", True),
        ("gone is not None", False),
        ("lr is None", False),
        ("lr is not None", True),
        ("gone is null", True),
        ("nan == 1", False),
        ("nan < 1 or nan >= 1", False),
        ("nan != 1", True),
        ("nan is None", False),
    ],
)
def test_a_missing_value_is_unequal_and_is_none_and_nothing_else(text: str, expected: bool) -> None:
    """A trial without the value fails every comparison with it, but not its denial."""
    assert passes(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("act < 1", False),
        ("act >= 1", False),
        ("act == 1", False),
        ("act != 1", True),
        ("units == '64'", False),
        ("units in 'abc64'", False),
        ("units in lr", False),
        ("units not in lr", True),
        ("lr < [1, 2]", False),
    ],
)
def test_values_that_cannot_be_compared_are_neither_smaller_nor_equal(text: str, expected: bool) -> None:
    """A word and a number are just different, and nothing is raised."""
    assert passes(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`val acc` >= 0.9", True),
        ("`tuner/epochs` == 3 and `val acc` < 0.5", False),
        ("`lr` < 1", True),
        ("`in` == 8", True),
        ("`` == 7", True),
        ("`true` == 5", True),
        ("true == 5", True),
        ('`say "x"` == 2', True),
        ("`it's` == 1", True),
    ],
)
def test_a_name_in_backticks_is_taken_as_it_is(text: str, expected: bool) -> None:
    """Blanks, slashes, keywords, literals and quotes may be part of a name."""
    assert passes(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "`it's` == 1 and act == 'relu'",
        "act == 'relu' and `val acc` > 0",
        "act != '`val acc`' and `val acc` > 0",
        'act != "`" and `val acc` > 0',
        r"act != '\'`' and `val acc` > 0",
    ],
)
def test_backticks_and_quotes_do_not_disturb_each_other(text: str) -> None:
    """A backtick in a quoted word is a character, and a quote in a backticked name is one too."""
    assert passes(text)


def test_a_word_may_hold_backticks() -> None:
    """What is quoted is compared as it is written."""
    assert passes("word == '`lr`'", {"word": "`lr`", "lr": 1})


@pytest.mark.parametrize("text", [r'act != "C:\data"', r"act != '\d+'"])
def test_a_backslash_in_a_word_warns_nobody(text: str) -> None:
    """A path or a pattern in quotes is a word; nothing is printed over the screen."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert passes(text)
    assert caught == []


NAMES_AND_VALUES = ["lr", "act", "`val acc`", "1", "'a'", "None", "`"]
SIGNS = ["(", ")", "[", "]", "{", "}", "<", "==", "=", ",", ":", ".", "-", "*"]
WORDS = ["and", "or", "not", "in", "is", "lambda", "for", "if", "else", "await"]
TOKENS = [*NAMES_AND_VALUES, *SIGNS, *WORDS]

words = st.text(alphabet=st.characters(blacklist_characters="`", codec="utf-8"), max_size=12)


@pytest.mark.parametrize("name", ["lr", "val acc", "in", "None", "true", "a-b", "", "1st", "x\ny", "λ", "[bold]"])
def test_a_quoted_name_is_found_again(name: str) -> None:
    """What the screen writes into the filter, the filter reads."""
    assert passes(f"{quote_name(name)} == 1", {name: 1})


@pytest.mark.parametrize("name", ["µ", "ﬁlters", "ℓr"])
def test_an_identifier_that_python_would_rewrite_is_quoted(name: str) -> None:
    """A name is the same characters, also where Unicode has another spelling of it."""
    assert passes(f"{quote_name(name)} == 1", {name: 1})


@settings(max_examples=150, deadline=None)
@given(words)
def test_any_name_without_a_backtick_can_be_written(name: str) -> None:
    """Blanks, controls, quotes and emoji are all found."""
    assert passes(f"{quote_name(name)} == 1", {name: 1})


numbers = st.one_of(st.integers(-1000, 1000), st.floats(-1e6, 1e6))


@settings(max_examples=150, deadline=None)
@given(numbers, numbers, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
def test_a_comparison_of_numbers_is_pythons(left: float, right: float, sign: str) -> None:
    """Every sign, every number, as it is printed."""
    expected = {
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
        "==": left == right,
        "!=": left != right,
    }[sign]
    assert passes(f"x {sign} {right!r}", {"x": left}) is expected


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        st.lists(
            st.sampled_from(TOKENS),
            max_size=12,
        ).map(" ".join),
    )
)
def test_random_text_is_a_filter_or_one_error(text: str) -> None:
    """Nothing but FilterError is raised, neither when it is read nor when it is used."""
    with warnings.catch_warnings(), contextlib.suppress(FilterError):
        warnings.simplefilter("ignore")
        assert passes(text) in (True, False)
