"""A proposal for one hyperparameter, and what it keeps of the parent's range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tuitune.project.space import Hyperparameter, describe_range, step_grid, to_unit

FALSE_DISCOVERY_RATE = 0.15  # of what is cut, at most this share is expected to have no influence


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


def keep(hp: Hyperparameter, reason: str, count: int) -> Proposal:
    """The hyperparameter as it is, for this reason."""
    return Proposal(hp, hp, "keep", reason, count)


def p_value_threshold(p_values: Sequence[float]) -> float:
    """The largest p-value that counts as influence; FALSE_DISCOVERY_RATE holds for all hyperparameters together.

    `p_values`: one for each hyperparameter that could be tested. By Benjamini and Hochberg, 1995: many that look
    somewhat narrow by chance do not make one cut. 0 where none counts. Of several p-values of a hyperparameter that
    counts, each counts up to the same threshold (Benjamini and Bogomolov, 2014).
    """
    ordered = sorted(p_values)
    passing = [rank for rank, p in enumerate(ordered, 1) if p <= FALSE_DISCOVERY_RATE * rank / len(ordered)]
    return FALSE_DISCOVERY_RATE * max(passing, default=0) / max(1, len(ordered))


def percent(share: float) -> str:
    """A probability for a sentence."""
    return "under 0.1 %" if share < 0.001 else f"{100 * share:.1f} %"


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
