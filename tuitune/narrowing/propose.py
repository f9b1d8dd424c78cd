"""Proposes a narrower space from good trials, and says why for each hyperparameter.

A range is cut only where the good trials lie closer together than chance would put them: their values are
ranked among all trials (which undoes an uneven sampling), and n uniform ranks span at most s with probability
n·s^(n-1) - (n-1)·s^n. A category is dropped only where missing it g times out of N would be a surprise
(hypergeometric). Everything else is kept, with the reason that it is not enough evidence.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tuitune.narrowing.rules import settle_default
from tuitune.project.scalars import format_scalar
from tuitune.project.space import (
    Hyperparameter,
    Scalar,
    describe_range,
    from_unit,
    same_scalar,
    step_count,
    step_grid,
    to_unit,
)
from tuitune.project.trials import Trial

MIN_TRIALS = 4  # fewer good trials say nothing about a range
_SURPRISE = 0.15  # evidence that chance gives this seldom, or more seldom, is acted on
_EDGE = 0.04  # share of the scale that counts as its edge
_BEYOND = 0.25  # how far a range goes on beyond an edge, as a share of its scale
_WORSE = 4  # so many trials that were not good are to lie between the good ones and a cut
_PADDING = (0.02, 0.15)  # how far beyond the good trials a range goes, as a share of the scale


@dataclass(frozen=True)
class Proposal:
    """What is proposed for one hyperparameter.

    `action`: keep, narrow, drop (categories), fix or widen (the best lie at an edge of the range).
    `trials`: how many good trials stand behind it.
    """

    parent: Hyperparameter
    proposed: Hyperparameter
    action: str
    reason: str
    trials: int

    @property
    def changes(self) -> bool:
        """Whether it differs from the parent."""
        return self.proposed != self.parent


def propose(space: Sequence[Hyperparameter], good: Sequence[Trial], others: Sequence[Trial]) -> list[Proposal]:
    """A proposal for each hyperparameter of `space`, in its order.

    Args:
        good: the trials to narrow to, best first.
        others: the remaining trials that ended, for contrast: also failed ones.
    """
    proposals = []
    for hp in space:
        seen = [_value(hp, trial) for trial in good]
        values = [value for value in seen if value is not None]
        contrast = [value for value in (_value(hp, trial) for trial in others) if value is not None]
        if hp.kind == "Fixed":
            proposals.append(Proposal(hp, hp, "keep", "fixed already", len(values)))
        elif hp.is_numeric:
            proposals.append(_propose_range(hp, values, contrast))
        elif hp.kind in ("Choice", "Boolean"):
            proposals.append(_propose_options(hp, values, contrast))
        else:
            proposals.append(Proposal(hp, hp, "keep", f"{hp.kind} is not a type that tuitune knows", len(values)))
    return _note_unreachable(proposals)


def _value(hp: Hyperparameter, trial: Trial) -> Scalar:
    """Its value in `trial`, or None where it was not active."""
    return trial.values.get(hp.name) if hp.is_active(trial.values) else None


def _keep(hp: Hyperparameter, reason: str, count: int) -> Proposal:
    return Proposal(hp, hp, "keep", reason, count)


# ---------------------------------------------------------------------------------------------------- ranges


def _propose_range(hp: Hyperparameter, values: Sequence[Scalar], contrast: Sequence[Scalar]) -> Proposal:
    good = _units(hp, values)
    rest = _units(hp, contrast)
    count = len(good)
    if hp.minimum == hp.maximum:
        return _keep(hp, "the range is a single value", count)
    if count < MIN_TRIALS:
        return _keep(hp, f"not enough evidence: {count} good trials have it, {MIN_TRIALS} are needed", count)
    surprise = _span_probability(good, good + rest)
    edges = _edges_hit(hp, good)
    if surprise > _SURPRISE:
        return _keep(hp, f"the {count} good trials are spread over it as chance would", count)
    low, high = _padded(good, rest)
    narrowed = _cut(hp, 0.0 if "lower" in edges else low, 1.0 if "upper" in edges else high)
    seen = f"{_shown(hp, min(good))} … {_shown(hp, max(good))}"
    reason = f"the {count} good trials reach from {seen}"
    if narrowed != hp:
        reason = f"the {count} good trials lie in {seen}; by chance that would happen {_percent(surprise)} of the time"
    widened, notes = _widened(hp, narrowed, edges)
    action = "widen" if widened != narrowed else "keep" if narrowed == hp else "narrow"
    return Proposal(hp, widened, action, reason + notes, count)


def _units(hp: Hyperparameter, values: Sequence[Scalar]) -> list[float]:
    """Positions on the hyperparameter's own scale, best trial first; values outside the range are clipped."""
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v)]
    return [min(1.0, max(0.0, to_unit(hp, number))) for number in numbers]


def _span_probability(good: list[float], everything: list[float]) -> float:
    """Probability that as many random trials lie as close together as `good`, ranked among `everything`."""
    total, n = len(everything), len(good)
    low, high = min(good), max(good)
    span = sum(low <= unit <= high for unit in everything) / total
    if total == n:
        # No trial to compare with (the filter left them all): measured on the scale itself.
        span = high - low
    return min(1.0, n * span ** (n - 1) - (n - 1) * span**n)


def _edges_hit(hp: Hyperparameter, good: list[float]) -> list[str]:
    """Edges where the best of the good trials crowd: the very best one, and half of the best third."""
    best = good[: max(2, math.ceil(len(good) / 3))]
    grid = step_grid(hp)
    width = _EDGE if grid is None or len(grid) < 2 else min(0.49 / (len(grid) - 1), 0.25)
    hit = []
    for edge, at in (("lower", 0.0), ("upper", 1.0)):
        near = [abs(unit - at) <= width for unit in best]
        if near[0] and 2 * sum(near) >= len(near):
            hit.append(edge)
    return hit


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
    value = from_unit(hp, unit)
    return format_scalar(round(value) if hp.kind == "Int" else value, 3)


def _percent(share: float) -> str:
    return "under 0.1 %" if share < 0.001 else f"{100 * share:.1f} %"


# ------------------------------------------------------------------------------------------------- categories


def _propose_options(hp: Hyperparameter, values: Sequence[Scalar], contrast: Sequence[Scalar]) -> Proposal:
    count = len(values)
    if len(hp.options()) < 2:
        return _keep(hp, "there is only one value", count)
    if count < MIN_TRIALS:
        return _keep(hp, f"not enough evidence: {count} good trials have it, {MIN_TRIALS} are needed", count)
    total = count + len(contrast)
    kept: list[Scalar] = []
    dropped: list[str] = []
    notes: list[str] = []
    for option in hp.options():
        wins = sum(same_scalar(value, option) for value in values)
        tried = wins + sum(same_scalar(value, option) for value in contrast)
        label = format_scalar(option)
        chance = math.comb(total - tried, count) / math.comb(total, count) if tried else 1.0
        if wins or chance > _SURPRISE:
            kept.append(option)
            notes.append(f"{label} {wins} of {tried}" if tried else f"{label} untried")
        else:
            dropped.append(f"{label} (0 of {tried})")
    if not dropped:
        return _keep(hp, f"every value is among the good trials or too seldom tried: {', '.join(notes)}", count)
    proposed, action = _with_options(hp, kept)
    if proposed == hp:
        return _keep(hp, f"good trials by value: {', '.join(notes)}", count)
    return Proposal(hp, proposed, action, f"good trials: {', '.join(notes)}; none with {', '.join(dropped)}", count)


def _with_options(hp: Hyperparameter, kept: list[Scalar]) -> tuple[Hyperparameter, str]:
    if len(kept) == 1:
        return Hyperparameter(hp.name, "Fixed", hp.conditions, value=kept[0]), "fix"
    if hp.kind == "Boolean":
        return hp, "keep"
    narrowed = dataclasses.replace(hp, choices=tuple(kept))
    return dataclasses.replace(narrowed, default=settle_default(narrowed)), "drop"


def _note_unreachable(proposals: list[Proposal]) -> list[Proposal]:
    """Says of a hyperparameter that its condition can no longer hold; it stays, because build() names it."""
    noted = []
    for proposal in proposals:
        for condition in proposal.parent.conditions:
            parents = [p.proposed for p in proposals if p.parent.name == condition.name]
            if parents and not any(hp.contains(value) for hp in parents for value in condition.values):
                wanted = ", ".join(format_scalar(value) for value in condition.values)
                reason = f"never active in the proposed space: it needs {condition.name} = {wanted}"
                proposal = _keep(proposal.parent, reason, proposal.trials)
                break
        noted.append(proposal)
    return noted


def volume_kept(proposals: Sequence[Proposal]) -> float:
    """The share of the parent's volume that the proposed space keeps, each hyperparameter on its own scale."""
    return math.prod(share_kept(proposal.parent, proposal.proposed) for proposal in proposals)


def share_kept(parent: Hyperparameter, hp: Hyperparameter) -> float:
    """The share of one hyperparameter's scale that is kept; above 1 where it was widened."""
    if hp == parent:
        return 1.0
    if not parent.is_numeric:
        return len(hp.options()) / max(1, len(parent.options()))
    grid = step_grid(parent)
    if hp.kind == "Fixed":
        return 1 / len(grid) if grid else 0.01
    if grid and hp.step == parent.step:
        return len(step_grid(hp) or grid) / len(grid)
    assert hp.minimum is not None
    assert hp.maximum is not None
    return max(1e-6, to_unit(parent, hp.maximum) - to_unit(parent, hp.minimum))


def describe_proposal(proposal: Proposal) -> str:
    """The change in a few characters: `0.0001 … 0.1 log → 0.001 … 0.02 log`, or the range where it is kept."""
    before = describe_range(proposal.parent)
    return f"{before} → {describe_range(proposal.proposed)}" if proposal.changes else before
