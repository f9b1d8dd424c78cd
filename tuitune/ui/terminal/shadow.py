"""What the terminal shows, what it should show, and the shortest bytes that lead from the one to the other."""

from __future__ import annotations

import re

from tuitune.ui.terminal.cells import Doubt, Row, is_simple, style_after, style_change, style_linked, wide_cells
from tuitune.ui.terminal.paint import Pen, changes, paint, scrolled

__all__ = ["SYNC_END", "SYNC_START", "Shadow", "style_change"]

SYNC_START, SYNC_END = "\x1b[?2026h", "\x1b[?2026l"

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
    """The screen of one terminal: `feed` it what an app writes, `take` what is to be sent.

    `erases_colored`: the terminal erases in the background colour of the moment. It may be set at any time.
    """

    def __init__(self, width: int, height: int, erases_colored: bool = False) -> None:
        self.size = (width, height)
        self.erases_colored = erases_colored
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
        pen, other = (Pen(self._shown_at, self.erases_colored) for _ in range(2))
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
