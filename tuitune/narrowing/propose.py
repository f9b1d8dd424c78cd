"""Proposes a narrower space from good trials, and says why for each hyperparameter.

How a range is cut or widened: ranges.py. A category is dropped only where missing it g times out of N would be a
surprise (hypergeometric). Everything else is kept, with the reason that it is not enough evidence.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from tuitune.narrowing.proposal import MIN_TRIALS, SURPRISE, Proposal, keep
from tuitune.narrowing.ranges import propose_range
from tuitune.narrowing.rules import settle_default
from tuitune.project.scalars import format_scalar
from tuitune.project.space import (
    Hyperparameter,
    Scalar,
    same_scalar,
)
from tuitune.project.trials import Trial


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
            proposals.append(propose_range(hp, values, contrast))
        elif hp.kind in ("Choice", "Boolean"):
            proposals.append(_propose_options(hp, values, contrast))
        else:
            proposals.append(Proposal(hp, hp, "keep", f"{hp.kind} is not a type that tuitune knows", len(values)))
    return _note_unreachable(proposals)


def _value(hp: Hyperparameter, trial: Trial) -> Scalar:
    """Its value in `trial`, or None where it was not active."""
    return trial.values.get(hp.name) if hp.is_active(trial.values) else None


# ------------------------------------------------------------------------------------------------- categories


def _propose_options(hp: Hyperparameter, values: Sequence[Scalar], contrast: Sequence[Scalar]) -> Proposal:
    count = len(values)
    if len(hp.options()) < 2:
        return keep(hp, "there is only one value", count)
    if count < MIN_TRIALS:
        return keep(hp, f"not enough evidence: {count} good trials have it, {MIN_TRIALS} are needed", count)
    total = count + len(contrast)
    kept: list[Scalar] = []
    dropped: list[str] = []
    notes: list[str] = []
    for option in hp.options():
        wins = sum(same_scalar(value, option) for value in values)
        tried = wins + sum(same_scalar(value, option) for value in contrast)
        label = format_scalar(option)
        chance = math.comb(total - tried, count) / math.comb(total, count) if tried else 1.0
        if wins or chance > SURPRISE:
            kept.append(option)
            notes.append(f"{label} {wins} of {tried}" if tried else f"{label} untried")
        else:
            dropped.append(f"{label} (0 of {tried})")
    if not dropped:
        return keep(hp, f"every value is among the good trials or too seldom tried: {', '.join(notes)}", count)
    proposed, action = _with_options(hp, kept)
    if proposed == hp:
        return keep(hp, f"good trials by value: {', '.join(notes)}", count)
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
                proposal = keep(proposal.parent, reason, proposal.trials)
                break
        noted.append(proposal)
    return noted
