"""A trial, an objective and a project as values that never change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from tuitune.project.space import BOOKKEEPING_PREFIX, Hyperparameter

FINISHED = "COMPLETED"
INTERRUPTED = "interrupted"
ENDED_STATUSES = frozenset({"COMPLETED", "FAILED", "INVALID", "STOPPED"})


class Problem(NamedTuple):
    """A file of the project that says less than it should. `file` is relative to the project."""

    file: str
    problem: str


@dataclass(frozen=True, slots=True)
class Objective:
    """What the search optimizes. `inferred`: read off the scores, not written anywhere."""

    name: str
    direction: str  # "min" or "max"
    inferred: bool

    def key(self, score: float) -> float:
        """A number that is smaller for a better score."""
        return -score if self.direction == "max" else score


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial as its trial.json tells it.

    `metrics` holds what keras-tuner stored of each metric, averaged over executions: its value at the objective's
    best epoch; where a release stored every epoch, the best by the metric's own direction.
    `duration_s` is seconds from start to end; None where the files do not tell.
    `active` is whether something proves that a RUNNING trial runs.
    """

    trial_id: str
    status: str
    score: float | None = None
    best_step: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    directions: Mapping[str, str] = field(default_factory=dict)
    message: str | None = None
    started: datetime | None = None
    duration_s: float | None = None
    active: bool = False

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """Its values without the tuner's own bookkeeping."""
        return {name: value for name, value in self.values.items() if not name.startswith(BOOKKEEPING_PREFIX)}

    @property
    def initial_epoch(self) -> int:
        """The epoch at which Hyperband let it go on from an earlier trial; 0 otherwise."""
        value = self.values.get("tuner/initial_epoch")
        return value if isinstance(value, int) else 0

    @property
    def epochs(self) -> int | None:
        """The epochs Hyperband gave it, counted from 0; None for other searches."""
        value = self.values.get("tuner/epochs")
        return value if isinstance(value, int) else None

    @property
    def shown_status(self) -> str:
        """Its status; a RUNNING trial that nothing keeps alive reads `interrupted`."""
        return INTERRUPTED if self.status == "RUNNING" and not self.active else self.status

    @property
    def is_scored(self) -> bool:
        """Whether it finished with a score that can be compared."""
        return self.status == FINISHED and self.score is not None and math.isfinite(self.score)


@dataclass(frozen=True)
class Project:
    """A keras-tuner project at one moment. Trials are in the order in which they started."""

    path: Path
    trials: tuple[Trial, ...] = ()
    space: tuple[Hyperparameter, ...] = ()
    tuner: str | None = None
    objective: Objective | None = None
    max_trials: int | None = None
    executions_per_trial: int | None = None
    hyperband: Mapping[str, int | float] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)
    exists: bool = True  # False while a round's directory waits for keras-tuner to write it

    @property
    def name(self) -> str:
        """The project's own name: the last part of its path, also where that is `.`"""
        return self.path.name if self.path.name not in ("", "..") else self.path.resolve().name

    def trial(self, trial_id: str) -> Trial | None:
        """The trial of that id."""
        return next((trial for trial in self.trials if trial.trial_id == trial_id), None)

    def scored(self) -> list[Trial]:
        """Trials that finished with a finite score, best first; ties go to the one that started first."""
        if self.objective is None:
            return []
        objective = self.objective
        scored = [(objective.key(t.score), t) for t in self.trials if t.is_scored and t.score is not None]
        scored.sort(key=lambda pair: pair[0])
        return [trial for _, trial in scored]

    @property
    def best(self) -> Trial | None:
        """The best finished trial; None where there is none or the objective is unknown."""
        return next(iter(self.scored()), None)

    def counts(self) -> dict[str, int]:
        """How many trials stand in each status, as on disk."""
        counts: dict[str, int] = {}
        for trial in self.trials:
            counts[trial.status] = counts.get(trial.status, 0) + 1
        return counts
