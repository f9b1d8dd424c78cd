"""A search at one moment: its trials, its space, what is known and what is wrong."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from tuitune.project.space import Hyperparameter
from tuitune.project.table import Trials
from tuitune.project.trials import FINISHED, UNREADABLE, Objective, Problem, Trial


class Abilities(NamedTuple):
    """What can be done with an input beside looking at it.

    `narrow`: its space can be proposed and edited; `relaunch`: a script can search it again; `watch`: its files may
    change while it is open.
    """

    narrow: bool = True
    relaunch: bool = True
    watch: bool = True


EVERYTHING = Abilities()


@dataclass(frozen=True)
class Project:
    """A search at one moment, whatever kind of input it was read from. Trials are in the order in which they started.

    `candidates` are the objectives that the scores leave possible where `objective` is None; `parts`: metrics that
    each equal the score of so many trials, where no single one does for all.
    `unreadable` holds (trial id, problem) of trials whose file tells nothing.
    `to_read` is how many trials are still to be read or looked at; `can` what is possible with it.
    """

    path: Path
    trials: Trials = field(default_factory=Trials)
    space: tuple[Hyperparameter, ...] = ()
    tuner: str | None = None
    objective: Objective | None = None
    candidates: tuple[Objective, ...] = ()
    parts: tuple[tuple[Objective, int], ...] = ()
    max_trials: int | None = None
    executions_per_trial: int | None = None
    hyperband: Mapping[str, int | float] = field(default_factory=dict)
    initial_points: int | None = None  # trials that a Bayesian search draws at random before its model proposes
    problems: tuple[Problem, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)
    exists: bool = True  # False while a round's directory waits for keras-tuner to write it
    to_read: int = 0
    can: Abilities = EVERYTHING

    @property
    def name(self) -> str:
        """The project's own name: the last part of its path, also where that is `.`"""
        return self.path.name if self.path.name not in ("", "..") else self.path.resolve().name

    def trial(self, trial_id: str) -> Trial | None:
        """The trial of that id."""
        row = self.trials.find(trial_id)
        return None if row is None else self.trials[row]

    @cached_property
    def ranking(self) -> list[int]:
        """Rows of the trials that finished with a finite score, best first; ties go to the one that started first.

        Where only a part of the scores is the objective's (a search that was reopened with another objective),
        only that part is ranked: the rest measures something else.
        """
        if self.objective is None:
            return []
        columns, objective = self.trials.columns, self.objective
        rows = [
            row
            for row, (status, score) in enumerate(zip(columns.status, columns.score, strict=True))
            if status == FINISHED and score is not None and math.isfinite(score)
        ]
        metric = columns.metrics.get(objective.name)
        if metric is not None:
            agreeing = [row for row in rows if metric[row] == columns.score[row]]
            rows = agreeing or rows
        rows.sort(key=columns.score.__getitem__, reverse=objective.direction == "max")  # type: ignore[arg-type]
        return rows

    def scored(self) -> list[Trial]:
        """Trials that finished with a finite score, best first; ties go to the one that started first."""
        return [self.trials[row] for row in self.ranking]

    @cached_property
    def best(self) -> Trial | None:
        """The best finished trial; None where there is none or the objective is unknown."""
        return self.trials[self.ranking[0]] if self.ranking else None

    def counts(self) -> dict[str, int]:
        """How many trials stand in each status, as on disk."""
        return dict(Counter(self.trials.columns.status))

    def shown_counts(self) -> dict[str, int]:
        """The same as a person is shown it: what nothing keeps alive is interrupted, unreadable trials count."""
        return dict(Counter([*self.trials.shown_status(), *[UNREADABLE] * len(self.unreadable)]))
