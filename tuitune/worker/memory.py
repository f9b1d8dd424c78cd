"""What an oracle that goes on must know of its trials, and keras-tuner does not keep, or a kill has lost."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple


def remember(oracle: Any) -> None:
    """Tell a reloaded oracle which values were tried, so that none is tried twice, and a grid its order."""
    if hasattr(oracle, "_record_values"):
        for trial in oracle.trials.values():
            if trial.hyperparameters.values:  # none where its file was torn
                oracle._record_values(trial)
    _restore_order(oracle)


def _restore_order(oracle: Any) -> None:
    """Give a reloaded GridSearchOracle the order of its trials, and all of them to look for what comes next.

    keras-tuner keeps that order in memory alone.

    Where the combination after a trial was tried already, the oracle sees that, and goes to the next. Does nothing for
    any other oracle, and for a grid that has no trials yet.
    """
    if not (hasattr(oracle, "_ordered_ids") and hasattr(oracle, "_populate_next")) or not oracle.trials:
        return
    places = {trial_id: _place(oracle, trial.hyperparameters.values) for trial_id, trial in oracle.trials.items()}
    known = sorted((place, trial_id) for trial_id, place in places.items() if place is not None)
    oracle._ordered_ids = type(oracle._ordered_ids)()
    for _, trial_id in known:
        oracle._ordered_ids.insert(trial_id)
    oracle._populate_next = [trial_id for _, trial_id in known]


def _place(oracle: Any, values: Dict[str, Any]) -> Optional[Tuple[int, ...]]:
    """Sorts combinations as keras-tuner does: by each hyperparameter in turn, its default first.

    None for values that are none of the grid's: a trial that was torn has none.
    """
    if not values:
        return None
    place: List[int] = []
    for hp in oracle.hyperparameters.space:
        if hp.name not in values:
            continue
        options = list(hp.values)
        if hp.default in options:
            options.remove(hp.default)
        options.insert(0, hp.default)
        if values[hp.name] not in options:
            return None
        place.append(options.index(values[hp.name]))
    return tuple(place)
