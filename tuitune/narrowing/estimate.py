"""What a space buys: how much of its parent it keeps, how many of the good trials, how many warm its search."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tuitune.narrowing.draft import Key
from tuitune.narrowing.proposal import share_kept
from tuitune.narrowing.warm import observations
from tuitune.project.compatible import incompatibility_of, part_inside
from tuitune.project.project import Project
from tuitune.project.space import Hyperparameter
from tuitune.project.trials import Trial

_MOST, _MOST_GOOD = 5000, 100  # trials that are looked at


class SpaceEstimate(NamedTuple):
    """`volume`: share of the parent's space; `inside` of the best `good` trials lie in it; `warm` trials of the project
    and of earlier rounds tell its Bayesian search something, None where there are too many to ask each.
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


class Estimator:
    """Estimates one space after the other, as the screen does at each key; what stayed as it was is not asked again.

    `good`: the trials that the space is narrowed to; `earlier`: the rounds before `project`.
    """

    def __init__(self, project: Project, good: Sequence[Trial], earlier: Sequence[Project] = ()) -> None:
        self._parents = {hp.key: hp for hp in project.space}
        self._good = [trial.values for trial in good[:_MOST_GOOD]]
        rounds = [project, *earlier]
        self._old: list[Mapping[str, Any]] | None = None
        if sum(len(item.trials) for item in rounds) <= _MOST:
            self._old = [trial.values for item in rounds for trial in observations(item, project.objective)]
        self._incompatible: dict[Key, tuple[Hyperparameter, set[int]]] = {}

    def estimate(self, space: Sequence[Hyperparameter]) -> SpaceEstimate:
        """What a search of `space` would get from the project."""
        kept = (share_kept(self._parents[hp.key], hp) for hp in space if hp.key in self._parents)
        inside = sum(part_inside(space, values) is not None for values in self._good)
        return SpaceEstimate(math.prod(kept), inside, len(self._good), self._warm(space))

    def _warm(self, space: Sequence[Hyperparameter]) -> int | None:
        if self._old is None:
            return None
        left_out: set[int] = set()
        for hp in space:
            known = self._incompatible.get(hp.key)
            if known is None or known[0] != hp:
                rows = {row for row, values in enumerate(self._old) if incompatibility_of(hp, values) is not None}
                known = self._incompatible[hp.key] = (hp, rows)
            left_out |= known[1]
        return len(self._old) - len(left_out)
