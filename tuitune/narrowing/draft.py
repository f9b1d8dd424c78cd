"""A space being edited: the parent, the present state, undo and redo, what is wrong, what is different."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from tuitune.errors import TuituneError
from tuitune.narrowing import rules
from tuitune.narrowing.proposal import Proposal
from tuitune.narrowing.rules import FieldProblem
from tuitune.project.space import (
    Condition,
    Hyperparameter,
    Scalar,
    describe_range,
    from_unit,
    parse_space,
    same_scalar,
    to_unit,
)

Key = tuple[str, tuple[Condition, ...]]
Space = tuple[Hyperparameter, ...]


class Change(NamedTuple):
    """One hyperparameter that differs from the parent, in words, and why: a proposal's reason, or by hand."""

    name: str
    before: str
    after: str
    reason: str = ""


class Draft:
    """The space of the next round while it is edited. Every change can be undone."""

    def __init__(self, parent: Sequence[Hyperparameter]) -> None:
        self.parent: Space = tuple(parent)
        self.space: Space = tuple(parent)
        self._undo: list[Space] = []
        self._redo: list[Space] = []

    def hyperparameter(self, key: Key) -> Hyperparameter:
        """The hyperparameter as it stands now."""
        return next(hp for hp in self.space if hp.key == key)

    def original(self, key: Key) -> Hyperparameter:
        """The hyperparameter of the parent."""
        return next(hp for hp in self.parent if hp.key == key)

    def set(self, hp: Hyperparameter) -> None:
        """Put `hp` in the place of the one with its name and conditions, its default moved into its range."""
        hp = dataclasses.replace(hp, default=rules.settle_default(hp)) if hp.kind != "Fixed" else hp
        self.replace_all([hp if old.key == hp.key else old for old in self.space])

    def replace_all(self, space: Sequence[Hyperparameter]) -> None:
        """Take `space` as the present state, as one step that can be undone."""
        if tuple(space) != self.space:
            self._undo.append(self.space)
            self._redo.clear()
            self.space = tuple(space)

    def undo(self) -> bool:
        """Take the last change back; False where there is none."""
        if not self._undo:
            return False
        self._redo.append(self.space)
        self.space = self._undo.pop()
        return True

    def redo(self) -> bool:
        """Make the change again that was undone last; False where there is none."""
        if not self._redo:
            return False
        self._undo.append(self.space)
        self.space = self._redo.pop()
        return True

    def problems(self) -> dict[Key, list[FieldProblem]]:
        """What keras-tuner would refuse, by hyperparameter."""
        found = {hp.key: rules.check(hp, self.original(hp.key)) for hp in self.space}
        return {key: problems for key, problems in found.items() if problems}

    def changes(self) -> list[Change]:
        """What differs from the parent."""
        return changes(self.parent, self.space)


def changes(
    parent: Sequence[Hyperparameter], space: Sequence[Hyperparameter], proposals: Sequence[Proposal] = ()
) -> list[Change]:
    """What `space` has otherwise than `parent`, hyperparameter by hyperparameter; defaults left aside.

    With `proposals` each says whether it was proposed, and why, or made by hand.
    """
    before = {hp.key: describe_range(hp) for hp in parent}
    reasons = {p.parent.key: (describe_range(p.proposed), p.reason) for p in proposals}
    found = []
    for hp in space:
        after = describe_range(hp)
        if hp.key in before and before[hp.key] != after:
            proposed, reason = reasons.get(hp.key, ("", ""))
            if proposals and proposed != after:
                reason = "by hand"
            found.append(Change(hp.name, before[hp.key], after, reason))
    return found


# ---------------------------------------------------------------------------------------- editing one field


def edited(hp: Hyperparameter, field: str, text: str) -> Hyperparameter | FieldProblem:
    """`hp` with `field` (minimum, maximum, step or value) read from `text`; what is wrong where it cannot be."""
    text = text.strip()
    if field == "step" and not text:
        if hp.kind == "Int" and not hp.is_log:
            return dataclasses.replace(hp, step=1)
        return dataclasses.replace(hp, step=None)
    if field == "value" and not (hp.kind == "Fixed" and isinstance(hp.value, (int, float))):
        return FieldProblem("value", "is chosen among the script's values")
    number = _read_number(text)
    if number is None:
        return FieldProblem(field, f"{text!r} is not a number" if text else f"the {field} is empty")
    if hp.kind == "Float" and field != "step":
        number = float(number)
    if (hp.kind == "Int" or (hp.kind == "Fixed" and isinstance(hp.value, int))) and number == int(number):
        number = int(number)
    changed: Hyperparameter = dataclasses.replace(hp, **{field: number})  # type: ignore[arg-type]
    return changed


def nudged(hp: Hyperparameter, parent: Hyperparameter, field: str, by: int) -> Hyperparameter:
    """`hp` with one bound (minimum or maximum) moved by `by` steps: of its grid, else of a 20th of the parent's scale.

    It stops at the other bound, and where a number could not be on the scale.
    """
    assert hp.minimum is not None
    assert hp.maximum is not None
    value = getattr(hp, field)
    moved = _moved(hp, parent, value, by)
    moved = min(moved, hp.maximum) if field == "minimum" else max(moved, hp.minimum)
    return hp if moved == value else dataclasses.replace(hp, **{field: moved})  # type: ignore[arg-type]


def spread(hp: Hyperparameter, parent: Hyperparameter, by: int) -> Hyperparameter:
    """`hp` with both bounds moved by `by` steps, outwards where that is positive; never past each other."""
    wider = nudged(nudged(hp, parent, "minimum", -by), parent, "maximum", by)
    return hp if by < 0 and wider.minimum == wider.maximum else wider


def _moved(hp: Hyperparameter, parent: Hyperparameter, value: float, by: int) -> float:
    if hp.step is not None and hp.sampling != "reverse_log":
        if hp.is_log:
            return _as_kind(hp, value * hp.step**by)
        if not (hp.kind == "Int" and hp.step == 1):
            moved = value + by * hp.step
            return value if moved <= 0 < value else _as_kind(hp, moved)
    assert parent.minimum is not None
    unit = to_unit(parent, value) + by / 20
    moved = from_unit(parent, unit)
    if moved < 0 <= parent.minimum:
        moved = 0.0
    if hp.kind == "Int":
        whole = round(moved)
        moved = whole if whole != value else value + (1 if by > 0 else -1)
        return max(int(moved), 1 if parent.minimum >= 1 else 0) if parent.minimum >= 0 else int(moved)
    rounded = round(moved, 2 - math.floor(math.log10(abs(moved)))) if moved else moved
    return rounded if rounded != value else moved


def _as_kind(hp: Hyperparameter, number: float) -> float:
    return max(1, round(number)) if hp.kind == "Int" and hp.is_log else int(number) if hp.kind == "Int" else number


def _read_number(text: str) -> int | float | None:
    number: int | float
    try:
        number = int(text)
    except ValueError:
        try:
            number = float(text)
        except ValueError:
            return None
    return number if abs(number) <= sys.float_info.max else None  # also None for NaN


def toggled(hp: Hyperparameter, parent: Hyperparameter, option: Scalar) -> Hyperparameter:
    """`hp` with one of the parent's values switched on or off; a Boolean with one value left becomes Fixed."""
    present = [item for item in parent.options() if hp.contains(item)]
    if any(same_scalar(option, item) for item in present):
        kept = [item for item in present if not same_scalar(option, item)]
    else:
        kept = [item for item in parent.options() if item in present or same_scalar(item, option)]
    if parent.kind == "Boolean":
        if len(kept) == 1:
            return Hyperparameter(hp.name, "Fixed", hp.conditions, value=kept[0])
        return parent if kept else hp
    return dataclasses.replace(parent, choices=tuple(kept))


def fixed(hp: Hyperparameter, value: Scalar) -> Hyperparameter:
    """`hp` held at one value."""
    return Hyperparameter(hp.name, "Fixed", hp.conditions, value=value)


# --------------------------------------------------------------------------------------------- space as JSON


def space_to_json(space: Sequence[Hyperparameter]) -> dict[str, Any]:
    """The form that `keras_tuner.HyperParameters.from_config` takes, defaults of active ones as values."""
    values: dict[str, Any] = {}
    for hp in space:
        if hp.is_active(values):
            default = hp.value if hp.kind == "Fixed" else hp.default
            if default is None:
                default = hp.minimum if hp.is_numeric else next(iter(hp.options()), None)
            values.setdefault(hp.name, default)
    return {"space": [hp.to_config() for hp in space], "values": values}


def space_from_json(text: str, parent: Sequence[Hyperparameter], where: str) -> Space:
    """The space in `text`, in either form that tuitune prints; hyperparameters it leaves out stay as in `parent`.

    Raises TuituneError: no JSON, a name that the parent lacks, or what keras-tuner would refuse.
    """
    title = "Cannot use the space"
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TuituneError(title, f"{where} is not JSON ({error}).", exit_code=2) from None
    entries = content.get("space") if isinstance(content, dict) else content
    given, unread = parse_space(entries)
    if unread or not given:
        reason = unread[0] if unread else "it has no hyperparameter"
        raise TuituneError(title, f"{where}: {reason}.", "tuitune narrow PROJECT --format json prints one.", 2)
    by_key = {hp.key: hp for hp in given}
    known = {hp.key for hp in parent}
    for hp in given:
        if hp.key not in known:
            names = ", ".join(dict.fromkeys(item.name for item in parent))
            message = f"{where} names {hp.name!r}, which the project does not have under these conditions."
            raise TuituneError(title, message, f"The project has: {names}.", 2)
    draft = Draft(parent)
    draft.replace_all([_settled(by_key.get(hp.key, hp), hp) for hp in parent])
    require_valid(draft, where)
    return draft.space


def _settled(hp: Hyperparameter, parent: Hyperparameter) -> Hyperparameter:
    """`hp` with whole numbers where the script asks for an Int, and a default inside its range."""
    if parent.kind == "Int":
        hp = dataclasses.replace(
            hp,
            minimum=_whole(hp.minimum),
            maximum=_whole(hp.maximum),
            step=_whole(hp.step),
            value=_whole(hp.value),
        )
    return hp if hp.kind == "Fixed" else dataclasses.replace(hp, default=rules.settle_default(hp))


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def require_valid(draft: Draft, where: str) -> None:
    """Raises TuituneError with the first thing that keras-tuner would refuse."""
    for (name, _), problems in draft.problems().items():
        raise TuituneError("Cannot use the space", f"{where}: {name}: {problems[0].problem}.", exit_code=2)
