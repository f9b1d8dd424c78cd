"""What the trials say about one hyperparameter: its values where it was active, and whether they can be judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tuitune.analysis.scale import position
from tuitune.analysis.text import counted
from tuitune.project.space import Hyperparameter, Scalar
from tuitune.project.trials import Trial

MIN_TRIALS = 4  # fewer good trials say nothing
MIN_FAIR = 6  # fewer trials of a fair sample tell nothing of chance


class Observed(NamedTuple):
    """The trials in which one hyperparameter was active: `good`, best first, and `rest`.

    Both hold values; of a numeric hyperparameter positions on its own scale, 0 to 1, those outside clipped. `badness`
    of the good and then of the rest, less is better; None where the search chose the trial by earlier scores, so that
    it is no part of a fair sample.
    """

    hp: Hyperparameter
    good: list[Any]
    rest: list[Any]
    badness: list[float | None]

    @property
    def fair(self) -> list[tuple[Any, float]]:
        """Value and badness of the trials that are a fair sample."""
        return [(x, bad) for x, bad in zip(self.good + self.rest, self.badness, strict=True) if bad is not None]


def observe(
    hp: Hyperparameter, good: Sequence[Trial], others: Sequence[Trial], badness: Sequence[float | None]
) -> Observed:
    """What `good` and `others`, which are as bad as `badness` says in this order, have of `hp`."""
    values = [value_in(hp, trial) for trials in (good, others) for trial in trials]
    xs: list[Any] = [position(hp, value, 0.0, 1.0) for value in values] if hp.is_numeric else values
    return Observed(
        hp,
        [x for x in xs[: len(good)] if x is not None],
        [x for x in xs[len(good) :] if x is not None],
        [bad for x, bad in zip(xs, badness, strict=True) if x is not None],
    )


def value_in(hp: Hyperparameter, trial: Trial) -> Scalar:
    """Its value in `trial`, or None where it was not active."""
    return trial.values.get(hp.name) if hp.is_active(trial.values) else None


def why_unknown(seen: Observed) -> str:
    """Why nothing can be said of the hyperparameter at all; "" where there may be."""
    hp, count = seen.hp, len(seen.good)
    if hp.kind == "Fixed":
        return "fixed already"
    if hp.is_numeric and hp.minimum == hp.maximum:
        return "the range is a single value"
    if not hp.is_numeric and hp.kind not in ("Choice", "Boolean"):
        return f"{hp.kind} is not a type that tuitune knows"
    if not hp.is_numeric and len(hp.options()) < 2:
        return "there is only one value"
    if count < MIN_TRIALS:
        return f"not enough evidence: {counted(count, 'good trial')} have it, {MIN_TRIALS} are needed"
    return ""


def why_untested(seen: Observed) -> str:
    """Why chance cannot be told from influence, so that nothing is cut; "" where it can."""
    if not seen.rest:
        return "not enough evidence: every trial that has it is a good one, and there is nothing to compare with"
    fair, ended = len(seen.fair), len(seen.badness)
    if fair >= MIN_FAIR:
        return ""
    if fair == ended:
        return f"not enough evidence: {counted(fair, 'trial')} have it, {MIN_FAIR} are needed"
    return f"not enough evidence: the search chose its trials by their scores; {fair} of {ended} are a fair sample"
