"""What the terminal shows, what it should show, and the shortest bytes that lead from the one to the other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import compress
from operator import ne

from rich.cells import get_character_cell_size, split_graphemes

SYNC_START, SYNC_END = "\x1b[?2026h", "\x1b[?2026l"
UNKNOWN = "\0"  # the glyph of a cell of which nothing is known

# All that an app writes. Frames are positions, styled texts and line feeds, hyperlinks in between. What is harmless
# changes no cell: bell, OSC, queries, the kitty keyboard, the cursor's shape, and the modes listed. All else is odd.
_TOKEN = re.compile(
    r"\x1b\[(?P<sgr>[0-9;:]*)m(?P<styled>[^\x00-\x1f\x7f-\x9f]*)(?P<reset>\x1b\[0?m)?"
    r"|\x1b\[(?P<line>\d*)(?:;(?P<column>\d*))?H"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|(?P<feed>\n)"
    r"|\x1b\]8;(?P<link>[^\x00-\x1f\x7f]*)(?:\x1b\\|\x07)"
    r"|(?P<sync>\x1b\[\?2026[hl])"
    r"|(?P<harmless>\x07|\x1b\](?!8;)[^\x07\x1b]*(?:\x1b\\|\x07)|\x1b\[\??[0-9;]*\$p|\x1b\[[<>=?][0-9;]*u|\x1b\[>?[0-9;]*c"
    r"|\x1b\[\??[0-9;]*n|\x1b\[[0-9]* q|\x1b\[>[0-9]*q"
    r"|\x1b\[\?(?:1|7|12|25|66|100[0-7]|1015|1016|1034|2004|2027|2031|2048)[hl])"
    r"|(?P<odd>[\x00-\x1f\x7f-\x9f])"
)
_PARTIAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*|[ -/]*)")
_SIMPLE_TEXT = re.compile("[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u2190-\u2193\u2500-\u25fc\u2800-\u28ff]*")
_SIMPLE_ATTRIBUTES = frozenset(["1", "2", "3", "4", "5", "7", "8", "9", "53"])


class Doubt(Exception):
    """What comes now cannot be followed: write it as it came, and forget the screen."""


@lru_cache(maxsize=4096)
def is_simple(glyph: str) -> bool:
    """Whether all terminals give this glyph one cell: no wide, combining, joined or right-to-left one."""
    if len(glyph) != 1:
        return False
    simple_script = glyph < "\u0590" or "\u2000" <= glyph < "\ua000"
    return simple_script and glyph != "\xad" and get_character_cell_size(glyph) == 1


@lru_cache(maxsize=2048)
def wide_cells(text: str) -> tuple[tuple[str, int], ...] | None:
    """The glyphs of `text` with their widths; None where each character is one simple cell."""
    if _SIMPLE_TEXT.fullmatch(text) or all(map(is_simple, text)):
        return None
    return tuple((text[start:end], width) for start, end, width in split_graphemes(text)[0])


@lru_cache(maxsize=1024)
def _attributes(sgr: str) -> tuple[frozenset[str], str, str] | None:
    """Attributes, foreground and background that `sgr` sets on a clean slate; None where it says more than that."""
    codes, attributes, colors = iter(sgr.split(";")), set(), {"3": "", "4": ""}
    for code in codes:
        if code in _SIMPLE_ATTRIBUTES:
            attributes.add(code)
        elif code in ("38", "48"):
            kind = next(codes, "")
            rest = [next(codes, "") for _ in range({"5": 1, "2": 3}.get(kind, 0))]
            if not rest or not all(rest):
                return None
            colors[code[0]] = ";".join((code, kind, *rest))
        elif re.fullmatch(r"[34][0-7]|9[0-7]|10[0-7]", code):
            colors["3" if code[0] in "39" else "4"] = code
        else:
            return None
    return frozenset(attributes), colors["3"], colors["4"]


def _sgr_change(old: str, new: str) -> str:
    if old == new:
        return ""
    if not new:
        return "\x1b[m"
    whole = f"\x1b[0;{new}m" if old else f"\x1b[{new}m"
    before, after = _attributes(old), _attributes(new)
    # A colour or attribute is taken back by a full reset only: 39 also ends underlining on some Linux consoles.
    if not old or before is None or after is None or not before[0] <= after[0]:
        return whole
    if any(had and not has for had, has in zip(before[1:], after[1:], strict=True)):
        return whole
    codes = [
        *sorted(after[0] - before[0]),
        *(has for had, has in zip(before[1:], after[1:], strict=True) if had != has),
    ]
    return f"\x1b[{';'.join(codes)}m" if codes else ""


@lru_cache(maxsize=8192)
def style_change(old: str, new: str) -> str:
    """The bytes that turn style `old` into `new`. A style is its SGR codes, then, if it is a link, ESC and the link."""
    old_sgr, _, old_link = old.partition("\x1b")
    new_sgr, _, new_link = new.partition("\x1b")
    change = _sgr_change(old_sgr, new_sgr)
    return change if old_link == new_link else f"{change}\x1b]8;{new_link or ';'}\x1b\\"


def style_after(style: str, sgr: str) -> str:
    """The style once the codes `sgr` were added to it."""
    before, mark, link = style.partition("\x1b")
    if sgr in ("", "0"):
        return mark + link
    if sgr.startswith("0;"):
        return sgr[2:] + mark + link
    return (f"{before};{sgr}" if before else sgr) + mark + link


def style_linked(style: str, link: str) -> str:
    """The style once a hyperlink, parameters and address, was begun, or ended by an empty address."""
    sgr = style.partition("\x1b")[0]
    return f"{sgr}\x1b{link}" if link.partition(";")[2] else sgr


class Row:
    """One line of the screen. A wide glyph has an empty one behind it; zero-width ones are added to their base."""

    __slots__ = ("glyphs", "joints", "simple", "styles")

    def __init__(self, glyphs: list[str], styles: list[str], simple: bool = True, joints: frozenset[int] = frozenset()):
        self.glyphs, self.styles, self.simple, self.joints = glyphs, styles, simple, joints

    @classmethod
    def unknown(cls, width: int) -> Row:
        """A line of which nothing is known."""
        return cls([UNKNOWN] * width, [""] * width)

    def copy(self) -> Row:
        """The same line, to be changed."""
        return Row(self.glyphs.copy(), self.styles.copy(), self.simple, self.joints)

    def shows(self, other: Row) -> bool:
        """Whether both look the same."""
        return self is other or (self.glyphs == other.glyphs and self.styles == other.styles)

    def put(self, x: int, glyphs: list[str] | str, style: str, fresh: bool) -> int:
        """Write cells from column `x` on; `fresh` when the cursor was sent there. Returns the column behind them."""
        end = x + len(glyphs)
        if end > len(self.glyphs):
            raise Doubt
        if not self.simple:
            # A wide glyph of which one half is overwritten leaves a blank of its own colours, as in xterm and VTE.
            if self.glyphs[x] == "":
                self.glyphs[x - 1] = " "
            if end < len(self.glyphs) and self.glyphs[end] == "":
                self.glyphs[end] = " "
            # Where the app sent the cursor is kept: there a terminal with other widths is in step again.
            inner = {joint for joint in self.joints if not x <= joint < end}
            self.joints = frozenset(inner | ({x, end} if fresh else {end}))
        self.glyphs[x:end] = glyphs
        self.styles[x:end] = [style] * (end - x)
        return end

    def put_wide(self, x: int, cells: tuple[tuple[str, int], ...], style: str, fresh: bool) -> int:
        """Write glyphs of any width."""
        self.simple = False
        for glyph, width in cells:
            if width:
                x = self.put(x, [glyph, ""] if width == 2 else [glyph], style, fresh)
                fresh = False
            elif fresh or not x:
                raise Doubt  # nothing before it to combine with: terminals differ
            else:
                self.glyphs[x - 1 if self.glyphs[x - 1] else x - 2] += glyph
        return x


class Pen:
    """Collects bytes, and knows where they leave the terminal's cursor and which style is on."""

    def __init__(self, at: tuple[int, int] | None) -> None:
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
        """Write the cells `x` to `end` of a line, which is empty from column `blank` on."""
        glyphs, styles = row.glyphs, row.styles
        # Erasing paints the default background in every terminal once the style is off; coloured blanks are written,
        # because terminals differ in the colour that erasing leaves.
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
            self.set_style("")
            self.out.append("\x1b[K")
        # Behind the last column, and behind glyphs whose width is not agreed on, the cursor may be anywhere.
        self.at = (y, stop) if stop < len(glyphs) and row.simple else None


def blank_from(row: Row) -> int:
    """The column from which on all cells are blanks without style."""
    x = len(row.glyphs)
    while x and row.glyphs[x - 1] == " " and not row.styles[x - 1]:
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
        blank = blank_from(row)
        for start, end in runs:
            pen.paint(y, row, start, end, blank)


def find_scroll(before: list[Row], after: list[Row], changed: Changes) -> tuple[int, int, int] | None:
    """The lines from, to, and by how many their text seems to have moved up (negative: down); None if it has not."""
    columns = [x for runs in changed.values() for run in runs for x in run]
    left, right = min(columns, default=0), max(columns, default=0)
    texts = [("".join(before[y].glyphs[left:right]), "".join(after[y].glyphs[left:right])) for y in changed]
    counts = Counter(old for old, _ in texts)
    places = {old: y for y, (old, _) in zip(changed, texts, strict=True) if counts[old] == 1 and old.strip(" \0")}
    moves = [(places[new] - y, y) for y, (_, new) in zip(changed, texts, strict=True) if new in places]
    votes = Counter(shift for shift, _ in moves if shift and abs(shift) <= len(after) // 2)
    if not votes or votes.most_common(1)[0][1] < 2:
        return None
    shift = votes.most_common(1)[0][0]
    lines = [line for move, y in moves if move == shift for line in (y, y + shift)]
    top, bottom = min(lines), max(lines)
    if any(UNKNOWN in after[y].glyphs for y in range(top, bottom + 1)):
        return None  # a cell that is not written again must not move
    return top, bottom, shift


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


class _Frame:
    """One write, followed on a copy: where the cursor is, the style, and the lines that it changes."""

    def __init__(self, target: list[Row], at: tuple[int, int] | None, style: str) -> None:
        self._target = target
        self.rows: dict[int, Row] = {}
        self.style = style
        self.harmless: list[str] = []
        self.sync: bool | None = None
        self._fresh = True
        self._row: Row | None = None
        self.y, self.x = at or (-1, -1)

    def go(self, y: int, x: int) -> None:
        """The cursor is sent to a cell."""
        if y >= len(self._target):
            raise Doubt
        self.y, self.x = y, x
        self._row = None
        self._fresh = True

    def write(self, text: str) -> None:
        """Text comes, in the style of now."""
        row = self._row
        if row is None:
            if self.x < 0:
                raise Doubt
            row = self._row = self.rows.get(self.y)
            if row is None:
                row = self._row = self.rows[self.y] = self._target[self.y].copy()
        cells = wide_cells(text)
        if cells is None:
            self.x = row.put(self.x, text, self.style, self._fresh)
        else:
            self.x = row.put_wide(self.x, cells, self.style, self._fresh)
        self._fresh = False

    def other(self, kind: str | None, match: re.Match[str]) -> None:
        """Whatever is neither text nor a position."""
        if kind == "feed":
            self.go(self.y + 1 if self.x >= 0 else len(self._target), 0)
            self.x = -1  # whether the column is kept depends on the terminal's settings
        elif kind == "link":
            self.style = style_linked(self.style, match["link"])
        elif kind == "sync":
            self.sync = match[0] == SYNC_START
        elif kind == "harmless":
            self.harmless.append(match[0])
        else:
            raise Doubt

    def follow(self, data: str) -> None:
        """Read the whole write. Raises Doubt where it cannot be followed."""
        for match in _TOKEN.finditer(data):
            kind = match.lastgroup
            if kind == "reset" and not self.style:  # nearly all: one text in its style
                self.style, text = match.group("sgr", "styled")
                if self.style.startswith("0"):
                    self.style = style_after("", self.style)
                if text:
                    self.write(text)
                self.style = ""
            elif kind in ("styled", "reset"):
                self.style = style_after(self.style, match["sgr"])
                if text := match["styled"]:
                    self.write(text)
                if kind == "reset":
                    self.style = style_after(self.style, "")
            elif kind in ("line", "column"):
                self.go(max(int(match["line"] or 1), 1) - 1, max(int(match["column"] or 1), 1) - 1)
            elif kind == "text":
                self.write(match[0])
            else:
                self.other(kind, match)
        if self.x >= len(self._target[0].glyphs):
            raise Doubt  # the cursor hangs behind the last column


class Shadow:
    """The screen of one terminal: `feed` it what an app writes, `take` what is to be sent."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        self._tail = ""
        self._out: list[str] = []
        self._sync = self._inside_sync = False
        self._style = ""
        self._target: list[Row]  # as the app wants it, with its cursor
        self._at: tuple[int, int] | None
        self._shown: list[Row]  # as the terminal has it once all is sent
        self._shown_at: tuple[int, int] | None
        self._forget()

    @property
    def waiting(self) -> int:
        """How many writes wait to be taken that no newer ones can replace."""
        return len(self._out)

    def resize(self, width: int, height: int) -> None:
        """The terminal has another size now, or was redrawn: nothing of what it shows is known."""
        if (width, height) != self.size:
            self._out.append(self._difference())
            self.size = (width, height)
            self._forget()
        else:
            self._shown = [Row.unknown(width)] * height
            self._shown_at = None

    def feed(self, data: str) -> None:
        """What the app writes next."""
        data, self._tail = _cut(self._tail + data)
        frame = _Frame(self._target, self._at, self._style)
        try:
            frame.follow(data)
        except Doubt:
            self._pass(data)
            return
        for y, row in frame.rows.items():
            if not row.simple and all(map(is_simple, row.glyphs)):
                row.simple, row.joints = True, frozenset()
            self._target[y] = row
        self._at = (frame.y, frame.x) if frame.x >= 0 else None
        self._style = frame.style
        if frame.sync is not None:
            self._sync, self._inside_sync = True, frame.sync
        self._out += frame.harmless

    def take(self, last: bool = False) -> str:
        """The bytes to send now: nothing where nothing has changed. At the `last` time also what is incomplete."""
        self._out.append(self._difference())
        if last:
            self._out.append(self._tail)
        text = "".join(self._out)
        self._out.clear()
        return text

    def _forget(self) -> None:
        """Nothing is known of the screen, neither as it is nor as it should be."""
        self._target, self._at = [Row.unknown(self.size[0])] * self.size[1], None
        self._shown, self._shown_at = self._target.copy(), None

    def _pass(self, data: str) -> None:
        """Send a write as it came, after all before it, to a terminal in the state that the app takes it to be in."""
        self._out.append(self._difference() + style_change("", self._style))
        wrap = self._inside_sync and SYNC_START not in data and SYNC_END not in data
        self._out.append(f"{SYNC_START}{data}{SYNC_END}" if wrap else data)
        for match in _TOKEN.finditer(data):
            if match.lastgroup in ("styled", "reset"):
                self._style = style_after(self._style, "" if match["reset"] else match["sgr"])
            elif match.lastgroup == "link":
                self._style = style_linked(self._style, match["link"])
        if self._style:
            self._out.append(style_change(self._style, ""))
        self._forget()

    def _difference(self) -> str:
        """The bytes that make the terminal show what it should; it counts as shown then."""
        pen, other = Pen(self._shown_at), Pen(self._shown_at)
        changed = changes(self._shown, self._target)
        paint(pen, self._target, changed)
        worth_it = len(changed) > 2 and pen.cost > 200
        if worth_it and scrolled(other, self._shown, self._target, changed) and other.cost < pen.cost:
            pen = other
        painted = bool(pen.out)
        pen.set_style("")
        if self._at is not None:
            pen.move(*self._at)
        self._shown = self._target.copy()
        self._shown_at = pen.at
        text = "".join(pen.out)
        return f"{SYNC_START}{text}{SYNC_END}" if painted and self._sync else text


def _cut(data: str) -> tuple[str, str]:
    """Part `data` from an escape sequence at its end that is not complete yet."""
    end = len(data)
    while (start := data.rfind("\x1b", 0, end)) >= 0 and _PARTIAL.fullmatch(data, start, end):
        end = start
    return data[:end], data[end:]
