"""Text from files made inert, cells and durations."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuitune.analysis.text import cell, duration, printable, printable_lines

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [bold]x[/bold]", "plain [bold]x[/bold]"),
        ("a\x1b[31mred", "a␛[31mred"),
        ("a\nb\tc\rd", "a␊b␉c␍d"),
        ("nul\0", "nul␀"),
        ("\x7f", "␡"),
        ("\x9b31m", "·31m"),
        ("a\u200bb\ufeff", "a·b·"),
        ("実験 ✨ é", "実験 ✨ é"),
        ("", ""),
    ],
)
def test_control_characters_become_visible_and_the_rest_stays(text: str, shown: str) -> None:
    """Markup, letters of any script and emoji are text; what steers a terminal is a picture of itself."""
    assert printable(text) == shown


def test_characters_that_turn_the_line_around_are_replaced() -> None:
    """A file cannot make its text read backwards."""
    assert printable(BIDI) == "·" * len(BIDI)


def test_the_arabic_letter_mark_is_replaced() -> None:
    """The one mark of direction that stands far from the others."""
    assert printable("a\u061cb") == "a·b"


def test_a_lone_surrogate_can_be_printed() -> None:
    """A message may hold a file name that was no UTF-8; showing it must be possible."""
    assert printable("a\ud800b").encode()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_nothing_printable_holds_a_control_character(text: str) -> None:
    """Whatever the text, what is shown is one line as long as it, without controls."""
    shown = printable(text)
    assert len(shown) == len(text)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in BIDI or c in "\u2028\u2029" for c in shown)


def test_lines_stay_lines_and_tabs_become_blanks() -> None:
    """A traceback keeps its shape."""
    assert printable_lines("a\n\tb\x1b\r\nc\u2028d") == ["a", "    b␛", "c", "d"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), ("a\nb", "a␊b"), (0.123456789, "0.12346"), (1e-5, "1e-05"), (True, "True"), (math.nan, "nan")],
)
def test_a_cell_is_short_and_on_one_line(value: Any, shown: str) -> None:
    """Numbers with five digits, words inert, nothing for what is not there."""
    assert cell(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, ""),
        (0, "0.0s"),
        (4.24, "4.2s"),
        (42.4, "42s"),
        (60, "1m00s"),
        (185, "3m05s"),
        (3_599, "59m59s"),
        (3_599.6, "1h00m"),
        (7_800, "2h10m"),
        (100 * 3_600, "4d04h"),
    ],
)
def test_a_duration_is_read_at_a_glance(seconds: float | None, shown: str) -> None:
    """Two units at most."""
    assert duration(seconds) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(59.7, "1m00s"), (9.96, "10s")])
def test_a_duration_just_below_a_unit_is_rounded_into_it(seconds: float, shown: str) -> None:
    """There are no sixty seconds beside the minutes."""
    assert duration(seconds) == shown
