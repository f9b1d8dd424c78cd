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
        if line.isascii() and line.isprintable() and not self._style:
            return line
        return _written(self._cells(line.removesuffix("\r")))

    def _cells(self, line: str) -> list[tuple[str, str]]:
        """(style, character) for each column that the line leaves written."""
        cells: list[tuple[str, str]] = []
        at = 0
        for match in _TOKEN.finditer(line):
            kind = match.lastgroup
            if kind in ("text", "tab"):
                text = " " * (_TAB - at % _TAB) if kind == "tab" else printable(match[0])
                cells += [("", " ")] * (at - len(cells))
                cells[at : at + len(text)] = [(self._style, character) for character in text]
                at += len(text)
            elif kind == "sgr":
                self._style = _style_after(self._style, match["sgr"])
            elif kind == "erase":
                cells = _erased(cells, at, match["erase"])
            elif kind == "back":
                at = max(0, at - len(match[0]))
            elif kind == "start":
                at = 0
        return cells


def _erased(cells: list[tuple[str, str]], at: int, what: str) -> list[tuple[str, str]]:
    """The line after "erase in line": from the cursor on, up to it, or all."""
    if what == "1":
        return [("", " ")] * (at + 1) + cells[at + 1 :]
    return cells[:at] if what != "2" else []


def _style_after(style: str, sgr: str) -> str:
    """The codes that are on once `sgr` has come."""
    if sgr in ("", "0") or len(style) > 100:
        return "" if sgr in ("", "0") else sgr
    return f"{style};{sgr}" if style and not sgr.startswith("0;") else sgr


def _written(cells: list[tuple[str, str]]) -> str:
    parts = []
    for style, run in groupby(cells, key=lambda cell: cell[0]):
        text = "".join(character for _, character in run)
        parts.append(f"\x1b[{style}m{text}\x1b[m" if style else text)
    return "".join(parts)
