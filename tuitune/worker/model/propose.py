"""A Gaussian process that has seen the trials of earlier rounds, and says which values to try next.

It differs from keras-tuner's own in what it sees and where it looks. Old trials count from the first proposal on,
those outside a narrowed range included: the surface goes on there. Each hyperparameter has a length scale of its
own, the noise is learned, an unordered Choice has no order. The expected improvement is sought among values that the
space can yield and that were not tried before.

Needs numpy and scipy, which keras-tuner's Bayesian search needs too.
"""

from __future__ import annotations

import math
from typing import Any, Callable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from scipy import special

from tuitune.project.compatible import MOST_USED, scores_needed
from tuitune.project.space import Hyperparameter
from tuitune.worker.model.surface import Surface, warp
from tuitune.worker.model.unit_cube import UnitCube, Values

_DRAWS, _NEIGHBOURS, _ROUNDS = 600, 400, 4
_SPREADS = (0.25, 0.08, 0.02)  # of neighbours, as shares of a range


class Observation(NamedTuple):
    """Values that were tried, and the score: smaller is better; None where the trial failed."""

    values: Mapping[str, Any]
    score: Optional[float]


def propose(
    space: Sequence[Hyperparameter],
    seen: Sequence[Observation],
    pending: Sequence[Mapping[str, Any]],
    is_tried: Callable[[Values], bool],
    seed: int,
) -> Optional[Values]:
    """The values of `space` to try next; None where the observations say too little, or nothing new was found.

    Args:
        space: what can be searched now.
        seen: finished trials, of this search and of earlier ones. Those that do not fit the space are passed over.
        pending: values that are being tried now; they are taken to turn out as expected.
        is_tried: whether values were tried before, and are not to be tried again.
        seed: of the random draws among which the best is sought.
    """
    random = np.random.RandomState(seed % 2**32)
    cube = UnitCube(space)
    fitting = [(point, item) for item in seen if (point := cube.locate(item.values)) is not None]
    if sum(item.score is not None for _, item in fitting) < scores_needed(space):
        return None
    fitting = _nearest(fitting, MOST_USED)
    points = np.array([point for point, _ in fitting])
    scores = warp([item.score for _, item in fitting])
    surface = Surface(points, scores, cube.owners)
    awaited = [point for values in pending if (point := cube.locate(values)) is not None]
    if awaited:
        surface = surface.with_expected(np.array(awaited))
    inside = [dict(item.values) for point, item in fitting if item.score is not None and cube.holds(point)]
    inside += [dict(values) for values in pending if cube.locate(values) is not None]
    return _search(cube, surface, inside, is_tried, random)


def _nearest(fitting: List[Tuple[List[float], Observation]], most: int) -> List[Tuple[List[float], Observation]]:
    """At most so many: those in the space, or nearest to it, the better ones first."""
    if len(fitting) <= most:
        return fitting

    def rank(item: Tuple[List[float], Observation]) -> Tuple[float, float]:
        point, observation = item
        beyond = max((max(-position, position - 1.0, 0.0) for position in point), default=0.0)
        return (round(beyond, 1), math.inf if observation.score is None else observation.score)

    return sorted(fitting, key=rank)[:most]


def _search(
    cube: UnitCube,
    surface: Surface,
    inside: Sequence[Values],
    is_tried: Callable[[Values], bool],
    random: np.random.RandomState,
) -> Optional[Values]:
    """The values of the greatest expected improvement, on the best of `inside`, that were not tried."""
    candidates = [cube.draw(random) for _ in range(_DRAWS)]
    means = surface.mean(np.array([cube.locate(values) for values in inside or candidates]))
    best = float(np.min(means))
    if inside:
        for index in np.argsort(means)[:8]:
            for spread in _SPREADS:
                candidates += [
                    cube.neighbour(inside[index], spread, random) for _ in range(_NEIGHBOURS // 8 // len(_SPREADS))
                ]
    ranked = _ranked(cube, surface, best, _fresh(candidates, is_tried))
    for _ in range(_ROUNDS):
        leaders = ranked[:5]
        near = [cube.neighbour(leader, spread, random) for leader in leaders for spread in _SPREADS for _ in range(6)]
        ranked = _ranked(cube, surface, best, [*leaders, *_fresh(near, is_tried)])
    return ranked[0] if ranked else None


def _fresh(candidates: Sequence[Values], is_tried: Callable[[Values], bool]) -> List[Values]:
    """Each of the candidates once, without those that were tried."""
    distinct = {tuple(values.items()): values for values in candidates}
    return [values for values in distinct.values() if not is_tried(values)]


def _ranked(cube: UnitCube, surface: Surface, best: float, candidates: Sequence[Values]) -> List[Values]:
    """The candidates, the greatest expected improvement on `best` first."""
    if not candidates:
        return []
    mean, deviation = surface.mean_and_deviation(np.array([cube.locate(values) for values in candidates]))
    gain = (best - mean) / deviation
    # Its logarithm, which still tells candidates apart where the improvement itself underflows.
    density = np.exp(-0.5 * gain**2) / math.sqrt(2 * math.pi)
    improvement = deviation * (density + gain * special.ndtr(gain))
    worth = np.where(improvement > 1e-12, np.log(np.maximum(improvement, 1e-300)), -30.0 + np.minimum(gain, 0.0))
    return [candidates[index] for index in np.argsort(-worth, kind="stable")]
