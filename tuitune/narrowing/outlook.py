"""What a space buys: how much of its parent it keeps, how many of the good trials, how many warm its search."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from tuitune.narrowing.proposal import share_kept
from tuitune.narrowing.warm import count_warm
from tuitune.project.fit import part_inside
from tuitune.project.project import Project
from tuitune.project.space import Hyperparameter
from tuitune.project.trials import Trial

_MOST, _MOST_GOOD = 1000, 100  # trials that are looked at: the screen asks at every key


class Outlook(NamedTuple):
    """`volume`: share of the parent's space; `inside` of the best `good` trials lie in it; `warm` trials of the project
    tell its Bayesian search something, None where there are too many to ask each.
    """

    volume: float
    inside: int
    good: int
    warm: int | None

    def describe(self) -> str:
        """`24 % of the volume, 8 of the 8 good trials; 37 trials warm the search`."""
        volume = 100 * self.volume
        text = f"{volume:.3g} % of the volume, {self.inside} of the {self.good} good trials"
        return text if self.warm is None else f"{text}; {self.warm} trials warm the search"


def outlook(project: Project, space: Sequence[Hyperparameter], good: Sequence[Trial]) -> Outlook:
    """What a search of `space` would get from `project`, whose trials `good` it was narrowed to."""
    parents = {hp.key: hp for hp in project.space}
    looked_at = good[:_MOST_GOOD]
    return Outlook(
        volume=math.prod(share_kept(parents[hp.key], hp) for hp in space if hp.key in parents),
        inside=sum(part_inside(space, trial.values) is not None for trial in looked_at),
        good=len(looked_at),
        warm=count_warm(project, space) if len(project.trials) <= _MOST else None,
    )
