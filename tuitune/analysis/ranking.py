"""Which trials are the good ones: shares of the best, trials of one Hyperband ladder."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tuitune.errors import TuituneError
from tuitune.project.trials import Objective, Trial


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


def best_of(trials: Sequence[Trial], objective: Objective, top: float | int) -> list[Trial]:
    """The best of `trials`, best first: a share (float, at least one trial) or a count (int)."""
    scored = sorted((t for t in trials if t.is_scored), key=lambda t: objective.key(t.score or 0.0))
    count = top if isinstance(top, int) else max(1, math.ceil(top * len(scored) - 1e-9))
    return scored[:count]


def comparable(trials: Sequence[Trial]) -> list[Trial]:
    """Trials whose scores mean the same: of a Hyperband ladder only the highest rung that each reached.

    A promoted configuration appears once a rung; its earlier rungs trained fewer epochs.
    """
    promoted = {trial.values.get("tuner/trial_id") for trial in trials}
    return [trial for trial in trials if trial.trial_id not in promoted]
