"""The output of a training process as a terminal would leave it: lines, their colours, and nothing that steers."""

from __future__ import annotations

import re
from itertools import groupby

from tuitune.analysis.text import printable

_LONGEST = 20_000  # characters of one line; a longer one is parted
_TAB = 8
# Colours and attributes are kept. Whatever else a terminal takes for a command is dropped, but for what moves within
# the line. A sequence that never ends takes no more than its own line with it.
_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|\x1b\[(?P<sgr>[0-9;:]*)m"
    r"|\x1b\[(?P<erase>[012]?)K"
    r"|(?P<back>\x08+)"
    r"|(?P<start>\r)"
    r"|(?P<tab>\t)"
    r"|(?P<dropped>\x1b\[[0-?]*[ -/]*[@-~]?"
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-Z\\^-~]?|[\x00-\x1f\x7f-\x9f])"
)


class LogText:
    """Takes what a process prints, piece by piece, and gives the lines that it leaves: progress bars as they end."""

    def __init__(self) -> None:
        self._held = ""  # the line that has not ended, as it came
        self._style = ""

    def feed(self, text: str) -> list[str]:
        """The lines that `text` completes; in each, colours are the only control sequences, and end with it."""
        *ended, self._held = (self._held + text).split("\n")
        lines = [self._line(line) for line in ended]
        while len(self._held) > _LONGEST * 4:  # a progress bar that is redrawn for ever, or no text at all
            shortened = self._held.rpartition("\r")[2]
            if len(shortened) > _LONGEST:
                lines.append(self._line(self._held[:_LONGEST]))
                shortened = self._held[_LONGEST:]
            self._held = shortened
        return lines

    def rest(self) -> str:
        """The line that has not ended, as it stands; "" where there is none."""
        style = self._style
        line = self._line(self._held)
        self._style = style
        return line

    def _line(self, line: str) -> str:
        if not self._style and line.isprintable() and printable(line) == line:
            return line
        return self._cells(line.removesuffix("\r")).written()

    def _cells(self, line: str) -> _Cells:
        cells, style, at = _Cells(), self._style, 0
        for match in _TOKEN.finditer(line):
            kind = match.lastgroup
            if kind == "text":
                at = cells.put(at, printable(match[0]), style)
            elif kind == "sgr":
                style = _style_after(style, match["sgr"])
            elif kind == "back":
                at = max(0, at - len(match[0]))
            elif kind == "start":
                at = 0
            elif kind == "tab":
                at = cells.put(at, " " * (_TAB - at % _TAB), style)
            elif kind == "erase":
                cells.erase(at, match["erase"])
        self._style = style
        return cells


class _Cells:
    """The columns of one line that are written: a character and a style for each."""

    def __init__(self) -> None:
        self.characters: list[str] = []
        self.styles: list[str] = []

    def put(self, at: int, text: str, style: str) -> int:
        """Write `text` from column `at` on; returns the column behind it."""
        end, missing = at + len(text), at - len(self.characters)
        if missing > 0:
            self.characters += [" "] * missing
            self.styles += [""] * missing
        self.characters[at:end] = text
        self.styles[at:end] = [style] * len(text)
        return end

    def erase(self, at: int, what: str) -> None:
        """Erase in line: from the cursor on, up to it ("1"), or all ("2")."""
        if what == "1":
            self.put(0, " " * (at + 1), "")
        else:
            start = 0 if what == "2" else at
            del self.characters[start:], self.styles[start:]

    def written(self) -> str:
        """The line, each run of one style between its codes and their end."""
        parts, text = [], "".join(self.characters)
        start = 0
        for style, run in groupby(self.styles):
            end = start + sum(1 for _ in run)
            parts.append(f"\x1b[{style}m{text[start:end]}\x1b[m" if style else text[start:end])
            start = end
        return "".join(parts)


def _style_after(style: str, sgr: str) -> str:
    """The codes that are on once `sgr` has come."""
    if sgr in ("", "0"):
        return ""
    return f"{style};{sgr}" if style and len(style) < 100 and not sgr.startswith("0;") else sgr
