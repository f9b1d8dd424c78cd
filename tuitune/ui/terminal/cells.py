"""Cells of a terminal: widths of glyphs, styles and the bytes between them, and lines of cells."""

from __future__ import annotations

import re
from functools import lru_cache

from rich.cells import get_character_cell_size, split_graphemes

UNKNOWN = "\0"  # the glyph of a cell of which nothing is known

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


@lru_cache(maxsize=1024)
def is_bare(style: str) -> bool:
    """Whether a blank in this style shows its background only: no underline, no reverse, no link."""
    parts = _attributes(style) if style and "\x1b" not in style else None
    return not style or (parts is not None and not parts[0])


def erases_alike(style: str, other: str) -> bool:
    """Whether a line that is erased in one style looks as if it was in the other: on the same background."""
    if style == other:
        return True
    one, two = (_attributes(sgr) if sgr and "\x1b" not in sgr else None if sgr else _NOTHING for sgr in (style, other))
    return one is not None and two is not None and one[2] == two[2] and one[0] | two[0] <= {"1", "2", "3"}


_NOTHING: tuple[frozenset[str], str, str] = (frozenset(), "", "")
# What takes an attribute back; bold and faint share theirs.
_TAKEN_BACK = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}


def _sgr_change(old: str, new: str) -> str:
    if old == new:
        return ""
    if not new:
        return "\x1b[m"
    whole = f"\x1b[0;{new}m" if old else f"\x1b[{new}m"
    before, after = _attributes(old), _attributes(new)
    if not old or before is None or after is None:
        return whole
    gone = before[0] - after[0]
    # A colour is taken back by a full reset only: 39 also ends underlining on some Linux consoles.
    if not gone <= _TAKEN_BACK.keys() or any(had and not has for had, has in zip(before[1:], after[1:], strict=True)):
        return whole
    ends = {_TAKEN_BACK[code] for code in gone}
    begins = (after[0] - before[0]) | (after[0] & {"1", "2"} if "22" in ends else frozenset())
    codes = [
        *sorted(ends),
        *sorted(begins),
        *(has for had, has in zip(before[1:], after[1:], strict=True) if had != has),
    ]
    change = f"\x1b[{';'.join(codes)}m" if codes else ""
    return min(change, whole, key=len)


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
