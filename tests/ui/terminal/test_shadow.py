"""What a terminal shows behind the shadow is what it shows without; checked by a terminal in software."""

from __future__ import annotations

from collections.abc import Iterable

import pyte
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyte.screens import Char
from wcwidth import wcwidth

from tuitune.ui.terminal.shadow import SYNC_END, SYNC_START, Shadow, style_change

LINK_END = "\x1b]8;;\x1b\\"


class SoftTerminal(pyte.Screen):  # type: ignore[misc]
    """pyte, but a wide glyph that is cut in half leaves a blank, as in xterm: pyte leaves the half where it was."""

    def draw(self, data: str) -> None:
        """Draw one character after the other, blanking the halves that are left over."""
        for char in data:
            x, line = self.cursor.x, self.buffer[self.cursor.y]
            width = wcwidth(char)
            if width > 0 and x < self.columns:
                if line[x].data == "":
                    line[x - 1] = line[x - 1]._replace(data=" ")
                if x + width < self.columns and line[x + width].data == "":
                    line[x + width] = line[x + width]._replace(data=" ")
            super().draw(char)


class Pair:
    """Two terminals: one gets all as it was written, the other by way of the shadow."""

    def __init__(self, width: int, height: int, erases_colored: bool = False) -> None:
        self.plain, self.behind = SoftTerminal(width, height), SoftTerminal(width, height)
        self._plain_stream, self._behind_stream = pyte.Stream(self.plain), pyte.Stream(self.behind)
        self.shadow = Shadow(width, height, erases_colored)
        for screen in (self.plain, self.behind):
            screen.reset_mode(7, private=True)  # as Textual does: no line wrap

    def write(self, *data: str) -> str:
        """Write to both; returns what the second got."""
        for each in data:
            self._plain_stream.feed(each)
            self.shadow.feed(each)
        sent = self.shadow.take()
        self._behind_stream.feed(sent)
        return sent

    def resize(self, width: int, height: int) -> None:
        """Give both another size."""
        self.plain.resize(height, width)
        self.behind.resize(height, width)
        self.shadow.resize(width, height)

    def check(self) -> None:
        """Both show the same, in each cell, and have the cursor at the same place."""
        for y in range(self.plain.lines):
            assert cells(self.behind, y) == cells(self.plain, y), f"line {y}"
        assert (self.behind.cursor.y, self.behind.cursor.x) == (self.plain.cursor.y, self.plain.cursor.x)
        assert self.behind.cursor.hidden == self.plain.cursor.hidden
        assert self.behind.cursor.attrs == self.plain.cursor.attrs


def cells(screen: pyte.Screen, y: int) -> list[Char]:
    """The cells of a line as they are seen: of a blank without lines nobody sees the text's colour or weight."""
    return [_seen(screen.buffer[y][x]) for x in range(screen.columns)]


def _seen(char: Char) -> Char:
    if char.data != " " or char.underscore or char.strikethrough or char.reverse:
        return char
    return char._replace(fg="default", bold=False, italics=False, blink=False)


def at(y: int, x: int, text: str, sgr: str = "") -> str:
    """Text at a place, as Textual writes it."""
    return f"\x1b[{y + 1};{x + 1}H" + (f"\x1b[{sgr}m{text}\x1b[0m" if sgr else text)


def row_text(row: int) -> str:
    """A row of a table, each unlike the others."""
    return f"row {row} " + " ".join(f"{row * factor % 10007:>5}" for factor in (7919, 6271, 3571, 2221, 9973))


def page(width: int, height: int, first: int = 0) -> str:
    """A full frame: a table from row `first` on."""
    lines = (at(y, 0, row_text(y + first).ljust(width)[:width], "48;5;17") for y in range(height))
    return "\n".join(lines) + "\x1b[1;1H"


def full(height: int, lines: Iterable[str]) -> str:
    """A full frame of lines."""
    return "\n".join(at(y, 0, line) for y, line in zip(range(height), lines, strict=True)) + "\x1b[1;1H"


def test_unchanged_frame_writes_nothing() -> None:
    pair = Pair(40, 10)
    assert pair.write(page(40, 10))
    assert pair.write(page(40, 10)) == ""
    pair.check()


def test_only_what_changed_is_written() -> None:
    pair = Pair(40, 10)
    pair.write(page(40, 10))
    sent = pair.write(page(40, 10) + at(5, 3, "X", "1;31") + "\x1b[1;1H")
    assert sent == "\x1b[6;4H\x1b[1;31mX\x1b[m\x1b[1H"
    pair.check()


def test_small_gaps_are_written_again_and_large_ones_jumped_over() -> None:
    pair = Pair(40, 2)
    pair.write(full(2, ["a" * 40, "b" * 40]))
    assert pair.write(at(0, 0, "xaaax" + "a" * 20 + "x\x1b[1;1H")) == "xaaax\x1b[20Cx\x1b[1H"
    pair.check()


def test_the_cursor_alone_moves() -> None:
    pair = Pair(40, 10)
    pair.write(page(40, 10))
    assert pair.write("\x1b[4;7H") == "\x1b[4;7H"
    pair.check()


def test_blanks_without_style_are_erased_coloured_ones_written() -> None:
    pair = Pair(40, 2)
    pair.write(full(2, ["a" * 40, "b" * 40]))
    assert pair.write(at(0, 0, "x".ljust(40)) + "\x1b[1;1H") == "x\x1b[K\x1b[1H"
    sent = pair.write(at(1, 0, "x".ljust(40), "44") + "\x1b[1;1H")
    assert "\x1b[K" not in sent
    assert "\x1b[m\x1b[K" in pair.write(at(1, 0, "red", "41") + " " * 37 + "\x1b[1;1H")
    pair.check()


@pytest.mark.parametrize("step", [1, 2, 5, -1, -2, -5])
def test_a_scrolled_block_is_scrolled(step: int) -> None:
    pair = Pair(60, 20)
    frame = at(0, 0, "the head stays".ljust(60)) + at(19, 0, "so does the foot".ljust(60)) + "\x1b[1;1H"
    pair.write(page(60, 20, 100) + frame)
    sent = pair.write(page(60, 20, 100 + step) + frame)
    assert "r\x1b[" in sent
    assert len(sent) < 80 + 80 * abs(step)
    pair.check()


def test_a_pane_beside_the_block_stays() -> None:
    pair = Pair(60, 20)
    beside = "".join(at(y, 50, f"p{y}".ljust(10), "41") for y in range(20))
    pair.write(page(50, 20, 100) + beside + "\x1b[1;1H")
    sent = pair.write(page(50, 20, 101) + beside + "\x1b[1;1H")
    assert len(sent) < 20 * 40
    pair.check()


def test_nothing_scrolls_while_part_of_the_block_is_unknown() -> None:
    pair = Pair(60, 20)
    pair.write("".join(at(y, 55, "?") for y in range(20)) + "\x1b[2J")
    pair.write(page(50, 20, 100))
    pair.write(page(50, 20, 101))
    pair.check()


def test_lines_with_wide_glyphs_are_written_whole() -> None:
    pair = Pair(20, 2)
    pair.write(full(2, ["漢字 and letters".ljust(18), "plain".ljust(20)]))
    sent = pair.write(at(0, 16, "x") + "\x1b[1;1H")
    assert "漢字 and letters" in sent
    assert "plain" not in sent
    pair.check()


def test_a_line_with_wide_glyphs_is_in_step_again_where_the_app_sent_the_cursor() -> None:
    pair = Pair(20, 1)
    sent = pair.write(at(0, 0, "漢abcdefgh") + at(0, 10, "the pane") + "\x1b[1;1H")
    assert sent.startswith("\x1b[1H漢abcdefgh\x1b[1;11Hthe pane")
    pair.check()


@pytest.mark.parametrize("column", [4, 5])
def test_half_of_a_wide_glyph_is_overwritten(column: int) -> None:
    pair = Pair(20, 2)
    pair.write(full(2, ["abcd漢efgh".ljust(18), " " * 20]))
    pair.write(at(0, column, "X") + "\x1b[1;1H")
    pair.check()


@pytest.mark.parametrize(
    "text", ["e\u0301te\u0301", "שלום עולם", "a\u0306\u0323b", "हिन्दी", "ไทย", "👍", "漢字", "x⠋⣿▁█│→…"]
)
def test_what_unusual_text_leaves(text: str) -> None:
    # Joined emoji, skin tones and flags are left out: pyte gives each part its own cells, rich the whole its two.
    pair = Pair(30, 3)
    pair.write(full(3, ["a" * 30, "b" * 30, "c" * 30]))
    pair.write(at(1, 5, text + " ", "33") + "\x1b[1;1H")
    if text not in ("हिन्दी", "ไทย"):  # pyte drops a mark that joins but does not combine, and all behind it
        pair.check()
    assert pair.write(at(0, 0, "new") + "\x1b[1;1H") == "new\x1b[1H"


@pytest.mark.parametrize("text", ["👨‍👩‍👧‍👦", "👍🏽", "🇩🇪", "❤️", "✔️"])
def test_a_line_with_joined_glyphs_is_written_as_the_app_wrote_it(text: str) -> None:
    shadow = Shadow(30, 3)
    shadow.feed(full(3, ["a" * 30, "b" * 30, "c" * 30]))
    shadow.take()
    shadow.feed(at(1, 0, f"{text} is the name") + "\x1b[1;1H")
    assert shadow.take().startswith(f"\r\n{text} is the name")


@pytest.mark.parametrize(
    "sequence",
    [
        "\x07",
        "\x1b[?1000h",
        "\x1b[?1006l",
        "\x1b[?25h",
        "\x1b[?25l",
        "\x1b[>25u",
        "\x1b[<u",
        "\x1b[?2026$p",
        "\x1b[?2048$p",
        "\x1b[?2004h",
        "\x1b[c",
        "\x1b[6n",
        "\x1b]0;title\x07",
        "\x1b]52;c;YWJj\x07",
        "\x1b]22;pointer\x07",
        "\x1b]11;?\x1b\\",
        "\x1b[2 q",
    ],
)
def test_what_changes_no_cell_passes(sequence: str) -> None:
    shadow = Shadow(40, 10)
    shadow.feed(page(40, 10))
    shadow.take()
    shadow.feed(sequence)
    assert shadow.take() == sequence
    shadow.feed(page(40, 10))
    assert shadow.take() == ""


@pytest.mark.parametrize(
    "sequence",
    [
        "\x1b[?1049h",
        "\x1b[?1049l",
        "\x1b[2J",
        "\x1bc",
        "\x1b[3S",
        "\x1b[5z",
        "\x1bPq#0~\x1b\\",
        "\x1b_Gf=24;AAAA\x1b\\",
        "\x1b7",
        "\ttab",
        "\x1b[?3h",
        "\x1b[6;2r",
        "\x9b2J",
        "a\rb",
    ],
)
def test_after_what_may_change_cells_all_is_written_again(sequence: str) -> None:
    shadow = Shadow(40, 10)
    shadow.feed(page(40, 10))
    first = shadow.take()
    shadow.feed(sequence)
    assert shadow.take() == sequence
    shadow.feed(page(40, 10))
    assert shadow.take().replace("\x1b[1H", "") == first.replace("\x1b[1H", "")


def test_order_of_what_passes_is_kept() -> None:
    shadow = Shadow(40, 10)
    parts = ["\x07", "\x1b[?1000h", "\x1b[2J", "\x1b]0;a\x07", "\x1b[?1049l", "\x1b[?25h"]
    for part in parts:
        shadow.feed(part)
    assert shadow.take() == "".join(parts)


def test_a_frame_is_written_before_what_forgets_it() -> None:
    shadow = Shadow(40, 10)
    shadow.feed(at(2, 2, "last words") + "\x1b[1;1H")
    shadow.feed("\x1b[?1049l")
    assert shadow.take() == "\x1b[3;3Hlast words\x1b[1H\x1b[?1049l"


@pytest.mark.parametrize("cut", range(1, 60))
def test_sequences_cut_in_two(cut: int) -> None:
    data = at(1, 1, "red", "1;38;2;255;0;0") + "\x07" + "\x1b]8;id=1;http://x.y\x1b\\link" + LINK_END + "\x1b[3;3H"
    pair = Pair(40, 10)
    pair.write(page(40, 10))
    sent = pair.write(data[:cut]) + pair.write(data[cut:])
    assert sent.count("\x07") == 1
    assert "\x1b]8;id=1;http://x.y\x1b\\" in sent
    pair.check()


def test_a_sequence_that_never_ends_is_not_lost() -> None:
    shadow = Shadow(40, 10)
    shadow.feed("\x1b]52;c;abc")
    assert shadow.take() == ""
    assert shadow.take(last=True) == "\x1b]52;c;abc"


def test_synchronized_output_only_where_the_app_uses_it() -> None:
    shadow = Shadow(40, 10)
    shadow.feed(page(40, 10))
    assert SYNC_START not in shadow.take()
    for part in (SYNC_START, page(40, 10, 3), SYNC_END):
        shadow.feed(part)
    sent = shadow.take()
    assert sent.startswith(SYNC_START)
    assert sent.endswith(SYNC_END)
    assert sent.count(SYNC_START) == sent.count(SYNC_END) == 1
    for part in (SYNC_START, page(40, 10, 3), SYNC_END):
        shadow.feed(part)
    assert shadow.take() == ""


def test_an_odd_frame_is_wrapped_too() -> None:
    shadow = Shadow(40, 10)
    for part in (SYNC_START, "\x1b[1;1Ha\tb", SYNC_END):
        shadow.feed(part)
    assert shadow.take() == f"{SYNC_START}\x1b[1;1Ha\tb{SYNC_END}"


@pytest.mark.parametrize(
    "frame",
    [
        at(0, 35, "too long"),
        at(0, 35, "edge!"),
        at(12, 0, "too low"),
        "nowhere",
        at(0, 5, "\u0301x"),
        at(0, 5, "\u200eab"),
    ],
)
def test_a_frame_that_cannot_be_followed_is_written_as_it_came(frame: str) -> None:
    shadow = Shadow(40, 10)
    shadow.feed("\x1b[2J" if frame == "nowhere" else page(40, 10))
    shadow.take()
    shadow.feed(frame)
    assert shadow.take() == frame
    shadow.feed(page(40, 10))
    assert "row 9" in shadow.take()


def test_styles_and_cursor_survive_what_is_written_as_it_came() -> None:
    pair = Pair(40, 10)
    pair.write(page(40, 10))
    pair.write("\x1b[5;5H\x1b[1;31m")
    pair.write("x\ty")
    pair.write("\x1b[6;6Hz\x1b[0m\x1b[1;1H")
    pair.check()


def test_hyperlinks() -> None:
    shadow = Shadow(40, 2)
    shadow.feed(f"\x1b[1;1Ha\x1b]8;id=7;http://x.y/;\x1b\\\x1b[4mlink\x1b[0m{LINK_END}b\x1b[1;1H")
    assert shadow.take() == f"\x1b[1Ha\x1b[4m\x1b]8;id=7;http://x.y/;\x1b\\link\x1b[m{LINK_END}b\x1b[1H"


def test_a_new_size_forgets_the_screen() -> None:
    pair = Pair(40, 12)
    for width, height in ((40, 12), (20, 8), (40, 12), (40, 12)):
        pair.resize(width, height)
        sent = pair.write(page(width, height))
        assert f"row {height - 1}" in sent
        pair.check()


def test_frames_that_were_not_taken_are_merged() -> None:
    shadow = Shadow(40, 10)
    shadow.feed(page(40, 10))
    shadow.take()
    for number in range(50):
        shadow.feed(at(3, 3, f"{number:>5}") + "\x1b[1;1H")
    sent = shadow.take()
    assert "   49" in sent
    assert "48" not in sent


STYLES = (
    "",
    "1",
    "31",
    "1;31",
    "38;2;1;2;3",
    "38;2;1;2;3;48;5;17",
    "2;3;4;48;2;9;8;7",
    "7",
    "91;104",
    "0;4;32",
    "9;38;5;200",
)


@pytest.mark.parametrize("old", STYLES)
@pytest.mark.parametrize("new", STYLES)
def test_style_changes(old: str, new: str) -> None:
    wanted, got = pyte.Screen(4, 1), pyte.Screen(4, 1)
    pyte.Stream(wanted).feed(f"\x1b[0;{new}mx" if new else "\x1b[0mx")
    pyte.Stream(got).feed((f"\x1b[0;{old}m" if old else "") + style_change(old, new) + "x")
    assert got.buffer[0][0] == wanted.buffer[0][0]


WIDTH, HEIGHT = 14, 7
texts = st.text(st.sampled_from("ab  漢字é│⠿👍z"), min_size=1, max_size=WIDTH)
spots = st.tuples(
    st.integers(0, HEIGHT - 1),
    st.integers(0, WIDTH - 1),
    st.lists(st.tuples(texts, st.sampled_from(STYLES)), min_size=1, max_size=3),
)
scrolls = st.tuples(st.integers(0, HEIGHT - 1), st.integers(-3, 3))
frames = st.lists(st.one_of(st.lists(spots, max_size=4), scrolls), min_size=1, max_size=6)


def clipped(room: int, parts: list[tuple[str, str]]) -> str:
    """Styled texts, cut where the line ends, as Textual does."""
    written = ""
    for text, sgr in parts:
        kept = ""
        for char in text:
            if wcwidth(char) > room:
                room = 0
                break
            kept, room = kept + char, room - wcwidth(char)
        written += (f"\x1b[{sgr}m{kept}\x1b[0m" if sgr else kept) if kept else ""
    return written


def block(top: int, first: int) -> str:
    """Lines of a table that is seen from row `first` on."""
    return "".join(
        at(y, 0, f"{(y + first) * 7919 % 997:>3} {y + first} ".ljust(WIDTH), "44") for y in range(top, HEIGHT)
    )


@settings(max_examples=150, deadline=None)
@given(
    frames=frames,
    taken=st.lists(st.booleans(), min_size=6, max_size=6),
    start=st.booleans(),
    erases_colored=st.booleans(),
)
@example(
    frames=[[(0, 12, [("漢", "")])], [(0, 13, [("a", "31")])]],
    taken=[False, True] * 3,
    start=True,
    erases_colored=False,
)
@example(frames=[(1, 0), (1, 1), (1, 2), (1, -1)], taken=[True] * 6, start=True, erases_colored=True)
def test_random_frames(
    frames: list[list[tuple[int, int, list[tuple[str, str]]]] | tuple[int, int]],
    taken: list[bool],
    start: bool,
    erases_colored: bool,
) -> None:
    """Whatever is written, both terminals show the same whenever what waits was taken."""
    pair, position = Pair(WIDTH, HEIGHT, erases_colored), 50
    if start:
        pair.write(page(WIDTH, HEIGHT))
    for frame, take in zip(frames, taken, strict=False):
        if isinstance(frame, tuple):
            position += frame[1]
            data = block(frame[0], position)
        else:
            data = "".join(at(y, x, "") + clipped(WIDTH - x, parts) for y, x, parts in frame)
        data += "\x1b[2;2H"
        if take:
            pair.write(data)
            pair.check()
        else:
            pair._plain_stream.feed(data)
            pair.shadow.feed(data)
    pair.write("\x1b[1;1H")
    pair.check()
    assert pair.write("\x1b[1;1H") == ""
