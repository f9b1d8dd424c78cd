"""p-values: how often chance alone would show as much influence on the score as was seen.

All trials that ended speak, not the good ones alone, by their ranks: a score's own scale does not matter, and one that
failed is the worst there is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby


def ranks(badness: Sequence[float]) -> list[float]:
    """The rank of each, 0 the best; those that tie share the mean of theirs."""
    order = sorted(range(len(badness)), key=badness.__getitem__)
    found = [0.0] * len(badness)
    start = 0
    for _, group in groupby(order, key=badness.__getitem__):
        tied = list(group)
        for index in tied:
            found[index] = start + (len(tied) - 1) / 2
        start += len(tied)
    return found


def parabola_p_value(units: Sequence[float], heights: Sequence[float]) -> float:
    """The probability that a parabola over `units` explains `heights` so well by chance.

    The F test of a regression on a constant, x and x², whose two and n - 3 degrees of freedom make it
    (1 - R²)^((n-3)/2).

    Args:
        units: positions on the hyperparameter's scale, one a trial.
        heights: what is to be explained, the ranks of the scores, as many.
    """
    count = len(units)
    if count <= 3:
        return 1.0
    y = _centred(heights)
    x = _centred(units)
    square = _centred([u * u for u in x])
    spread = _dot(x, x)
    if spread > 0:
        slope = _dot(square, x) / spread
        square = [s - slope * u for s, u in zip(square, x, strict=True)]
    unexplained = 1 - _share(x, y) - _share(square, y)
    return math.pow(min(1.0, max(0.0, unexplained)), (count - 3) / 2)


def _centred(numbers: Sequence[float]) -> list[float]:
    mean = math.fsum(numbers) / len(numbers)
    return [number - mean for number in numbers]


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return math.fsum(map(float.__mul__, a, b))


def _share(x: Sequence[float], y: Sequence[float]) -> float:
    """The share of the variance of `y` that `x` explains; none where one of them does not vary."""
    size = _dot(x, x) * _dot(y, y)
    return _dot(x, y) ** 2 / size if size > 1e-18 else 0.0


def rank_sum_p_value(its: Sequence[float], rest: Sequence[float]) -> float:
    """The probability that chance would rank `its` as bad as they are among `its` and `rest`.

    The rank sum test of Wilcoxon, Mann and Whitney, one side, by its normal approximation with half a step of
    continuity; never less than the exact test gives at most, one in all the ways to choose as many.
    """
    if not its or not rest:
        return 1.0
    together = ranks([*its, *rest])
    count, others, total = len(its), len(rest), len(together)
    mean = count * (total - 1) / 2
    middle = (total - 1) / 2
    variance = count * others / (total * (total - 1)) * math.fsum((rank - middle) ** 2 for rank in together)
    if variance <= 0:
        return 1.0
    approximate = 0.5 * math.erfc((sum(together[:count]) - mean - 0.5) / math.sqrt(2 * variance))
    ways = math.lgamma(total + 1) - math.lgamma(count + 1) - math.lgamma(others + 1)
    return max(approximate, math.exp(-ways))
