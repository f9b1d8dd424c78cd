"""How the cells of a row become one line of the terminal: which columns are in sight, and where they are cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style

GAP = 2  # blanks behind each column
Part = tuple[str, Style]


class Span(NamedTuple):
    """A column in sight: where it starts on the line, and which of its cells are seen."""

    number: int
    start: int
    cut_from: int
    cut_to: int


def width_of(widths: Sequence[int]) -> int:
    """Cells that columns take with their gaps."""
    return sum(widths) + GAP * len(widths)


def columns_in_sight(widths: Sequence[int], fixed: int, scroll: int, width: int) -> Iterator[Span]:
    """The first `fixed` columns stay; the others are scrolled beside them by `scroll` cells, in a line of `width`."""
    frozen = min(width_of(widths[:fixed]), width)
    at = 0
    for number, cells in enumerate(widths):
        if number == fixed:
            at = frozen - scroll
        low, high = (0, frozen) if number < fixed else (frozen, width)
        end = at + cells + GAP
        if at < high and end > low:
            yield Span(number, max(at, low), max(0, low - at), min(end, high) - at)
        at = end


def segments_of_parts(parts: Sequence[Part]) -> list[Segment]:
    """Neighbours of one style become one segment: fewer bytes on the line.

    Text that is not ASCII stays by itself: measuring it is slow, and what is short and comes again is remembered.
    """
    groups = groupby(parts, lambda part: (part[1], part[0].isascii()))
    return [Segment("".join(text for text, _ in group), key[0]) for key, group in groups]
