"""A search space as keras-tuner stores it: hyperparameters, their conditions, their scale.

Standard library only: the worker reads narrowed spaces with it. The formulas of the three samplings and of
steps are keras-tuner's own (`hp_types/numerical.py` of 1.4.8).
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from tuitune.project.scalars import format_scalar

Scalar = Union[int, float, str, bool, None]

NUMERIC_KINDS = ("Int", "Float")
KINDS = ("Int", "Float", "Choice", "Boolean", "Fixed")
SAMPLINGS = ("linear", "log", "reverse_log")
_MOST_ENTRIES, _MOST_PROBLEMS = 5_000, 20  # no search has so many hyperparameters
BOOKKEEPING_PREFIX = "tuner/"  # Hyperband's own entries among a trial's values


@dataclass(frozen=True)
class Condition:
    """Active only while the hyperparameter `name` has one of `values`."""

    name: str
    values: Tuple[Scalar, ...]

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether the trial's `values` satisfy it."""
        return self.name in values and values[self.name] in self.values


@dataclass(frozen=True)
class Hyperparameter:
    """One hyperparameter. Name and conditions identify it; the rest is what narrowing may change.

    `minimum`, `maximum`, `step` and `sampling` are set for Int and Float, `choices` for Choice,
    `value` for Fixed. `default` is as stored and may be None.
    """

    name: str
    kind: str
    conditions: Tuple[Condition, ...] = ()
    minimum: Optional[float] = None
    maximum: Optional[float] = None
    step: Optional[float] = None
    sampling: str = "linear"
    choices: Tuple[Scalar, ...] = ()
    ordered: Optional[bool] = None
    default: Scalar = None
    value: Scalar = None
    extra: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def key(self) -> Tuple[str, Tuple[Condition, ...]]:
        """What identifies it to keras-tuner: the name and the conditions."""
        return (self.name, self.conditions)

    @property
    def is_numeric(self) -> bool:
        """Whether it is an Int or a Float with a range."""
        return self.kind in NUMERIC_KINDS

    @property
    def is_log(self) -> bool:
        """Whether its scale is logarithmic, in either direction."""
        return self.sampling in ("log", "reverse_log")

    def is_active(self, values: Mapping[str, Any]) -> bool:
        """Whether all its conditions hold for a trial's `values`."""
        return all(condition.holds(values) for condition in self.conditions)

    def options(self) -> Tuple[Scalar, ...]:
        """The values of a hyperparameter that is not numeric."""
        if self.kind == "Boolean":
            return (True, False)
        if self.kind == "Fixed":
            return (self.value,)
        return self.choices

    def contains(self, value: Any) -> bool:
        """Whether a search of this hyperparameter could yield `value`, up to rounding."""
        if not self.is_numeric:
            return any(same_scalar(value, option) for option in self.options())
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            return False
        assert self.minimum is not None
        assert self.maximum is not None
        slack = 1e-9 * max(abs(self.minimum), abs(self.maximum), 1e-300)
        if not self.minimum - slack <= value <= self.maximum + slack:
            return False
        if self.kind == "Int" and value != int(value):
            return False
        grid = step_grid(self)
        return grid is None or any(math.isclose(value, point, rel_tol=1e-6, abs_tol=1e-12) for point in grid)

    def to_config(self) -> Dict[str, Any]:
        """keras-tuner's own form: `{"class_name": …, "config": {…}}`."""
        config: Dict[str, Any] = {"name": self.name, "default": self.default}
        config["conditions"] = [
            {"class_name": "Parent", "config": {"name": item.name, "values": list(item.values)}}
            for item in self.conditions
        ]
        if self.is_numeric:
            config.update(min_value=self.minimum, max_value=self.maximum, step=self.step, sampling=self.sampling)
        elif self.kind == "Choice":
            config.update(values=list(self.choices), ordered=self.ordered)
        elif self.kind == "Fixed":
            del config["default"]
            config["value"] = self.value
        else:
            config.update(self.extra)
        return {"class_name": self.kind, "config": config}

    def to_json(self) -> Dict[str, Any]:
        """The flat form of tuitune's JSON contracts: name, type, conditions, then what the type has."""
        nested = self.to_config()["config"]
        del nested["name"]
        conditions = [{"name": item.name, "values": list(item.values)} for item in self.conditions]
        nested.pop("conditions")
        return {"name": self.name, "type": self.kind, "conditions": conditions, **nested}


def same_scalar(one: Any, other: Any) -> bool:
    """Equality that keeps 1 and True apart from "1", and lets the ints of a stored bool Choice be bools."""
    return bool(one == other) and isinstance(one, str) == isinstance(other, str)


def describe_range(hp: Hyperparameter) -> str:
    """The range in a few characters: `0.0001 … 0.1 log`, `16 … 128 step 16`, `relu, tanh`, `fixed 3`."""
    if hp.is_numeric:
        text = f"{format_scalar(hp.minimum)} … {format_scalar(hp.maximum)}"
        if hp.step is not None and not (hp.kind == "Int" and hp.step == 1 and not hp.is_log):
            text += f" step {'×' if hp.is_log else ''}{format_scalar(hp.step)}"
        return text + (f" {hp.sampling}" if hp.sampling != "linear" else "")
    if hp.kind == "Fixed":
        return f"fixed {format_scalar(hp.value)}"
    return ", ".join(format_scalar(option) for option in hp.options())


# ---------------------------------------------------------------------------------------------------- the scale


def step_count(hp: Hyperparameter) -> Optional[int]:
    """How many values the step leaves, or None without a step. Guards against steps that mean millions."""
    if not hp.is_numeric or hp.step is None or hp.minimum is None or hp.maximum is None:
        return None
    if hp.is_log:
        return int(math.log(hp.maximum / hp.minimum, hp.step) + 1e-8) + 1
    return int((hp.maximum - hp.minimum) // hp.step + 1)


def step_grid(hp: Hyperparameter, limit: int = 10_000) -> Optional[List[float]]:
    """Every value the step leaves, ascending; None without a step, or where there are more than `limit`."""
    count = step_count(hp)
    if count is None or count > limit or count < 1:
        return None
    assert hp.minimum is not None
    assert hp.maximum is not None
    assert hp.step is not None
    if hp.sampling == "log":
        points = [hp.minimum * hp.step**i for i in range(count)]
    elif hp.sampling == "reverse_log":
        points = [hp.maximum + hp.minimum - hp.minimum * hp.step**i for i in range(count)]
    else:
        points = [hp.minimum + i * hp.step for i in range(count)]
    if hp.kind == "Int":
        points = [int(point) for point in points]
    return sorted(points)


def to_unit(hp: Hyperparameter, value: float) -> float:
    """Where `value` lies on the hyperparameter's own scale: 0 at the minimum, 1 at the maximum, not clipped."""
    assert hp.minimum is not None
    assert hp.maximum is not None
    low, high = hp.minimum, hp.maximum
    if high == low:
        return 0.5
    if hp.sampling == "log":
        return math.log(max(value, 1e-300) / low) / math.log(high / low)
    if hp.sampling == "reverse_log":
        return 1 - math.log(max(high + low - value, 1e-300) / low) / math.log(high / low)
    return (value - low) / (high - low)


def from_unit(hp: Hyperparameter, unit: float) -> float:
    """The value at `unit` on the hyperparameter's own scale; the inverse of `to_unit`."""
    assert hp.minimum is not None
    assert hp.maximum is not None
    low, high = hp.minimum, hp.maximum
    if hp.sampling == "log":
        return float(low * (high / low) ** unit)
    if hp.sampling == "reverse_log":
        return float(high + low - low * (high / low) ** (1 - unit))
    return low + unit * (high - low)


# --------------------------------------------------------------------------------------------------- reading it


def parse_space(configs: Any) -> Tuple[Tuple[Hyperparameter, ...], List[str]]:
    """The hyperparameters in keras-tuner's list `configs`, and what could not be read of it, in words."""
    if not isinstance(configs, list):
        return (), ["the search space is not a list: not keras-tuner's"]
    space: List[Hyperparameter] = []
    problems: List[str] = []
    for number, item in enumerate(configs[:_MOST_ENTRIES]):
        try:
            space.append(_parse_one(item))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            problems.append(f"entry {number} of the search space cannot be read ({error!r})")
    if len(problems) > _MOST_PROBLEMS:
        problems[_MOST_PROBLEMS:] = [f"{len(problems) - _MOST_PROBLEMS} more entries of it cannot be read either"]
    if len(configs) > _MOST_ENTRIES:
        problems.append(
            f"the search space has {len(configs)} entries: what follows the first {_MOST_ENTRIES} is left out"
        )
    return tuple(space), problems


def sound_space(space: Sequence[Hyperparameter]) -> Tuple[Tuple[Hyperparameter, ...], List[str]]:
    """Those of a stored `space` whose ranges can be worked with, and what is wrong with the others, in words.

    keras-tuner refuses such ranges itself, so they come from a damaged file.
    """
    kept: List[Hyperparameter] = []
    problems: List[str] = []
    for hp in space:
        if hp.step == 1 and hp.is_log:  # how releases up to 1.1.3 wrote that a logarithmic Int has no step
            hp = dataclasses.replace(hp, step=None)
        fault = _fault(hp) if hp.is_numeric else None
        if fault is None:
            kept.append(hp)
        else:
            problems.append(f"the range of {hp.name!r} cannot be: {fault}")
    return tuple(kept), problems


def _fault(hp: Hyperparameter) -> Optional[str]:
    assert hp.minimum is not None
    assert hp.maximum is not None
    try:
        finite = all(math.isfinite(number) for number in (hp.minimum, hp.maximum, hp.step or 0))
    except OverflowError:  # a whole number that no float can hold
        finite = False
    if not finite:
        return "a bound is infinite or no number"
    if hp.minimum > hp.maximum:
        return "the minimum is above the maximum"
    if hp.sampling not in SAMPLINGS:
        return "the sampling is none of keras-tuner's"
    if hp.step is not None and hp.step <= (1 if hp.is_log else 0):
        return "the step is too small"
    if hp.is_log and hp.minimum <= 0:
        return "a logarithmic scale needs a minimum above 0"
    return None


def _parse_one(item: Any) -> Hyperparameter:
    if "class_name" in item:
        kind, config = str(item["class_name"]), dict(item["config"])
        conditions = tuple(_parse_condition(entry["config"]) for entry in config.pop("conditions", None) or ())
    else:  # tuitune's own flat form
        config = dict(item)
        kind = str(config.pop("type"))
        conditions = tuple(_parse_condition(entry) for entry in config.pop("conditions", None) or ())
    name = config.pop("name")
    if not isinstance(name, str):
        raise TypeError(f"the name is {name!r}")
    default = config.pop("default", None)
    if kind in NUMERIC_KINDS:
        return Hyperparameter(
            name,
            kind,
            conditions,
            minimum=_number(config["min_value"]),
            maximum=_number(config["max_value"]),
            step=None if config.get("step") is None else _number(config["step"]),
            sampling=str(config.get("sampling") or "linear").lower(),
            default=default,
        )
    if kind == "Choice":
        choices = tuple(_scalar(entry) for entry in config["values"])
        return Hyperparameter(name, kind, conditions, choices=choices, ordered=config.get("ordered"), default=default)
    if kind == "Fixed":
        return Hyperparameter(name, kind, conditions, value=_scalar(config["value"]))
    return Hyperparameter(name, kind, conditions, default=_scalar(default), extra=config)


def _parse_condition(config: Mapping[str, Any]) -> Condition:
    return Condition(str(config["name"]), tuple(_scalar(entry) for entry in config["values"]))


def _number(value: Any) -> Union[int, float]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{str(value)[:40]!r} is not a number")
    return value


def _scalar(value: Any) -> Scalar:
    if value is not None and not isinstance(value, (int, float, str, bool)):
        raise TypeError(f"{value!r} is not a plain value")
    return value
