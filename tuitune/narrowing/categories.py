"""Proposes to drop categories that no good trial has and whose trials rank worse than chance would put them, or to
hold the one that is left.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import accumulate, islice

from tuitune.narrowing.observed import Observed, why_untested
from tuitune.narrowing.p_values import rank_sum_p_value, ranks
from tuitune.narrowing.proposal import Proposal, keep
from tuitune.narrowing.rules import settle_default
from tuitune.project.scalars import format_scalar
from tuitune.project.space import Hyperparameter, Scalar, same_scalar

_FEWEST = 3  # trials of an option before it is judged


def option_p_values(seen: Observed) -> list[float]:
    """A p-value for each option: that chance would rank the trials of any option as badly, by the fair sample.

    By the rank sum test against all other options together, and against the best of them only, in each number: among
    many bad options one alone is no worse than the rest. Bonferroni for all these tests, half of it for the first;
    1 where a good trial has the option, or too few trials do.
    """
    options = seen.hp.options()
    groups = [[bad for value, bad in seen.fair if same_scalar(value, option)] for option in options]
    is_open = [any(same_scalar(value, option) for value in seen.good) for option in options]
    by_rank = _best_first(groups)
    return [
        1.0 if is_open[number] or len(its) < _FEWEST else min(1.0, len(options) * _worse_than(number, by_rank, groups))
        for number, its in enumerate(groups)
    ]


def _best_first(groups: Sequence[Sequence[float]]) -> list[int]:
    """The numbers of the groups that have trials, by the mean rank of these."""
    place = iter(ranks([bad for its in groups for bad in its]))
    means = {number: sum(islice(place, len(its))) / len(its) for number, its in enumerate(groups) if its}
    return sorted(means, key=means.__getitem__)


def _worse_than(number: int, by_rank: Sequence[int], groups: Sequence[Sequence[float]]) -> float:
    """The p-value of one group against the others: all of them, or only the best one, two, three, …"""
    others: list[Sequence[float]] = [groups[other] for other in by_rank if other != number]
    if not others:
        return 1.0
    pools = accumulate(others, lambda pool, its: [*pool, *its])
    *smaller, whole = [rank_sum_p_value(groups[number], pool) for pool in pools]
    return 2 * min(whole, len(smaller) * min(smaller)) if smaller else whole


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
