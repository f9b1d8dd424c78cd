"""What an oracle tells of its search: its state before it began, its algorithm, its best score, its plan."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Dict, Optional, Type

from tuitune.launch import budget


def fresh_state(oracle: Any) -> Optional[Dict[str, Any]]:
    """The state of an oracle that has not begun, as JSON has it; None where it cannot be told yet."""
    try:
        state: Dict[str, Any] = json.loads(json.dumps(oracle.get_state()))
    except (AttributeError, TypeError, ValueError, KeyError):
        return None
    return state


def note_start(oracle: Any, trial_id: str) -> None:
    """Let oracle.json tell when a trial began where `verbose=0` makes keras-tuner (1.3.1 and later) leave it out."""
    display = getattr(oracle, "_display", None)
    starts = getattr(display, "trial_start", None)
    if isinstance(starts, dict) and getattr(display, "verbose", 1) < 1:
        starts[trial_id] = datetime.now()


def kind_of(oracle: Any, tuner_class: Type[Any]) -> str:
    """keras-tuner's name of the algorithm, or the class of the tuner where the oracle is the user's own."""
    names = [cls.__name__ for cls in type(oracle).__mro__]
    for kind in ("Hyperband", "BayesianOptimization", "GridSearch", "RandomSearch"):
        if f"{kind}Oracle" in names:
            return kind
    return tuner_class.__name__


def best_score(oracle: Any) -> Optional[float]:
    """The best score that a search which goes on has found; None for a new one."""
    trials = getattr(oracle, "trials", None) or {}
    scores = [
        t.score for t in trials.values() if t.status == "COMPLETED" and t.score is not None and t.score == t.score
    ]
    if not scores:
        return None
    return float(max(scores) if oracle.objective.direction == "max" else min(scores))


def planned_trials(oracle: Any) -> Optional[int]:
    """How many trials the script's own search plans; None where it is not bounded."""
    if oracle.max_trials:
        return int(oracle.max_trials)
    if hasattr(oracle, "hyperband_iterations") and oracle.hyperband_iterations != float("inf"):
        return budget.hyperband_trials(oracle.max_epochs, oracle.factor, int(oracle.hyperband_iterations))
    return None
