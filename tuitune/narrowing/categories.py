"""Proposes to drop categories that no good trial has and whose trials rank worse than chance would put them, or to
hold the one that is left.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from tuitune.narrowing.observed import Observed, why_untested
from tuitune.narrowing.p_values import rank_sum_p_value
from tuitune.narrowing.proposal import Proposal, keep
from tuitune.narrowing.rules import settle_default
from tuitune.project.scalars import format_scalar
from tuitune.project.space import Hyperparameter, Scalar, same_scalar

_FEWEST = 3  # trials of an option before it is judged


def option_p_values(seen: Observed) -> list[float]:
    """A p-value for each option: that chance would rank the trials of any option as badly, by the fair sample.

    By the rank sum test against all other options, times the number of options (Bonferroni); 1 where a good trial has
    the option, or too few trials do.
    """
    options = seen.hp.options()
    p_values = []
    for option in options:
        has = [(same_scalar(value, option), bad) for value, bad in seen.fair]
        its = [bad for mine, bad in has if mine]
        is_open = any(same_scalar(value, option) for value in seen.good) or len(its) < _FEWEST
        worse = rank_sum_p_value(its, [bad for mine, bad in has if not mine])
        p_values.append(1.0 if is_open else min(1.0, len(options) * worse))
    return p_values


def propose_categories(seen: Observed, p_values: Sequence[float], threshold: float) -> Proposal:
    """The proposal for a category of which enough is known.

    `p_values`: of each option, as `option_p_values` gives them, or none where chance cannot be told from influence.
    An option is dropped where its own is at most `threshold`.
    """
    hp, good, rest, _ = seen
    count = len(good)
    if not p_values:
        return keep(hp, why_untested(seen), count)
    kept: list[Scalar] = []
    dropped: list[str] = []
    notes: list[str] = []
    wins = 0
    for option, p_value in zip(hp.options(), p_values, strict=True):
        its_wins, tried = (sum(same_scalar(value, option) for value in values) for values in (good, good + rest))
        label = format_scalar(option)
        if p_value > threshold:
            kept.append(option)
            wins += its_wins
            notes.append(f"{label} {its_wins} of {tried}" if tried else f"{label} untried")
        else:
            dropped.append(f"{label} (0 of {tried})")
    if not dropped or not wins:
        return keep(hp, f"not enough evidence against any value; good trials: {', '.join(notes)}", count)
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
