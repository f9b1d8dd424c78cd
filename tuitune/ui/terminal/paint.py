"""The shortest bytes from one screen to another: runs of cells that changed, and blocks of lines that scrolled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import compress
from operator import ne

from tuitune.ui.terminal.cells import UNKNOWN, Row, erases_alike, is_bare, style_change


class Pen:
    """Collects bytes, and knows where they leave the terminal's cursor and which style is on."""

    def __init__(self, at: tuple[int, int] | None, erases_colored: bool = False) -> None:
        self.erases_colored = erases_colored
        self.out: list[str] = []
        self.at = at
        self.style = ""

    @property
    def cost(self) -> int:
        """How much was written, in characters; enough to compare by."""
        return sum(map(len, self.out))

    def move(self, y: int, x: int) -> None:
        """Go to a cell by the shortest way."""
        if self.at == (y, x):
            return
        if self.at is not None and self.at[0] == y and self.at[1] < x:
            self.out.append(f"\x1b[{x - self.at[1]}C" if x - self.at[1] > 1 else "\x1b[C")
        elif self.at is not None and self.at[0] + 1 == y and not x:
            self.out.append("\r\n")
        else:
            self.out.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")
        self.at = (y, x)

    def set_style(self, style: str) -> None:
        """Turn a style on."""
        if style != self.style:
            self.out.append(style_change(self.style, style))
            self.style = style

    def paint(self, y: int, row: Row, x: int, end: int, blank: int) -> None:
        """Write a part of a line.

        Args:
            y: the line, from 0.
            row: what it is to show.
            x, end: from this column up to the one before `end`.
            blank: the line is empty on the terminal from this column on.
        """
        glyphs, styles = row.glyphs, row.styles
        # Erasing leaves the default background in every terminal where the style has no other. Whether it leaves a
        # coloured one is not the same everywhere: such blanks are written unless this terminal is known to.
        erase = end > blank and len(glyphs) - max(blank, x) > 6
        stop = max(blank, x) if erase else end
        self.move(y, x)
        while x < stop:
            style, start = styles[x], x
            while x < stop and styles[x] == style:
                x += 1
            self.set_style(style)
            self.out.append("".join(glyphs[start:x]))
        if erase:
            if not erases_alike(self.style, styles[-1]):
                self.set_style(styles[-1])
            self.out.append("\x1b[K")
        # Behind the last column, and behind glyphs whose width is not agreed on, the cursor may be anywhere.
        self.at = (y, stop) if stop < len(glyphs) and row.simple else None


def blank_from(row: Row, erases_colored: bool) -> int:
    """The column from which on all cells are blanks of one style that erasing leaves behind."""
    style = row.styles[-1]
    x = len(row.glyphs)
    if style and not (erases_colored and is_bare(style)):
        return x
    while x and row.glyphs[x - 1] == " " and row.styles[x - 1] == style:
        x -= 1
    return x


def _whole_runs(row: Row) -> Iterator[tuple[int, int]]:
    """All that is known of a line, parted where the app had sent the cursor."""
    start = None
    for x, glyph in enumerate(row.glyphs):
        if start is not None and (glyph == UNKNOWN or x in row.joints):
            yield start, x
            start = None
        if start is None and glyph != UNKNOWN:
            start = x
    if start is not None:
        yield start, len(row.glyphs)


def _closes(row: Row, start: int, end: int) -> bool:
    """Whether the cells between two runs are as cheap to write again as to jump over."""
    style = row.styles[start]
    if style != row.styles[start - 1] and style != row.styles[end]:
        return False
    if end - start == 1:
        return row.glyphs[start] != UNKNOWN
    gap = row.glyphs[start:end]
    same = row.styles[start:end].count(style) == end - start
    return same and UNKNOWN not in gap and len("".join(gap).encode()) <= 4


def changed_runs(before: Row, after: Row) -> list[tuple[int, int]]:
    """The parts of a line to write, those joined whose gap is no longer than a cursor move."""
    # Terminals disagree on the widths of some glyphs; a line with such is written as a whole, so that what
    # a terminal makes of it depends on this line only.
    if not (before.simple and after.simple):
        return list(_whole_runs(after))
    glyphs, columns = after.glyphs, range(len(after.glyphs))
    changed: Iterable[int] = compress(columns, map(ne, before.glyphs, glyphs))
    if before.styles != after.styles:
        changed = sorted({*changed, *compress(columns, map(ne, before.styles, after.styles))})
    if UNKNOWN in glyphs:
        changed = [x for x in changed if glyphs[x] != UNKNOWN]
    runs: list[tuple[int, int]] = []
    start = end = -1
    for x in changed:
        if x == end:
            end += 1
        elif start >= 0 and x - end <= 4 and _closes(after, end, x):
            end = x + 1
        else:
            if start >= 0:
                runs.append((start, end))
            start, end = x, x + 1
    if start >= 0:
        runs.append((start, end))
    return runs


Changes = dict[int, list[tuple[int, int]]]


def changes(before: list[Row], after: list[Row]) -> Changes:
    """For each line that differs its runs to write."""
    pairs = enumerate(zip(before, after, strict=True))
    return {y: changed_runs(old, new) for y, (old, new) in pairs if not old.shows(new)}


def paint(pen: Pen, after: list[Row], changed: Changes) -> None:
    """Write all that differs."""
    for y, runs in changed.items():
        row = after[y]
        blank = blank_from(row, pen.erases_colored)
        for start, end in runs:
            pen.paint(y, row, start, end, blank)


def find_scroll(before: list[Row], after: list[Row], changed: Changes) -> tuple[int, int, int] | None:
    """The lines from, to, and by how many their text seems to have moved up (negative: down); None if it has not.

    Where what stands at the right did not move with it, the left half tells.
    """
    columns = [x for runs in changed.values() for run in runs for x in run]
    left, right = min(columns, default=0), max(columns, default=0)
    found = [_moves(before, after, changed, left, end) for end in (right, (left + right) // 2)]
    moves = max(found, key=len)
    if len(moves) < 2:
        return None
    shift = moves[0][1]
    lines = [line for y, _ in moves for line in (y, y + shift)]
    top, bottom = min(lines), max(lines)
    if any(UNKNOWN in after[y].glyphs for y in range(top, bottom + 1)):
        return None  # a cell that is not written again must not move
    return top, bottom, shift


def _moves(before: list[Row], after: list[Row], changed: Changes, left: int, right: int) -> list[tuple[int, int]]:
    """Lines whose text between two columns stood on another one, and how far below; those of the commonest shift."""
    texts = [("".join(before[y].glyphs[left:right]), "".join(after[y].glyphs[left:right])) for y in changed]
    counts = Counter(old for old, _ in texts)
    places = {old: y for y, (old, _) in zip(changed, texts, strict=True) if counts[old] == 1 and old.strip(" \0")}
    moves = [(y, places[new] - y) for y, (_, new) in zip(changed, texts, strict=True) if new in places]
    votes = Counter(shift for _, shift in moves if shift and abs(shift) <= len(after) // 2)
    common = votes.most_common(1)
    return [move for move in moves if move[1] == common[0][0]] if common else []


def scrolled(pen: Pen, before: list[Row], after: list[Row], changed: Changes) -> bool:
    """Write the change as a scroll and what is left to write after it; False where nothing has scrolled."""
    found = find_scroll(before, after, changed)
    if found is None:
        return False
    top, bottom, shift = found
    # A region and index or reverse index: every terminal has them. What they fill in is of no matter (the style is
    # off, and the lines count as unknown), nor where resetting the region leaves the cursor.
    pen.out.append(f"\x1b[{top + 1};{bottom + 1}r")
    pen.out.append(f"\x1b[{bottom + 1}H" + "\n" * shift if shift > 0 else f"\x1b[{top + 1}H" + "\x1bM" * -shift)
    pen.out.append("\x1b[r")
    pen.at = None
    block, fill = before[top : bottom + 1], [Row.unknown(len(after[0].glyphs))] * abs(shift)
    moved = block[shift:] + fill if shift > 0 else fill + block[:shift]
    paint(pen, after, changes(before[:top] + moved + before[bottom + 1 :], after))
    return True
