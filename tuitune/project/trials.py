"""A trial, an objective and a problem as values that never change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from tuitune.project.space import BOOKKEEPING_PREFIX

FINISHED = "COMPLETED"
RUNNING = "RUNNING"
INTERRUPTED = "interrupted"
UNREADABLE = "unreadable"
ENDED_STATUSES = frozenset({"COMPLETED", "FAILED", "INVALID", "STOPPED"})
CLOSED_STATUSES = ENDED_STATUSES - {"INVALID"}  # an INVALID trial may be tried again
FINAL_STATUSES = frozenset({"COMPLETED", "FAILED"})  # nobody writes the file any more
FRESH_S = 120.0  # a trial whose files moved within this time is taken as alive


class Problem(NamedTuple):
    """A file of the project that says less than it should, or what the files together mean.

    `file` is relative to the project; "" where no single file is meant.
    """

    file: str
    problem: str


class Objective(msgspec.Struct, frozen=True):
    """What the search optimizes. `inferred`: read off the scores, not written anywhere."""

    name: str
    direction: str  # "min" or "max"
    inferred: bool

    def key(self, score: float) -> float:
        """A number that is smaller for a better score."""
        return -score if self.direction == "max" else score


class Trial(msgspec.Struct, frozen=True):
    """One trial as its trial.json tells it.

    `metrics` holds what keras-tuner stored of each metric, averaged over executions: its value at the objective's
    best epoch; where a release stored every epoch, the best by the metric's own direction.
    `duration_s` is seconds from start to end; None where the files do not tell.
    `active` is whether something proves that a RUNNING trial runs, `heard` when a file of a trial that has not
    ended was last written.
    """

    trial_id: str
    status: str
    score: float | None = None
    best_step: int | None = None
    values: Mapping[str, Any] = {}
    metrics: Mapping[str, float | None] = {}
    directions: Mapping[str, str] = {}
    message: str | None = None
    started: datetime | None = None
    duration_s: float | None = None
    active: bool = False
    heard: datetime | None = None

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
        return INTERRUPTED if self.status == RUNNING and not self.active else self.status

    @property
    def is_scored(self) -> bool:
        """Whether it finished with a score that can be compared."""
        return self.status == FINISHED and self.score is not None and math.isfinite(self.score)
