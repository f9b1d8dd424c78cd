"""What a process printed, as a terminal would leave it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuitune.analysis.log_text import LogText

COMMANDS = ["\x1b[31m", "\x1b[0m", "\x1b[2J", "\x1b[K", "\x1b]0;t\x07", "\x1b", "\x9b1m", "\x1b[1;3", "\x1bP+q"]
WORDS = ["a", "bar ", "\r", "\b\b", "\n", "\r\n", "\t", "漢", "\x00", "\u202e"]
PIECES = st.lists(st.sampled_from([*COMMANDS, *WORDS]), max_size=30)


@pytest.mark.parametrize(
    ("printed", "left"),
    [
        ("plain", "plain"),
        ("1/2\r2/2", "2/2"),
        ("long one\rnew", "newg one"),
        ("long one\r\x1b[Knew", "new"),
        ("ab\x1b[1K!", "  !"),
        ("ab\x1b[2K!", "  !"),
        ("abc\b\bX", "aXc"),
        ("\b\b\bx", "x"),
        ("a\tb", "a       b"),
        ("\x1b[1mbold\x1b[0m not", "\x1b[1mbold\x1b[m not"),
        ("\x1b[31;1mx\x1b[4my", "\x1b[31;1mx\x1b[m\x1b[31;1;4my\x1b[m"),
        ("\x1b]52;c;cm0=\x1b\\x", "x"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b[2J\x1b[Hx\x1b[?25l", "x"),
        ("\x1bc\x1b(Bx", "x"),
        ("\x9b31mx", "31mx"),
        ("line end\r", "line end"),
    ],
)
def test_a_line_is_what_it_leaves(printed: str, left: str) -> None:
    """Movements within the line are carried out, colours kept, all else dropped."""
    log = LogText()
    assert log.feed(printed) == []
    assert log.rest() == left
    assert log.feed("\n") == [left]


def test_a_colour_goes_on_in_the_next_line() -> None:
    """Each line stands for itself."""
    log = LogText()
    assert log.feed("\x1b[31mone\ntwo\x1b[0m\nthree\n") == ["\x1b[31mone\x1b[m", "\x1b[31mtwo\x1b[m", "three"]


@given(PIECES, st.integers(1, 7))
def test_parts_do_not_matter_and_nothing_steers(pieces: list[str], size: int) -> None:
    """However the text is cut into writes, the lines are the same: text and colours."""
    text = "".join(pieces)
    whole, parts = LogText(), LogText()
    lines = [*whole.feed(text), whole.rest()]
    found = [line for start in range(0, len(text), size) for line in parts.feed(text[start : start + size])]
    assert [*found, parts.rest()] == lines
    for line in lines:
        assert re.sub(r"\x1b\[[0-9;:]*m", "", line).isprintable()


def test_a_line_without_an_end_is_held_within_bounds() -> None:
    """Text is parted, a progress bar keeps its last state."""
    log = LogText()
    lines = [line for _ in range(100) for line in log.feed("x" * 10_000)]
    assert sum(map(len, [*lines, log.rest()])) == 1_000_000
    assert max(map(len, [*lines, log.rest()])) <= 80_000
    bar = LogText()
    assert [line for n in range(100_000) for line in bar.feed(f"\r{n:6} of 100000")] == []
    assert bar.rest() == " 99999 of 100000"
