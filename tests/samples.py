"""Where the sample searches lie, and the content of a trial.json."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent


DIGITS = REPOSITORY / "sample_projects" / "digits"


MakeProject = Callable[..., Path]


def trial_file(
    trial_id: str,
    values: Mapping[str, Any],
    score: float | None = None,
    *,
    status: str = "COMPLETED",
    objective: str = "val_loss",
    direction: str = "min",
    space: Sequence[Mapping[str, Any]] = (),
    metrics: Mapping[str, float] | None = None,
    message: str | None = None,
) -> dict[str, Any]:
    """The content of a trial.json in the form of keras-tuner 1.4."""
    numbers = dict(metrics or {})
    if score is not None:
        numbers.setdefault(objective, score)
    return {
        "trial_id": trial_id,
        "hyperparameters": {"space": list(space), "values": dict(values)},
        "metrics": {
            "metrics": {
                name: {
                    "direction": direction if name == objective else "min",
                    "observations": [{"value": [number], "step": 0}],
                }
                for name, number in numbers.items()
            }
        },
        "score": score,
        "best_step": 0,
        "status": status,
        "message": message,
    }
