"""The filter language: every form that is refused, long and deep input, and helpful words."""

from __future__ import annotations

import contextlib

import pytest

from tuitune.analysis.masks import MaskColumns
from tuitune.analysis.query import EXAMPLE, FilterError, compile_filter

NAMES = ["lr", "units", "act", "val_accuracy", "val_loss", "status", "batch size"]


def refusal(text: str) -> FilterError:
    """The error that the text gives."""
    with pytest.raises(FilterError) as caught:
        compile_filter(text, NAMES)
    return caught.value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("__import__('os')", "calling something"),
        ("print(lr)", "calling something"),
        ("lr.real > 1", "reaching an attribute"),
        ("act.__class__", "reaching an attribute"),
        ("act[0] == 'r'", "an index"),
        ("[1, 2][0]", "an index"),
        ("lambda: 1", "a lambda"),
        ("lr + 1 > 2", "arithmetic"),
        ("lr * 2", "arithmetic"),
        ("2 ** 9999", "arithmetic"),
        ("'a' * 9 == act", "arithmetic"),
        ("[x for x in lr]", "a comprehension"),
        ("lr in (x for x in act)", "a comprehension"),
        ("{x for x in act}", "not part of the language"),
        ("{x: 1 for x in act}", "not part of the language"),
        ("f'{lr}' == act", "a formatted string"),
        ("1 if lr else 2", "if … else"),
        ("(y := 1)", "an assignment"),
        ("{1: 2}", "not part of the language"),
        ("lr in [*act]", "not part of the language"),
        ("await lr", "not part of the language"),
        ("(yield)", "not part of the language"),
        ("lr > ...", "cannot be compared"),
        ("act == b'relu'", "cannot be compared"),
        ("lr == 1j", "cannot be compared"),
        ("-act > 1", "sign"),
        ("-(1 < lr)", "sign"),
        ("__builtins__ == 1", "no hyperparameter"),
        ("__class__", "no hyperparameter"),
        ("__debug__", "no hyperparameter"),
    ],
)
def test_a_form_outside_the_language_is_refused_by_name(text: str, words: str) -> None:
    """Nothing that calls, reaches, computes or binds gets through."""
    assert words in refusal(text).message


def test_an_inverted_number_is_refused() -> None:
    """A sign that is no sign of a number changes the meaning and must not be ignored."""
    refusal("lr > ~5")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lr = 1", "write =="),
        ("act = 'a == b'", "write =="),
        ("`lr > 1", "backtick"),
        ("lr >", "not an expression"),
        ("lr > 1 and", "not an expression"),
        ("(lr > 1", "not an expression"),
        ("lr > 1 lr < 2", "not an expression"),
        ("lr > 1; units", "not an expression"),
        ("import os", "not an expression"),
        ("act == 'open", "not an expression"),
    ],
)
def test_a_mistake_in_the_grammar_is_explained(text: str, words: str) -> None:
    """The usual slips have a sentence of their own; the others say where."""
    assert words in refusal(text).message


@pytest.mark.parametrize(
    "text",
    [
        "lr > 1 and " * 500 + "lr > 1",
        "x" * 4_001,
        "(" * 1_900 + "lr" + ")" * 1_900,
        "[" * 1_900 + "]" * 1_900,
        "not " * 990 + "lr",
        "-" * 3_000 + "1",
        "lr < " * 700 + "(" * 100,
        "act == '" + "a" * 4_000 + "'",
        "lr > " + "9" * 3_999,
    ],
)
def test_very_long_and_very_deep_input_is_refused_or_read(text: str) -> None:
    """No input brings the parser down."""
    columns = MaskColumns({name: [1] for name in NAMES}, 1)
    with contextlib.suppress(FilterError):
        assert list(compile_filter(text, NAMES)(columns, [0])) in ([], [0])


def test_input_over_the_limit_names_the_limit() -> None:
    """Four thousand characters are enough for a person."""
    assert "4000" in refusal("lr > 1 or " * 401).message


@pytest.mark.parametrize("text", ["lr > 1\0", "lr == '\ud800'", "\x1b[31m", "lr\u00a0> 1"])
def test_a_character_that_cannot_be_read_is_refused(text: str) -> None:
    """Control characters outside of words make no expression."""
    assert refusal(text).title == "Cannot read the filter"


@pytest.mark.parametrize(
    ("text", "close"),
    [("val_acuracy > 1", "val_accuracy"), ("unit == 3", "units"), ("`batch_size` > 1", "`batch size`")],
)
def test_an_unknown_name_comes_with_close_ones(text: str, close: str) -> None:
    """A slip of the finger is answered with the name that was meant, as it is to be written."""
    hint = refusal(text).hint
    assert hint.startswith("Close:")
    assert close in hint


@pytest.mark.parametrize("text", ["lr > 0,96", "lr, units", "[lr]", "{1}", "not [lr]", "lr > 1 or (units, 3)"])
def test_a_list_is_no_condition(text: str) -> None:
    """A decimal comma makes one, which would let every row pass."""
    assert "no comma" in refusal(text).message


def test_an_id_with_leading_zeros_is_told_to_be_quoted() -> None:
    """It looks like a number and is none."""
    assert "in quotes" in refusal("units == 007").message


def test_names_that_are_left_out_of_a_list_are_not_hidden() -> None:
    """The list of what is known says that it goes on."""
    with pytest.raises(FilterError) as caught:
        compile_filter("zzzzzz == 1", [f"name {number}" for number in range(20)])
    assert "…" in caught.value.hint
    assert "…" not in refusal("zzzzzz == 1").hint


def test_an_unknown_name_that_is_like_none_comes_with_those_that_there_are() -> None:
    """A word without quotes is the likeliest reason, and is said."""
    error = refusal("zzzzzz == 1")
    assert "'zzzzzz'" in error.message
    assert error.hint.startswith("Known:")
    assert "goes in quotes" in error.hint


def test_a_refusal_without_a_hint_of_its_own_shows_an_example() -> None:
    """A person who got it wrong sees one that is right."""
    assert refusal("lr >").hint == EXAMPLE
    compile_filter(EXAMPLE.removeprefix("For example: "), NAMES)


@pytest.mark.parametrize("text", ["`\\U00110000` == 1", "`\\Uffffffff` == 1 and lr > 0"])
def test_what_is_no_character_is_refused_in_words(text: str) -> None:
    """The last one is U+10FFFF."""
    assert "is no character" in refusal(text).message


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('kernel size == "(1, 3)"', "`kernel size`"),
        ("batch-norm == True and units > 3", "`batch-norm`"),
        ("units > 3 and dense units > 3", "`dense units`"),
    ],
)
def test_a_name_that_needs_backticks_is_shown_with_them(text: str, written: str) -> None:
    """That of the project which the text holds, and the longest of them."""
    with pytest.raises(FilterError) as caught:
        compile_filter(text, ["units", "kernel size", "batch-norm", "dense units", "norm"])
    assert caught.value.hint == f"In backticks: {written}."


def test_a_word_in_quotes_is_no_name() -> None:
    """Nor one that stands in backticks already."""
    with pytest.raises(FilterError) as caught:
        compile_filter('`kernel size` == "batch-norm" and', ["kernel size", "batch-norm"])
    assert "backticks: `" not in caught.value.hint
