"""Proposes a narrower space from good trials, and says why for each hyperparameter.

How a range is cut or widened: ranges.py. How categories are dropped: categories.py. Both say how often chance alone
would give what was seen, and only what stands out among all hyperparameters is acted on. Everything else is kept, with
the reason that it is not enough evidence.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

from tuitune.narrowing.categories import category_surprises, propose_categories
from tuitune.narrowing.proposal import Proposal, keep, level_of
from tuitune.narrowing.ranges import propose_range, range_surprise
from tuitune.project.scalars import format_scalar
from tuitune.project.space import Hyperparameter, Scalar
from tuitune.project.trials import Trial


class _Seen(NamedTuple):
    """The values of one hyperparameter in the trials in which it was active: the good ones, best first; the others.

    `badness`: of each of these trials, in this order; less is better.
    """

    hp: Hyperparameter
    values: list[Scalar]
    contrast: list[Scalar]
    badness: list[float]


def propose(
    space: Sequence[Hyperparameter], good: Sequence[Trial], others: Sequence[Trial], badness: Sequence[float]
) -> list[Proposal]:
    """A proposal for each hyperparameter of `space`, in its order.

    Args:
        good: the trials to narrow to, best first.
        others: the remaining trials that ended, for contrast: also failed ones.
        badness: how bad each of `good` and then of `others` is, less is better.
    """
    seen = [_see(hp, good, others, badness) for hp in space]
    surprises = [_surprises(item) for item in seen]
    level = level_of([min(its) for its in surprises if its])
    proposals = [_propose_one(item, its, level) for item, its in zip(seen, surprises, strict=True)]
    return _note_unreachable([_note_failed(proposal, others) for proposal in proposals])


def _see(hp: Hyperparameter, good: Sequence[Trial], others: Sequence[Trial], badness: Sequence[float]) -> _Seen:
    values, contrast = ([_value(hp, trial) for trial in trials] for trials in (good, others))
    return _Seen(
        hp,
        [value for value in values if value is not None],
        [value for value in contrast if value is not None],
        [bad for value, bad in zip(values + contrast, badness, strict=True) if value is not None],
    )


def _surprises(seen: _Seen) -> list[float]:
    if seen.hp.is_numeric:
        surprise = range_surprise(*seen)
        return [] if surprise is None else [surprise]
    return category_surprises(*seen) if seen.hp.kind in ("Choice", "Boolean") else []


def _propose_one(seen: _Seen, surprises: list[float], level: float) -> Proposal:
    hp, values, contrast, _ = seen
    count = len(values)
    if hp.kind == "Fixed":
        return keep(hp, "fixed already", count)
    if hp.is_numeric:
        return propose_range(hp, values, contrast, next(iter(surprises), None), level)
    if hp.kind in ("Choice", "Boolean"):
        return propose_categories(hp, values, contrast, surprises, level)
    return keep(hp, f"{hp.kind} is not a type that tuitune knows", count)


def _value(hp: Hyperparameter, trial: Trial) -> Scalar:
    """Its value in `trial`, or None where it was not active."""
    return trial.values.get(hp.name) if hp.is_active(trial.values) else None


def _note_failed(proposal: Proposal, others: Sequence[Trial]) -> Proposal:
    """Says how many of the trials that the proposal leaves out had failed."""
    if not proposal.changes:
        return proposal
    values = ((trial, _value(proposal.parent, trial)) for trial in others)
    left_out = [trial for trial, value in values if value is not None and not proposal.proposed.contains(value)]
    failed = sum(not trial.is_scored for trial in left_out)
    if not failed:
        return proposal
    reason = f"{proposal.reason}; of the {len(left_out)} trials that it leaves out {failed} failed"
    return dataclasses.replace(proposal, reason=reason)


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
