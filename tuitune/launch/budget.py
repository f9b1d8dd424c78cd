"""How many trials and epochs a search will take, before it runs.

Standard library only: the worker uses it too. Hyperband's numbers are those of keras-tuner's oracle
(`tuners/hyperband.py` of 1.4.8), which differ a little from the paper's.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Rung(NamedTuple):
    """One round of one bracket: how many trials it holds, and up to which epoch they train."""

    bracket: int
    round: int
    trials: int
    epochs: int
    initial_epoch: int


def hyperband_rungs(max_epochs: int, factor: int = 3) -> list[Rung]:
    """The rungs of one Hyperband iteration, in the order in which they run.

    Raises ValueError where keras-tuner would refuse the numbers.
    """
    if max_epochs < 1 or factor < 2:
        raise ValueError("Hyperband needs at least 1 epoch and a factor of at least 2")
    brackets, epochs = 0, float(max_epochs)
    while epochs >= 1:
        epochs /= factor
        brackets += 1
    end_size = math.ceil(1 + math.log(max_epochs, factor))
    rungs = []
    for bracket in range(brackets - 1, -1, -1):
        for number in range(bracket + 1):
            below = bracket - number
            rungs.append(
                Rung(
                    bracket,
                    number,
                    trials=math.ceil(end_size / (bracket + 1) * factor**below),
                    epochs=math.ceil(max_epochs / factor**below),
                    initial_epoch=math.ceil(max_epochs / factor ** (below + 1)) if number else 0,
                )
            )
    return rungs


def hyperband_trials(max_epochs: int, factor: int = 3, iterations: int = 1) -> int:
    """Trials of the whole search; each rung that a configuration climbs counts as one."""
    return iterations * sum(rung.trials for rung in hyperband_rungs(max_epochs, factor))


def hyperband_epochs(max_epochs: int, factor: int = 3, iterations: int = 1, trials: int | None = None) -> int:
    """Epochs of the whole search, of one execution a trial, if none stops early; `trials`: of the first so many."""
    left = hyperband_trials(max_epochs, factor, iterations) if trials is None else trials
    epochs = 0
    for rung in hyperband_rungs(max_epochs, factor) * iterations:
        run = min(left, rung.trials)
        epochs += run * (rung.epochs - rung.initial_epoch)
        left -= run
    return epochs
