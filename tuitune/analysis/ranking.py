"""Which trials are the good ones: shares of the best, trials of one Hyperband ladder."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence

from tuitune.errors import TuituneError
from tuitune.project.trials import Objective, Trial

_ENOUGH_TO_TELL = 3  # trials that went from one rung to the next


def parse_top(text: str) -> float | int:
    """`20%` as the share 0.2, `15` as the count 15. Raises TuituneError."""
    try:
        if text.strip().endswith("%"):
            share = float(text.strip()[:-1]) / 100
            if 0 < share <= 1:
                return share
        elif int(text) > 0:
            return int(text)
    except ValueError:
        pass
    raise TuituneError("Cannot read --top", f"{text!r} is neither a share (20%) nor a count (15).", exit_code=2)


def best_of(
    trials: Sequence[Trial],
    objective: Objective,
    top: float | int,
    gains: Mapping[int, float | None] | None = None,
    with_ties: bool = False,
) -> list[Trial]:
    """The best of `trials`, best first.

    Trials of a Hyperband search are compared as if each had been trained to the end; one that nobody can tell
    that of comes after all others.

    Args:
        trials: those without a finite score are left out.
        objective: tells which score is better.
        top: a share of them (float, 0 to 1, at least one trial) or a count (int).
        gains: what the rest of a whole training would change in a score, by epochs; None: worked out from `trials`.
        with_ties: also those that are as good as the last of them: nothing tells which of these belong to it.
    """
    badness = badness_by(objective, epoch_gains(trials) if gains is None else gains)
    scored = sorted((t for t in trials if t.is_scored), key=badness)
    count = top if isinstance(top, int) else max(1, math.ceil(top * len(scored) - 1e-9))
    if with_ties and 0 < count < len(scored):
        last = badness(scored[count - 1])
        count += sum(badness(trial) == last for trial in scored[count:])
    return scored[:count]


def badness_by(objective: Objective, gains: Mapping[int, float | None]) -> Callable[[Trial], float]:
    """What tells how bad a trial is, less is better: infinite where it has no score, or none to be compared."""

    def badness(trial: Trial) -> float:
        gain = gains.get(trial.epochs or 0, 0.0)
        return objective.key((trial.score or 0.0) + gain) if trial.is_scored and gain is not None else math.inf

    return badness


def comparable(trials: Sequence[Trial]) -> list[Trial]:
    """Trials whose scores mean the same: of a Hyperband ladder only the highest rung that each reached.

    A promoted configuration appears once a rung; its earlier rungs trained fewer epochs.
    """
    promoted = {trial.values.get("tuner/trial_id") for trial in trials}
    return [trial for trial in trials if trial.trial_id not in promoted]


def epoch_gains(trials: Sequence[Trial]) -> dict[int, float | None]:
    """What the rest of a whole training changes in the score of a Hyperband trial, by the epochs that it had.

    Told by the trials that were trained on: the median of what each rung changed, summed up to the last one; None
    where fewer than three went from a rung to the next. A trial that was dropped early so counts as one that would
    have gained as much as those that were kept.
    """
    by_id = {trial.trial_id: trial for trial in trials}
    steps: dict[tuple[int, int], list[float]] = {}
    for trial in trials:
        before = by_id.get(str(trial.values.get("tuner/trial_id")))
        if before is not None and trial.is_scored and before.is_scored and before.epochs and trial.epochs:
            steps.setdefault((before.epochs, trial.epochs), []).append((trial.score or 0.0) - (before.score or 0.0))
    rungs = sorted({trial.epochs for trial in trials if trial.epochs}, reverse=True)
    gains: dict[int, float | None] = {}
    for epochs in rungs:
        after = {to: changes for (start, to), changes in steps.items() if start == epochs and to in gains}
        following = max(after, key=lambda to: len(after[to]), default=None)
        rest = None if following is None else gains[following]
        if epochs == rungs[0]:
            gains[epochs] = 0.0
        elif following is None or rest is None or len(after[following]) < _ENOUGH_TO_TELL:
            gains[epochs] = None
        else:
            gains[epochs] = statistics.median(after[following]) + rest
    return gains
