"""Proposes to drop categories that no good trial has and whose trials rank worse than chance would put them, or to
hold the one that is left.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from tuitune.narrowing.observed import Seen, why_untested
from tuitune.narrowing.p_values import worse_surprise
from tuitune.narrowing.proposal import Proposal, keep
from tuitune.narrowing.rules import settle_default
from tuitune.project.scalars import format_scalar
from tuitune.project.space import Hyperparameter, Scalar, same_scalar

_FEWEST = 3  # trials of an option before it is judged


def category_surprises(seen: Seen) -> list[float]:
    """For each option, how often chance would rank the trials of any option as badly, by those that are a fair sample;
    1 where a good trial has it, or too few of them.
    """
    options = seen.hp.options()
    surprises = []
    for option in options:
        has = [(same_scalar(value, option), bad) for value, bad in seen.fair]
        its = [bad for mine, bad in has if mine]
        is_open = any(same_scalar(value, option) for value in seen.good) or len(its) < _FEWEST
        worse = worse_surprise(its, [bad for mine, bad in has if not mine])
        surprises.append(1.0 if is_open else min(1.0, len(options) * worse))
    return surprises


def propose_categories(seen: Seen, surprises: Sequence[float], level: float) -> Proposal:
    """The proposal for a category of which enough is known.

    `surprises` holds what `category_surprises` says, where chance can be told from influence; `level`: see `level_of`.
    """
    hp, good, rest, _ = seen
    count = len(good)
    if not surprises:
        return keep(hp, why_untested(seen), count)
    kept: list[Scalar] = []
    dropped: list[str] = []
    notes: list[str] = []
    wins = 0
    for option, surprise in zip(hp.options(), surprises, strict=True):
        its_wins, tried = (sum(same_scalar(value, option) for value in values) for values in (good, good + rest))
        label = format_scalar(option)
        if surprise > level:
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
