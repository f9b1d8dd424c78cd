"""What keras-tuner does not write down: the objective, the kind of tuner, how long a trial took.

Nothing here guesses: where the evidence is not unanimous the answer is None.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tuitune.project.records import TrialRecord
from tuitune.project.space import Hyperparameter
from tuitune.project.trials import FINISHED, Objective

_CLOCK_SLACK_S = 2.0


def infer_objective(records: Sequence[TrialRecord]) -> Objective | None:
    """The one metric whose best value equals the score of every finished trial; None unless exactly one does."""
    scored = [record for record in records if record.status == FINISHED and record.score is not None]
    scored = [record for record in scored if not math.isnan(record.score or 0.0)]
    if not scored:
        return None
    candidates = set(scored[0].metrics)
    for record in scored:
        candidates = {name for name in candidates if record.metrics.get(name) == record.score}
        if not candidates:
            return None
    directions = {(name, scored[0].directions[name]) for name in candidates}
    if len(directions) != 1:
        return None
    name, direction = directions.pop()
    return Objective(name, direction, inferred=True)


def infer_tuner(
    oracle: Mapping[str, Any],
    tuner_state: Mapping[str, Any],
    trial_count: int,
    space: Sequence[Hyperparameter],
) -> str | None:
    """The kind of search by the marks that its oracle leaves; None where oracle.json could not be read."""
    if not oracle:
        return None
    if "brackets" in oracle:
        return "Hyperband"
    if "num_initial_points" in oracle or "alpha" in oracle:
        return "BayesianOptimization"
    if "initial_hps" in oracle or "finished" in tuner_state:
        return "AutoKeras"
    if "seed_state" not in oracle or not trial_count:
        return None
    if space and oracle.get("seed") == oracle["seed_state"]:
        return "GridSearch"  # only a grid never draws, so its seed never moves on
    return "RandomSearch"


def read_starts(oracle: Mapping[str, Any]) -> dict[str, datetime]:
    """Start of each trial, as oracle.json notes it: local time of the machine that searched."""
    display = oracle.get("display")
    starts = display.get("trial_start") if isinstance(display, dict) else None
    result: dict[str, datetime] = {}
    for trial_id, text in (starts if isinstance(starts, dict) else {}).items():
        try:
            result[trial_id] = datetime.fromisoformat(text)
        except (TypeError, ValueError):
            continue
    return result


def infer_durations(
    order: Sequence[str], starts: Mapping[str, datetime], written: Mapping[str, float], one_at_a_time: bool
) -> dict[str, float]:
    """Seconds from start to end of each trial in `order`, where that can be told.

    keras-tuner writes no end times. A trial ends when its file was last written, unless the file was copied
    since, which shows in a time after the next start; where trials run one at a time, that next start then
    is the end.

    Args:
        starts: start by trial id.
        written: modification time of trial.json by trial id, seconds since 1970.
        one_at_a_time: whether no two trials ran at once.
    """
    durations: dict[str, float] = {}
    copied = 0 if one_at_a_time or not _look_copied(starts, written) else 1
    for position, trial_id in enumerate(order):
        start = starts.get(trial_id)
        if start is None:
            continue
        elapsed = written.get(trial_id, math.inf) - start.timestamp()
        following = starts.get(order[position + 1]) if position + 1 < len(order) else None
        limit = (following - start).total_seconds() if following and one_at_a_time else math.inf
        if 0 <= elapsed <= limit + _CLOCK_SLACK_S and (limit < math.inf or not copied):
            durations[trial_id] = elapsed
        elif 0 <= limit < math.inf:
            durations[trial_id] = limit
            copied += 1
    return durations


def _look_copied(starts: Mapping[str, datetime], written: Mapping[str, float]) -> bool:
    """Whether all files were written at once although the trials started one after another."""
    ids = [trial_id for trial_id in starts if trial_id in written]
    if len(ids) < 2:
        return False
    began = [starts[trial_id].timestamp() for trial_id in ids]
    ended = [written[trial_id] for trial_id in ids]
    return max(ended) - min(ended) < 0.2 * (max(began) - min(began))
