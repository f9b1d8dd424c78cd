"""One line below the fields of a hyperparameter: its range as a bar, the trials on it, the proposal laid over.

The best trial of each cell is shown by a block, fuller and greener the better it ranks; `[ ]` is the draft's range,
`( )` the proposed one where that is another. Of a category: its trials as blocks, and how many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.text import Text

from tuitune.analysis.rank_classes import Mark, best_in_cells, cell_of
from tuitune.analysis.scale import position
from tuitune.analysis.text import printable
from tuitune.narrowing.proposal import Proposal
from tuitune.project.scalars import format_scalar
from tuitune.project.space import Hyperparameter

BLOCKS = "█▓▒░×"
STYLES = ("bold green", "green", "yellow", "default", "red")
_SHOWN = (-0.5, 1.5)  # of a scale, where a range goes beyond its parent's
_MOST_BLOCKS = 8  # of one category


def legend() -> Text:
    """What the signs mean."""
    text = Text(no_wrap=True, overflow="ellipsis")
    for rank, words in enumerate(("best tenth", "quarter", "half", "rest", "failed")):
        text.append(BLOCKS[rank], style=STYLES[rank])
        text.append(f" {words}  ", style="dim")
    text.append("[", style="bold")
    text.append(" range ", style="dim")
    text.append("]  ", style="bold")
    text.append("(", style="bold magenta")
    text.append(" proposed ", style="dim")
    text.append(")", style="bold magenta")
    return text


def draw_range(
    parent: Hyperparameter, hp: Hyperparameter, proposal: Proposal | None, marks: Sequence[Mark], width: int
) -> Text:
    """The bar of a numeric hyperparameter; the scale reaches as far as the widest of the ranges.

    The first and the last cell are kept for brackets, so that these never lie on the outermost trials.

    Args:
        parent: the hyperparameter as it was searched, whose scale is drawn.
        hp: its draft, in `[ ]`.
        proposal: in `( )`, where it changes something.
        marks: the trials, positions on the parent's scale.
        width: of the bar, in cells.
    """
    bar = width - 2
    if bar < 4:
        return Text()
    draft = _ends(parent, hp)
    proposed = _ends(parent, proposal.proposed) if proposal is not None and proposal.changes else None
    ends = [*draft, *(proposed or ())]
    low, high = min(0.0, *ends), max(1.0, *ends)
    cells = [(" ", "")] * width
    first, last = (cell_of(end, low, high, bar) or 0 for end in draft)
    for cell, rank in enumerate(best_in_cells(marks, low, high, bar)):
        inside = first <= cell <= last
        at = low + cell / (bar - 1) * (high - low)
        char = BLOCKS[rank] if rank is not None else "━" if inside else "─" if 0 <= at <= 1 else "·"
        style = "bright_black" if not inside else "default" if rank is None else STYLES[rank]
        cells[cell + 1] = (char, style)
    for found, signs, style in ((proposed, "()", "bold magenta"), (draft, "[]", "bold")):
        for sign, end, beside in zip(signs, found or (), (0, 2), strict=False):
            cells[(cell_of(end, low, high, bar) or 0) + beside] = (sign, style)
    text = Text(no_wrap=True)
    for style, alike in groupby(cells, key=lambda cell: cell[1]):
        text.append("".join(char for char, _ in alike), style=style)
    return text


def _ends(parent: Hyperparameter, hp: Hyperparameter) -> tuple[float, float]:
    """Where a range begins and ends on the parent's scale."""
    if hp.kind == "Fixed":
        value = hp.value if isinstance(hp.value, (int, float)) else parent.minimum
        return (_unit(parent, value), _unit(parent, value))
    return _unit(parent, hp.minimum), _unit(parent, hp.maximum)


def _unit(parent: Hyperparameter, value: float | None) -> float:
    """Its position, as far as half a range beyond the ends is shown."""
    at = position(parent, value, *_SHOWN)
    return _SHOWN[0] if at is None else at


def draw_categories(
    parent: Hyperparameter, hp: Hyperparameter, proposal: Proposal | None, marks: Sequence[Mark]
) -> Text:
    """Each option with the ranks of its trials and how many there are; what is off is dim, what is to go says so."""
    text = Text(no_wrap=True, overflow="ellipsis")
    for number, option in enumerate(parent.options()):
        ranks = [rank for position, rank in marks if position == number]
        is_on = hp.contains(option)
        text.append("" if number == 0 else "   ")
        text.append(printable(format_scalar(option)), style="" if is_on else "dim strike")
        text.append(" ")
        shown = ranks if len(ranks) <= _MOST_BLOCKS else _spread(ranks)
        for rank in shown:
            text.append(BLOCKS[rank], style=STYLES[rank] if is_on else "bright_black")
        text.append(f" {len(ranks)}" if ranks else "untried", style="dim")
        if proposal is not None and proposal.changes and not proposal.proposed.contains(option):
            text.append(" (drop)", style="bold magenta")
    return text


def _spread(ranks: Sequence[int]) -> list[int]:
    """A few of many ranks, the best and the worst among them."""
    return [ranks[number * (len(ranks) - 1) // (_MOST_BLOCKS - 1)] for number in range(_MOST_BLOCKS)]
