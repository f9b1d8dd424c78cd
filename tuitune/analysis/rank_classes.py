"""Where on each hyperparameter's scale trials were tried, and how they rank: data for a strip of one line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tuitune.analysis.ranking import badness_by
from tuitune.analysis.scale import position
from tuitune.project.space import Hyperparameter
from tuitune.project.trials import Objective, Trial

SHARES = (0.1, 0.25, 0.5, 1.0)  # of the trials, by rank: the classes 0 to 3
FAILED = 4  # the class of trials that ended without a score
_BEYOND = (-1.0, 2.0)  # a trial of a wider range that lies further away is left out
_MOST = 2000  # trials that are looked at: the best half of them, and of the rest every so many


class RankedTrial(NamedTuple):
    """A trial that ended, and the class of its rank."""

    trial: Trial
    rank: int


class Mark(NamedTuple):
    """One trial on a scale: `position` in units of the range (0 its minimum, 1 its maximum), or the number of the
    category; `rank`: 0 the best tenth, 1 the best quarter, 2 the better half, 3 the rest, 4 failed.
    """

    position: float
    rank: int


def rank_trials(trials: Sequence[Trial], objective: Objective, gains: Mapping[int, float | None]) -> list[RankedTrial]:
    """Of `trials` those that ended, the best first, those without a score last; `gains` as `epoch_gains` tells."""
    badness = badness_by(objective, gains)
    ended = [trial for trial in trials if trial.is_scored or trial.status in ("FAILED", "INVALID")]
    ended.sort(key=lambda trial: (not trial.is_scored, badness(trial)))
    scored = sum(trial.is_scored for trial in ended)
    ranked = [
        RankedTrial(trial, _rank(place, scored) if trial.is_scored else FAILED) for place, trial in enumerate(ended)
    ]
    if len(ranked) <= _MOST:
        return ranked
    half = _MOST // 2
    rest = ranked[half:]
    return ranked[:half] + [rest[number * len(rest) // half] for number in range(half)]


def _rank(place: int, count: int) -> int:
    return next(number for number, share in enumerate(SHARES) if place < math.ceil(share * count))


def marks_of(hp: Hyperparameter, ranked: Sequence[RankedTrial]) -> list[Mark]:
    """The trials in which `hp` was active, the best first."""
    marks = []
    for trial, rank in ranked:
        if hp.is_active(trial.values):
            at = position(hp, trial.values.get(hp.name))
            if at is not None and (_BEYOND[0] <= at <= _BEYOND[1] or not hp.is_numeric):
                marks.append(Mark(at, rank))
    return marks


def best_in_cells(marks: Sequence[Mark], low: float, high: float, width: int) -> list[int | None]:
    """The best rank in each of `width` cells between the positions `low` and `high`; None where nothing was tried."""
    cells: list[int | None] = [None] * width
    for at, rank in marks:
        cell = cell_of(at, low, high, width)
        if cell is not None and (cells[cell] is None or rank < (cells[cell] or 0)):
            cells[cell] = rank
    return cells


def cell_of(at: float, low: float, high: float, width: int) -> int | None:
    """Which cell holds a position; None beyond the ends."""
    if not low - 1e-9 <= at <= high + 1e-9 or width < 1:
        return None
    return min(width - 1, max(0, round((at - low) / (high - low) * (width - 1)))) if high > low else 0
