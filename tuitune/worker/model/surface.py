"""The surface of scores over a search space: a Gaussian process, and the scores it is fitted to.

Needs numpy and scipy, which keras-tuner's Bayesian search needs too.
"""

from __future__ import annotations

import math
from typing import Any, Optional, Sequence, Tuple

import numpy as np
from scipy import linalg, optimize, special


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
