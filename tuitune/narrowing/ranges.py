"""Proposes a narrower or a wider range for a numeric hyperparameter.

A range is cut only where the hyperparameter has more influence on the score than chance would show (influence.py),
to where the good trials lie. It is never cut closer than to a few trials that were not good, and it is widened where
the best crowd at an edge.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

from tuitune.analysis.scale import value_near
from tuitune.narrowing.observed import Observed, why_untested
from tuitune.narrowing.p_values import parabola_p_value, ranks
from tuitune.narrowing.proposal import Proposal, percent
from tuitune.narrowing.rules import settle_default
from tuitune.project.scalars import format_scalar
from tuitune.project.space import Hyperparameter, from_unit, step_count, step_grid

_EDGE = 0.04  # share of the scale that counts as its edge
_CROWD = 0.05  # so seldom, or more seldom, chance would crowd the best at one edge
_BEYOND = 0.25  # how far a range goes on beyond an edge, as a share of its scale
_WORSE = 6  # so many trials that were not good are to lie between the good ones and a cut
_PADDING = (0.02, 0.15)  # how far beyond the good trials a range goes, as a share of the scale


def range_p_value(seen: Observed) -> float:
    """The p-value of the hyperparameter's influence on the score, by the trials that are a fair sample."""
    fair = seen.fair
    return parabola_p_value([unit for unit, _ in fair], ranks([bad for _, bad in fair]))


def propose_range(seen: Observed, p_values: Sequence[float], threshold: float) -> Proposal:
    """The proposal for a numeric hyperparameter of which enough is known.

    `p_values`: the one that `range_p_value` gives, or none where chance cannot be told from influence. The range is cut
    where it is at most `threshold`.
    """
    hp, good, rest, _ = seen
    edges = _edges_hit(hp, good, rest)
    where = f"the {len(good)} good trials lie in {_shown(hp, min(good))} … {_shown(hp, max(good))}"
    narrowed = hp
    if not p_values:
        reason = why_untested(seen)
    else:
        chance = f"chance would show as much influence {percent(p_values[0])} of the time"
        low, high = _padded(good, rest)
        if p_values[0] > threshold:
            reason = f"not enough evidence: {where}; {chance}"
        elif low <= 0 and high >= 1:
            reason = f"{where}: with room on both sides that is all of it"
        else:
            narrowed = _cut(hp, 0.0 if "lower" in edges else low, 1.0 if "upper" in edges else high)
            reason = f"{where}; {chance}"
    widened, notes = _widened(hp, narrowed, edges)
    action = "widen" if widened != narrowed else "keep" if narrowed == hp else "narrow"
    return Proposal(hp, widened, action, reason + notes, len(good))


def _edges_hit(hp: Hyperparameter, good: list[float], rest: list[float]) -> list[str]:
    """Edges where the best of the good trials crowd: the very best one, half of the best third, and not by chance."""
    best = good[: max(2, math.ceil(len(good) / 3))]
    grid = step_grid(hp)
    width = _EDGE if grid is None or len(grid) < 2 else min(0.49 / (len(grid) - 1), 0.25)
    hit = []
    for edge, at in (("lower", 0.0), ("upper", 1.0)):
        near = [abs(unit - at) <= width for unit in best]
        share = width  # of values that lie anywhere; the others know better
        if rest:
            share = (sum(abs(unit - at) <= width for unit in rest) + 0.5) / (len(rest) + 1)
        if near[0] and 2 * sum(near) >= len(near) and 2 * _at_least(sum(near), len(near), share) <= _CROWD:
            hit.append(edge)
    return hit


def _at_least(hits: int, count: int, share: float) -> float:
    """Probability of the first and of so many hits among `count`, each a hit with probability `share`."""
    others = count - 1
    more = range(hits - 1, others + 1)
    return share * sum(math.comb(others, k) * share**k * (1 - share) ** (others - k) for k in more)


def _widened(hp: Hyperparameter, narrowed: Hyperparameter, edges: list[str]) -> tuple[Hyperparameter, str]:
    """`narrowed` with its range carried on beyond the edges where the best sit, and what to say about that."""
    notes = ""
    for edge in edges:
        side = "minimum" if edge == "lower" else "maximum"
        bound = beyond(hp, edge)
        notes += f"; the best sit at the {edge} edge {format_scalar(getattr(hp, side))}"
        if bound is None:
            notes += ", which looks like a limit by nature"
        else:
            notes += f": better values may lie beyond, widen it to {format_scalar(bound)}"
            changed: dict[str, Any] = {side: bound}
            narrowed = dataclasses.replace(narrowed, **changed)
    return dataclasses.replace(narrowed, default=settle_default(narrowed)) if notes else narrowed, notes


def beyond(hp: Hyperparameter, edge: str) -> float | None:
    """Where a range would end if it went on by a quarter of its scale; None where it cannot go on.

    What was not negative stays so, what counts from 1 does, and a share stays below 1: half of what is left.
    """
    assert hp.minimum is not None
    assert hp.maximum is not None
    if hp.sampling == "reverse_log" or hp.minimum == hp.maximum:
        return None
    is_share = not hp.is_log and hp.kind == "Float" and hp.minimum >= 0 and hp.maximum <= 1
    if edge == "upper" and is_share and hp.maximum == 1:
        return None
    if hp.step is not None:
        bound = _beyond_grid(hp, edge)
    else:
        value = from_unit(hp, -_BEYOND if edge == "lower" else 1 + _BEYOND)
        away = math.floor if edge == "lower" else math.ceil
        bound = away(value) if hp.kind == "Int" else _rounded(hp, value, away)
    if edge == "upper":
        limit = (hp.maximum + 1) / 2 if is_share else math.inf
        return min(bound, limit) if min(bound, limit) > hp.maximum else None
    least = -math.inf if hp.minimum < 0 else 1.0 if hp.kind == "Int" and hp.minimum >= 1 else 0.0
    if hp.step is not None and bound < least:
        return None
    bound = max(bound, least)
    return None if bound >= hp.minimum or (hp.is_log and bound <= 0) else bound


def _beyond_grid(hp: Hyperparameter, edge: str) -> float:
    """The same on the hyperparameter's own grid, at least one step on; downwards as far as it stays positive."""
    assert hp.minimum is not None
    last = (step_count(hp) or 1) - 1
    more = max(1, round(_BEYOND * last))
    if edge == "upper":
        return _grid_point(hp, last + more)
    while more > 1 and _grid_point(hp, -more) <= 0 < hp.minimum:
        more -= 1
    return _grid_point(hp, -more)


def _padded(good: list[float], rest: list[float]) -> tuple[float, float]:
    """The good range with, on each side, the gap that one more good trial would leave, and not less than it takes
    to meet the first few that were worse: where nothing was tried, nothing is known, and nothing is cut.
    """
    low, high = min(good), max(good)
    padding = min(_PADDING[1], max(_PADDING[0], (high - low) / (len(good) - 1)))
    below = sorted((unit for unit in rest if unit < low), reverse=True)
    above = sorted(unit for unit in rest if unit > high)
    worse_below = below[_WORSE - 1] if len(below) >= _WORSE else 0.0
    worse_above = above[_WORSE - 1] if len(above) >= _WORSE else 1.0
    return max(0.0, min(low - padding, worse_below)), min(1.0, max(high + padding, worse_above))


def _cut(hp: Hyperparameter, low: float, high: float) -> Hyperparameter:
    """`hp` between two positions of its scale: on its own grid, or rounded outwards to two digits."""
    assert hp.minimum is not None
    assert hp.maximum is not None
    if hp.step is not None:
        if hp.sampling == "reverse_log":
            return hp  # its grid starts at the maximum: cutting would move every point
        minimum, maximum = _cut_grid(hp, from_unit(hp, low), from_unit(hp, high))
    elif hp.kind == "Int":
        minimum = max(hp.minimum, math.floor(from_unit(hp, low)))
        maximum = min(hp.maximum, math.ceil(from_unit(hp, high)))
    else:
        minimum = hp.minimum if low <= 0 else max(hp.minimum, _rounded(hp, from_unit(hp, low), math.floor))
        maximum = hp.maximum if high >= 1 else min(hp.maximum, _rounded(hp, from_unit(hp, high), math.ceil))
    # A mirrored scale gives its own ends back with the noise of two subtractions.
    minimum = hp.minimum if math.isclose(minimum, hp.minimum, rel_tol=1e-12) else minimum
    maximum = hp.maximum if math.isclose(maximum, hp.maximum, rel_tol=1e-12) else maximum
    if minimum == hp.minimum and maximum == hp.maximum:
        return hp
    narrowed = dataclasses.replace(hp, minimum=minimum, maximum=maximum)
    return dataclasses.replace(narrowed, default=settle_default(narrowed))


def _cut_grid(hp: Hyperparameter, low: float, high: float) -> tuple[float, float]:
    """The smallest piece of the hyperparameter's own grid that holds `low` and `high`."""
    assert hp.minimum is not None
    assert hp.step is not None
    count = step_count(hp) or 1
    first, last = (_grid_index(hp, value) for value in (low, high))
    begin, end = max(0, math.floor(first + 1e-6)), min(count - 1, math.ceil(last - 1e-6))
    minimum, maximum = (_grid_point(hp, index) for index in (begin, end))
    if end == count - 1:
        maximum = hp.maximum if hp.maximum is not None else maximum
    # keras-tuner rounds the number of steps down: with floats like 0.1 the last point could be lost.
    if (step_count(dataclasses.replace(hp, minimum=minimum, maximum=maximum)) or 1) < end - begin + 1:
        maximum += (maximum if hp.is_log else hp.step) * 1e-9
    return minimum, maximum


def _grid_index(hp: Hyperparameter, value: float) -> float:
    assert hp.minimum is not None
    assert hp.step is not None
    return math.log(value / hp.minimum, hp.step) if hp.is_log else (value - hp.minimum) / hp.step


def _grid_point(hp: Hyperparameter, index: int) -> float:
    assert hp.minimum is not None
    assert hp.step is not None
    point = hp.minimum * hp.step**index if hp.is_log else hp.minimum + index * hp.step
    return int(point) if hp.kind == "Int" else point


def _rounded(hp: Hyperparameter, value: float, towards: Any) -> float:
    """`value` to two digits that matter: of itself on a log scale, of the range's width on a linear one."""
    assert hp.minimum is not None
    assert hp.maximum is not None
    if hp.sampling == "reverse_log":  # what matters is how far it is from the other end
        opposite = math.floor if towards is math.ceil else math.ceil
        mirrored = dataclasses.replace(hp, sampling="log")
        return hp.minimum + hp.maximum - _rounded(mirrored, hp.minimum + hp.maximum - value, opposite)
    reference = abs(value) if hp.is_log else hp.maximum - hp.minimum
    if value == 0 or reference == 0:
        return value
    digits = 1 - math.floor(math.log10(reference))
    return float(round(towards(value * 10.0**digits) / 10.0**digits, digits + 2))


def _shown(hp: Hyperparameter, unit: float) -> str:
    return format_scalar(value_near(hp, unit), 3)
