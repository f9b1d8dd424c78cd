"""Influence: ranks with ties, and probabilities that hold where nothing but chance is at work."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuitune.narrowing.p_values import parabola_p_value, rank_sum_p_value, ranks


def test_ranks_of_ties_are_shared() -> None:
    """What failed is the worst, however many failed."""
    assert ranks([0.3, 0.1, 0.3, math.inf, math.inf]) == [1.5, 0.0, 1.5, 3.5, 3.5]
    assert ranks([]) == []


def test_a_parabola_gives_the_probability_of_the_f_distribution() -> None:
    """Against a regression that numpy solves, and the closed form of F with two degrees of freedom."""
    import numpy as np

    source = random.Random(3)
    x = [source.random() for _ in range(30)]
    y = [(u - 0.4) ** 2 + source.gauss(0, 0.1) for u in x]
    design = np.stack([np.ones(30), np.array(x), np.array(x) ** 2], 1)
    fitted = design @ np.linalg.lstsq(design, np.array(y), rcond=None)[0]
    f = (((fitted - np.mean(y)) ** 2).sum() / 2) / (((np.array(y) - fitted) ** 2).sum() / 27)
    assert parabola_p_value(x, y) == pytest.approx((1 + 2 * f / 27) ** (-27 / 2), rel=1e-6)


@pytest.mark.parametrize("level", [0.05, 0.2])
def test_chance_alone_surprises_as_often_as_it_says(level: float) -> None:
    """Of a thousand samples of nothing, so many lie at or under each level, give or take their own chance."""
    source = random.Random(7)
    scale, worse = 0, 0
    for _ in range(1000):
        units = [source.random() for _ in range(24)]
        heights = ranks([source.random() for _ in units])
        scale += parabola_p_value(units, heights) <= level
        worse += rank_sum_p_value(heights[:8], heights[8:]) <= level
    slack = 4 * math.sqrt(1000 * level * (1 - level))
    assert abs(scale - 1000 * level) < slack
    assert abs(worse - 1000 * level) < slack


def test_nothing_to_compare_is_no_surprise() -> None:
    """One value, one height, or too few of them."""
    assert parabola_p_value([0.5] * 9, list(range(9))) == 1.0
    assert parabola_p_value([n / 9 for n in range(9)], [4.0] * 9) == 1.0
    assert parabola_p_value([0.1, 0.2, 0.3], [1.0, 2.0, 3.0]) == 1.0
    assert rank_sum_p_value([], [1.0]) == rank_sum_p_value([1.0], []) == rank_sum_p_value([2.0] * 4, [2.0] * 4) == 1.0


@pytest.mark.parametrize(("count", "others"), [(1, 5), (1, 20), (2, 5), (3, 3)])
def test_few_trials_never_surprise_more_than_they_can(count: int, others: int) -> None:
    """One bad trial beside many that tie is the worst of them once in as many."""
    rarest = 1 / math.comb(count + others, count)
    assert rank_sum_p_value([1.0] * count, [0.0] * others) >= rarest - 1e-12


numbers = st.lists(st.floats(allow_nan=False), max_size=30)


@given(numbers, numbers)
def test_every_answer_is_a_probability(a: list[float], b: list[float]) -> None:
    """Whatever the scores are, infinite ones too."""
    heights = ranks([*a, *b])
    units = [math.atan(value) / math.pi + 0.5 for value in (*a, *b)]
    assert 0 <= parabola_p_value(units, heights) <= 1
    assert 0 <= rank_sum_p_value(a, b) <= 1
