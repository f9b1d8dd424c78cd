"""Proposes to drop categories that no good trial has and whose trials rank worse than chance would put them, or to
hold the one that is left.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from tuitune.narrowing.influence import worse_surprise
from tuitune.narrowing.proposal import MIN_TRIALS, Proposal, keep
from tuitune.narrowing.rules import settle_default
from tuitune.project.scalars import format_scalar
from tuitune.project.space import Hyperparameter, Scalar, same_scalar


def category_surprises(
    hp: Hyperparameter, values: Sequence[Scalar], contrast: Sequence[Scalar], badness: Sequence[float]
) -> list[float]:
    """For each option, how often chance would rank the trials of any option as badly; 1 where a good trial has it.

    `values` are those of the good trials, `contrast` of the others, `badness` of both in this order. Empty where too
    few trials are there to tell.
    """
    if len(hp.options()) < 2 or len(values) < MIN_TRIALS:
        return []
    surprises = []
    for option in hp.options():
        has = [same_scalar(value, option) for value in (*values, *contrast)]
        its = [bad for mine, bad in zip(has, badness, strict=True) if mine]
        rest = [bad for mine, bad in zip(has, badness, strict=True) if not mine]
        is_good = any(has[: len(values)])
        surprises.append(1.0 if is_good else min(1.0, len(hp.options()) * worse_surprise(its, rest)))
    return surprises


def _record(option: Scalar, values: Sequence[Scalar], contrast: Sequence[Scalar]) -> tuple[int, int]:
    """How many good trials have the option, and how many trials at all."""
    wins = sum(same_scalar(value, option) for value in values)
    return wins, wins + sum(same_scalar(value, option) for value in contrast)


def propose_categories(
    hp: Hyperparameter,
    values: Sequence[Scalar],
    contrast: Sequence[Scalar],
    surprises: Sequence[float],
    level: float,
) -> Proposal:
    """The proposal from the values of the good trials and of the others.

    `surprises` is what `category_surprises` says of them, `level` what `level_of` says of all.
    """
    count = len(values)
    if len(hp.options()) < 2:
        return keep(hp, "there is only one value", count)
    if count < MIN_TRIALS:
        return keep(hp, f"not enough evidence: {count} good trials have it, {MIN_TRIALS} are needed", count)
    kept: list[Scalar] = []
    dropped: list[str] = []
    notes: list[str] = []
    for option, surprise in zip(hp.options(), surprises, strict=True):
        wins, tried = _record(option, values, contrast)
        label = format_scalar(option)
        if surprise > level:
            kept.append(option)
            notes.append(f"{label} {wins} of {tried}" if tried else f"{label} untried")
        else:
            dropped.append(f"{label} (0 of {tried})")
    if not dropped:
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
