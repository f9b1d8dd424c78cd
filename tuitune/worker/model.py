"""A Gaussian process that has seen the trials of earlier rounds, and says which values to try next.

It differs from keras-tuner's own in what it sees and where it looks. Old trials count from the first proposal on,
those outside a narrowed range included: the surface goes on there. Each hyperparameter has a length scale of its
own, the noise is learned, an unordered Choice has no order. The expected improvement is sought among values that the
space can yield and that were not tried before.

Needs numpy and scipy, which keras-tuner's Bayesian search needs too.
"""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from scipy import linalg, optimize, special

from tuitune.project.fit import misfit
from tuitune.project.space import Hyperparameter, from_unit, same_scalar, step_grid, to_unit

Values = Dict[str, Any]

MOST_POINTS = 200  # of the surface: its cost grows with their cube
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
        seen: finished trials, of this search and of earlier ones. Those that do not fit the space are passed over.
        pending: values that are being tried now; they are taken to turn out as expected.
        is_tried: whether values were tried before, and are not to be tried again.
    """
    random = np.random.RandomState(seed % 2**32)
    chart = Chart(space)
    fitting = [(point, item) for item in seen if (point := chart.locate(item.values)) is not None]
    if sum(item.score is not None for _, item in fitting) < enough(space):
        return None
    fitting = _nearest(fitting, MOST_POINTS)
    points = np.array([point for point, _ in fitting])
    scores = warp([item.score for _, item in fitting])
    surface = Surface(points, scores, chart.owners)
    awaited = [point for values in pending if (point := chart.locate(values)) is not None]
    if awaited:
        surface = surface.with_expected(np.array(awaited))
    inside = [dict(item.values) for point, item in fitting if item.score is not None and chart.holds(point)]
    inside += [dict(values) for values in pending if chart.locate(values) is not None]
    return _search(chart, surface, inside, is_tried, random)


def enough(space: Sequence[Hyperparameter]) -> int:
    """How many scores a surface over `space` needs to say more than chance does."""
    return max(4, sum(hp.kind != "Fixed" for hp in space) + 1)


def _nearest(fitting: List[Tuple[List[float], Observation]], most: int) -> List[Tuple[List[float], Observation]]:
    """At most so many: those in the space, or nearest to it, the better ones first."""
    if len(fitting) <= most:
        return fitting

    def rank(item: Tuple[List[float], Observation]) -> Tuple[float, float]:
        point, observation = item
        beyond = max((max(-position, position - 1.0, 0.0) for position in point), default=0.0)
        return (round(beyond, 1), math.inf if observation.score is None else observation.score)

    return sorted(fitting, key=rank)[:most]


# ------------------------------------------------------------------------------------------------ points


class Chart:
    """Where values lie in the unit cube of a space. `owners` tells the hyperparameter of each dimension."""

    def __init__(self, space: Sequence[Hyperparameter]) -> None:
        self.space = [hp for hp in space if hp.kind in ("Int", "Float", "Choice", "Boolean", "Fixed")]
        self.searched = [hp for hp in self.space if hp.kind != "Fixed"]
        self.owners = np.array(
            [number for number, hp in enumerate(self.searched) for _ in range(_dimensions(hp))], dtype=int
        )

    def locate(self, values: Mapping[str, Any]) -> Optional[List[float]]:
        """The point of `values`; None where they say nothing about this space. What has no value is in the middle."""
        if misfit(self.space, values) is not None:
            return None
        point: List[float] = []
        for hp in self.searched:
            there = values.get(hp.name) if hp.is_active(values) else None
            point += _middle(hp) if there is None else _place(hp, there)
        return point

    def holds(self, point: Sequence[float]) -> bool:
        """Whether a point lies in the space."""
        return all(-1e-9 <= position <= 1 + 1e-9 for position in point)

    def draw(self, random: np.random.RandomState) -> Values:
        """Any values of the space."""
        return self._complete({}, random)

    def neighbour(self, values: Mapping[str, Any], spread: float, random: np.random.RandomState) -> Values:
        """Values that differ from `values` in some hyperparameters, by about `spread` of a range."""
        active = [hp for hp in self.searched if hp.name in values]
        if not active:
            return self.draw(random)
        share = random.choice([1.0 / len(active), 0.5, 1.0])
        moved = [hp for hp in active if random.rand() < share] or [active[random.randint(len(active))]]
        changed = dict(values)
        for hp in moved:
            if hp.is_numeric:
                unit = min(1.0, max(0.0, to_unit(hp, changed[hp.name]) + spread * random.randn()))
                changed[hp.name] = value_at(hp, unit)
            elif random.rand() < max(0.3, 1.0 / len(moved)):
                changed[hp.name] = hp.options()[random.randint(len(hp.options()))]
        return self._complete(changed, random)

    def _complete(self, values: Mapping[str, Any], random: np.random.RandomState) -> Values:
        """Draw what is active and has no value, and leave out what is not active any more."""
        whole: Values = {}
        for hp in self.space:
            if not hp.is_active(whole):
                continue
            if hp.kind == "Fixed":
                whole[hp.name] = hp.value
            elif hp.name in values and hp.contains(values[hp.name]):
                whole[hp.name] = values[hp.name]
            elif hp.is_numeric:
                whole[hp.name] = value_at(hp, random.rand())
            else:
                whole[hp.name] = hp.options()[random.randint(len(hp.options()))]
        return whole


def _dimensions(hp: Hyperparameter) -> int:
    return len(hp.options()) if _has_no_order(hp) else 1


def _has_no_order(hp: Hyperparameter) -> bool:
    return hp.kind == "Choice" and not hp.ordered and len(hp.choices) > 2


def _middle(hp: Hyperparameter) -> List[float]:
    return [0.0] * len(hp.choices) if _has_no_order(hp) else [0.5]


def _place(hp: Hyperparameter, value: Any) -> List[float]:
    if hp.is_numeric:
        return [to_unit(hp, value)]
    options = hp.options()
    index = next(number for number, option in enumerate(options) if same_scalar(option, value))
    if _has_no_order(hp):  # any two categories are as far apart as the ends of a range
        return [math.sqrt(0.5) if number == index else 0.0 for number in range(len(options))]
    return [index / (len(options) - 1) if len(options) > 1 else 0.5]


def value_at(hp: Hyperparameter, unit: float) -> Any:
    """The value that a numeric hyperparameter can have nearest to `unit` on its scale."""
    grid = step_grid(hp)
    if grid is not None:
        nearest = min(grid, key=lambda point: abs(to_unit(hp, point) - unit)) if hp.is_log else None
        value = grid[min(len(grid) - 1, int(unit * len(grid)))] if nearest is None else nearest
        return int(value) if hp.kind == "Int" else float(value)
    assert hp.minimum is not None
    assert hp.maximum is not None
    if hp.kind == "Int":
        if hp.is_log:
            return int(min(hp.maximum, max(hp.minimum, round(from_unit(hp, unit)))))
        return int(min(hp.maximum, math.floor(hp.minimum + unit * (hp.maximum - hp.minimum + 1))))
    return float(min(hp.maximum, max(hp.minimum, from_unit(hp, unit))))


def warp(scores: Sequence[Optional[float]]) -> np.ndarray[Any, Any]:
    """Scores of mean 0 and width 1, of which the worse half keeps only its order.

    What exploded should not flatten the differences among the good ones; a failed trial (None, or no finite number)
    counts as the worst. After the half-rank warping of Vizier (Song et al. 2024, arXiv:2408.11527).
    """
    raw = np.array([np.inf if score is None or not math.isfinite(score) else score for score in scores], dtype=float)
    middle = float(np.median(raw[np.isfinite(raw)]))
    good = raw <= middle
    width = math.sqrt(float(np.mean((raw[good] - middle) ** 2))) or 1.0
    warped = raw.copy()
    worse, ranks = np.unique(raw[~good], return_inverse=True)
    warped[~good] = middle + width * special.ndtri(0.5 + 0.5 * (ranks + 0.5) / max(1, len(worse)))
    return np.asarray((warped - warped.mean()) / (warped.std() or 1.0))


# ------------------------------------------------------------------------------------------------ the surface


class Surface:
    """A Gaussian process with a Matérn 5/2 kernel, one length scale a hyperparameter, fitted to points and scores.

    The scales maximize the posterior: their prior (about 0.5 of a range, wider in many dimensions) keeps a handful of
    points from being explained by a single hyperparameter. Formulas: Rasmussen & Williams 2006, ch. 2, 4 and 5.
    """

    def __init__(
        self,
        points: np.ndarray[Any, Any],
        scores: np.ndarray[Any, Any],
        owners: np.ndarray[Any, Any],
        scales: Optional[np.ndarray[Any, Any]] = None,
    ) -> None:
        self.points, self.scores, self._owners = points, scores, owners
        self._count = int(owners.max()) + 1 if len(owners) else 0
        self._center = np.concatenate(
            [np.full(self._count, math.log(0.4 * math.sqrt(max(1, self._count)))), [0.0, math.log(1e-2)]]
        )
        self._width = np.concatenate([np.full(self._count, 1.0), [1.0, 2.0]])
        self._squares = self._squares_between(points, points)
        self.scales = self._fit() if scales is None else scales
        covariance, _ = self._covariance(self.scales)
        self._factor = linalg.cho_factor(covariance, lower=True)
        self._weights = linalg.cho_solve(self._factor, scores)

    def with_expected(self, points: np.ndarray[Any, Any]) -> Surface:
        """The surface as it will be if `points` turn out as expected."""
        expected = self.mean(points)
        return Surface(
            np.concatenate([self.points, points]),
            np.concatenate([self.scores, expected]),
            self._owners,
            self.scales,
        )

    def mean(self, points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The expected score at each point."""
        return np.asarray(self._between(points) @ self._weights)

    def mean_and_deviation(self, points: np.ndarray[Any, Any]) -> Tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """The expected score at each point, and how uncertain it is, the noise of one trial left out."""
        between = self._between(points)
        solved = linalg.solve_triangular(self._factor[0], between.T, lower=True)
        variance = np.maximum(math.exp(self.scales[-2]) - np.sum(solved**2, axis=0), 1e-12)
        return between @ self._weights, np.sqrt(variance)

    def _squares_between(self, one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Squared distances in each hyperparameter: (hyperparameters, len(one), len(other))."""
        squares = np.zeros((self._count, len(one), len(other)))
        for dimension, owner in enumerate(self._owners):
            squares[owner] += (one[:, dimension, None] - other[None, :, dimension]) ** 2
        return squares

    def _between(self, points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        inverse = np.exp(-2 * self.scales[: self._count])
        squares = np.tensordot(inverse, self._squares_between(points, self.points), axes=1)
        return np.asarray(math.exp(self.scales[-2]) * _matern(squares)[0])

    def _covariance(self, scales: np.ndarray[Any, Any]) -> Tuple[np.ndarray[Any, Any], Any]:
        """The covariance of the observations, and what its derivatives are made of."""
        inverse = np.exp(-2 * scales[: self._count])
        similar, slope = _matern(np.tensordot(inverse, self._squares, axes=1))
        amplitude, noise = math.exp(scales[-2]), math.exp(scales[-1])
        covariance = amplitude * similar
        covariance[np.diag_indices_from(covariance)] += noise + 1e-8
        return covariance, (amplitude * similar, amplitude * slope, inverse, noise)

    def _loss(self, scales: np.ndarray[Any, Any]) -> Tuple[float, np.ndarray[Any, Any]]:
        """The negative logarithm of the posterior of `scales`, and its gradient."""
        covariance, (similar, slope, inverse, noise) = self._covariance(scales)
        try:
            factor = linalg.cho_factor(covariance, lower=True)
        except linalg.LinAlgError:
            return 1e25, np.zeros_like(scales)
        weights = linalg.cho_solve(factor, self.scores)
        off = (scales - self._center) / self._width
        loss = 0.5 * self.scores @ weights + np.sum(np.log(np.diag(factor[0]))) + 0.5 * np.sum(off**2)
        inner = linalg.cho_solve(factor, np.eye(len(weights))) - np.outer(weights, weights)
        weighted = inner * slope
        lengths = np.tensordot(self._squares, weighted, axes=2) * inverse
        gradient = 0.5 * np.concatenate([lengths, [np.sum(inner * similar), np.trace(inner) * noise]])
        return float(loss), gradient + off / self._width

    def _fit(self) -> np.ndarray[Any, Any]:
        """The most probable scales, from a smooth and from a rough start."""
        limits = [(math.log(0.02), math.log(20.0))] * self._count + [(-3.0, 3.0), (math.log(1e-6), math.log(1.0))]
        starts = [self._center, np.concatenate([self._center[: self._count] - 1.0, [0.0, math.log(0.1)]])]
        found = [
            optimize.minimize(self._loss, start, jac=True, method="L-BFGS-B", bounds=limits, options={"maxiter": 60})
            for start in starts
        ]
        return np.asarray(min(found, key=lambda result: float(result.fun)).x)


def _matern(squares: np.ndarray[Any, Any]) -> Tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Matérn 5/2 of squared distances, and its derivative by the logarithm of a length, over that square."""
    root = np.sqrt(5.0 * np.maximum(squares, 0.0))
    decay = np.exp(-root)
    return (1.0 + root + root**2 / 3.0) * decay, (5.0 / 3.0) * (1.0 + root) * decay


# ------------------------------------------------------------------------------------------------ where to look


def _search(
    chart: Chart,
    surface: Surface,
    inside: Sequence[Values],
    is_tried: Callable[[Values], bool],
    random: np.random.RandomState,
) -> Optional[Values]:
    """The values of the greatest expected improvement, on the best of `inside`, that were not tried."""
    candidates = [chart.draw(random) for _ in range(_DRAWS)]
    means = surface.mean(np.array([chart.locate(values) for values in inside or candidates]))
    best = float(np.min(means))
    if inside:
        for index in np.argsort(means)[:8]:
            for spread in _SPREADS:
                candidates += [
                    chart.neighbour(inside[index], spread, random) for _ in range(_NEIGHBOURS // 8 // len(_SPREADS))
                ]
    ranked = _ranked(chart, surface, best, _fresh(candidates, is_tried))
    for _ in range(_ROUNDS):
        leaders = ranked[:5]
        near = [chart.neighbour(leader, spread, random) for leader in leaders for spread in _SPREADS for _ in range(6)]
        ranked = _ranked(chart, surface, best, [*leaders, *_fresh(near, is_tried)])
    return ranked[0] if ranked else None


def _fresh(candidates: Sequence[Values], is_tried: Callable[[Values], bool]) -> List[Values]:
    """Each of the candidates once, without those that were tried."""
    distinct = {tuple(values.items()): values for values in candidates}
    return [values for values in distinct.values() if not is_tried(values)]


def _ranked(chart: Chart, surface: Surface, best: float, candidates: Sequence[Values]) -> List[Values]:
    """The candidates, the greatest expected improvement on `best` first."""
    if not candidates:
        return []
    mean, deviation = surface.mean_and_deviation(np.array([chart.locate(values) for values in candidates]))
    gain = (best - mean) / deviation
    # Its logarithm, which still tells candidates apart where the improvement itself underflows.
    density = np.exp(-0.5 * gain**2) / math.sqrt(2 * math.pi)
    improvement = deviation * (density + gain * special.ndtr(gain))
    worth = np.where(improvement > 1e-12, np.log(np.maximum(improvement, 1e-300)), -30.0 + np.minimum(gain, 0.0))
    return [candidates[index] for index in np.argsort(-worth, kind="stable")]
