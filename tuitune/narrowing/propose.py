"""Proposes a narrower space from good trials, and says why for each hyperparameter.

How a range is cut or widened: ranges.py. How categories are dropped: categories.py. Both give p-values: how often
chance alone would give what was seen. Only what stands out among all hyperparameters is acted on, by the false
discovery rate. Everything else is kept, with the reason that it is not enough evidence.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from tuitune.narrowing.categories import option_p_values, propose_categories
from tuitune.narrowing.observed import Observed, observe, value_in, why_unknown, why_untested
from tuitune.narrowing.proposal import Proposal, keep, p_value_threshold
from tuitune.narrowing.ranges import propose_range, range_p_value
from tuitune.project.scalars import format_scalar
from tuitune.project.space import Hyperparameter
from tuitune.project.trials import Trial


def propose(
    space: Sequence[Hyperparameter], good: Sequence[Trial], others: Sequence[Trial], badness: Sequence[float | None]
) -> list[Proposal]:
    """A proposal for each hyperparameter of `space`, in its order.

    Args:
        good: the trials to narrow to, best first.
        others: the remaining trials that ended, for contrast: also failed ones.
        badness: how bad each of `good` and then of `others` is, less is better; None for a trial that the search chose
            by earlier scores. Such trials crowd where these were good, in each hyperparameter, also in those without
            influence: they are no fair sample.
    """
    seen = [observe(hp, good, others, badness) for hp in space]
    p_values = [_p_values(item) for item in seen]
    threshold = p_value_threshold([min(its) for its in p_values if its])
    proposals = [_propose_one(item, its, threshold) for item, its in zip(seen, p_values, strict=True)]
    return _note_unreachable([_note_failed(proposal, others) for proposal in proposals])


def _p_values(seen: Observed) -> list[float]:
    """The p-value of a range, or of each option of a category. Empty where that cannot be told."""
    if why_unknown(seen) or why_untested(seen):
        return []
    return [range_p_value(seen)] if seen.hp.is_numeric else option_p_values(seen)


def _propose_one(seen: Observed, p_values: list[float], threshold: float) -> Proposal:
    unknown = why_unknown(seen)
    if unknown:
        return keep(seen.hp, unknown, len(seen.good))
    return (
        propose_range(seen, p_values, threshold)
        if seen.hp.is_numeric
        else propose_categories(seen, p_values, threshold)
    )


def _note_failed(proposal: Proposal, others: Sequence[Trial]) -> Proposal:
    """Says how many of the trials that the proposal leaves out had failed."""
    if not proposal.changes:
        return proposal
    values = ((trial, value_in(proposal.parent, trial)) for trial in others)
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
