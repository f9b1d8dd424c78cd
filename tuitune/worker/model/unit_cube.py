"""Where the values of a search space lie in a unit cube, and values drawn from it.

An unordered Choice has a dimension for each option, so that it has no order; everything else has one.
"""

from __future__ import annotations

import math
from typing import Any, Dict, List, Mapping, Optional, Sequence

import numpy as np

from tuitune.analysis.scale import position, value_at
from tuitune.project.compatible import incompatibility
from tuitune.project.space import Hyperparameter, to_unit

Values = Dict[str, Any]


class UnitCube:
    """Where values lie in the unit cube of a space. `owners` tells the hyperparameter of each dimension."""

    def __init__(self, space: Sequence[Hyperparameter]) -> None:
        self.space = [hp for hp in space if hp.kind in ("Int", "Float", "Choice", "Boolean", "Fixed")]
        self.searched = [hp for hp in self.space if hp.kind != "Fixed"]
        self.owners = np.array(
            [number for number, hp in enumerate(self.searched) for _ in range(_dimensions(hp))], dtype=int
        )

    def locate(self, values: Mapping[str, Any]) -> Optional[List[float]]:
        """The point of `values`; None where they say nothing about this space. What has no value is in the middle."""
        if incompatibility(self.space, values) is not None:
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
    at = position(hp, value)
    assert at is not None  # of values that are compatible with the space
    if hp.is_numeric:
        return [at]
    options, index = hp.options(), int(at)
    if _has_no_order(hp):  # any two categories are as far apart as the ends of a range
        return [math.sqrt(0.5) if number == index else 0.0 for number in range(len(options))]
    return [index / (len(options) - 1) if len(options) > 1 else 0.5]
