"""What the trials of earlier rounds can tell a new one: observations for its model, values to try first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from tuitune.analysis.ranking import epoch_gains
from tuitune.analysis.text import counted
from tuitune.project.compatible import MOST_USED, incompatibility, is_whole, part_inside, scores_needed
from tuitune.project.project import Project
from tuitune.project.space import Hyperparameter
from tuitune.project.trials import FINISHED, Objective, Trial

MOST_SEEN = 1000  # of observations that a run is told
DEFAULT_FIRST = {"bayesian": 0, "hyperband": 3, "random": 1, "grid": 0}


class EarlierTrial(NamedTuple):
    """A trial of an earlier round; `score` is None where it failed. `label` is its id, with its project before it
    where that is not the parent."""

    label: str
    values: Mapping[str, Any]
    score: float | None


class WarmStart(NamedTuple):
    """What a round is told.

    `seen` is for its model, which goes by MOST_USED of them. `first` is to be tried before anything else, the best
    first, by the values that a trial of the space has. `tried` was tried with the budget of the round. `left_out`: why,
    and of how many trials.
    """

    objective: Objective | None = None
    seen: Sequence[EarlierTrial] = ()
    first: Sequence[Mapping[str, Any]] = ()
    tried: Sequence[Mapping[str, Any]] = ()
    left_out: Mapping[str, int] = {}
    needed: int = 0  # scores, without which the model proposes nothing

    def to_spec(self) -> dict[str, Any] | None:
        """The part of a run's spec that tells it; None where there is nothing to tell."""
        if self.objective is None or not (self.seen or self.first or self.tried):
            return None
        return {
            "objective": self.objective.name,
            "seen": [{"values": dict(item.values), "score": item.score} for item in self.seen],
            "first": [dict(values) for values in self.first],
            "tried": [dict(values) for values in self.tried],
        }

    def describe(self) -> str:
        """One sentence for a person."""
        parts = []
        scored = sum(item.score is not None for item in self.seen)
        if self.seen and scored < self.needed:
            parts.append(f"its model needs {self.needed} scores and has {scored}, so that it begins at random")
        elif len(self.seen) > MOST_USED:
            parts.append(f"warm: its model goes by {MOST_USED} of {len(self.seen)} trials")
        elif self.seen:
            parts.append(f"warm: its model has seen {counted(len(self.seen), 'trial')}")
        if self.first:
            parts.append(f"{'' if parts else 'warm: '}the best {_old(len(self.first))} first")
        if not parts:
            parts.append("cold")
        if self.left_out:
            reasons = ", ".join(f"{count} {reason}" for reason, count in self.left_out.items())
            parts.append(f"left out: {reasons}")
        return "; ".join(parts)


def _old(count: int) -> str:
    return "old configuration is tried" if count == 1 else f"{count} old configurations are tried"


def warm_start(
    rounds: Sequence[Project],
    space: Sequence[Hyperparameter],
    algorithm: str,
    first: int | None = None,
    otherwise_trained: Mapping[Path, str] = MappingProxyType({}),
) -> WarmStart:
    """What earlier rounds tell a new one.

    Args:
        rounds: the parent and its ancestors, in this order.
        space: that the new round searches.
        algorithm: with which it searches.
        first: how many of the best old configurations to try again; None for the algorithm's own number.
        otherwise_trained: the rounds whose scores mean another training than the new one's, by their paths, each with
            what its trials were; they are not told to the model, and can be tried again.
    """
    objective = rounds[0].objective
    if objective is None:
        return WarmStart(left_out={"trials: the objective is unknown": len(rounds[0].trials)})
    left_out: Counter[str] = Counter()
    found: list[tuple[EarlierTrial, Mapping[str, Any] | None, bool]] = []  # with its part inside; is the model told?
    for project in rounds:
        prefix = "" if project is rounds[0] else f"{project.name}/"
        training = otherwise_trained.get(project.path)
        for trial, score in _comparable(project, objective, left_out):
            values = trial.hyperparameters
            reason = incompatibility(space, values)
            if reason is None:
                observation = EarlierTrial(f"{prefix}{trial.trial_id}", values, score)
                found.append((observation, part_inside(space, values), training is None))
                if training is not None:
                    left_out[training] += 1
            else:
                left_out[f"whose {reason}"] += 1
    scored = sorted(
        ((item.score, part) for item, part, _ in found if item.score is not None and part is not None),
        key=lambda pair: objective.key(pair[0]),
    )
    whole = [part for _, part, is_told in found if is_told and part is not None and is_whole(space, part)]
    count = DEFAULT_FIRST[algorithm] if first is None else first
    return WarmStart(
        objective,
        _chosen([item for item, _, is_told in found if is_told], objective) if algorithm == "bayesian" else (),
        _distinct(part for _, part in scored)[:count] if algorithm != "grid" else (),
        _distinct(whole) if algorithm in ("bayesian", "random") else (),
        dict(left_out),
        scores_needed(space),
    )


def observations(project: Project, objective: Objective | None) -> list[Trial]:
    """The trials of `project` that could tell a model of `objective` something, whatever the space."""
    return [] if objective is None else [trial for trial, _ in _comparable(project, objective, Counter())]


def _comparable(project: Project, objective: Objective, left_out: Counter[str]) -> Iterator[tuple[Trial, float | None]]:
    """Trials that ended, each with the score of a whole training; None where it failed."""
    theirs = project.objective
    if theirs is None or (theirs.name, theirs.direction) != (objective.name, objective.direction):
        left_out[f"of {project.name}, which has another objective"] += len(project.trials)
        return
    ranked = set(project.ranking)
    trials = list(project.trials)
    gains = epoch_gains(trials)
    promoted = {trial.values.get("tuner/trial_id") for trial in trials}
    for row, trial in enumerate(trials):
        if trial.status not in (FINISHED, "FAILED", "INVALID"):
            left_out["not finished"] += 1
        elif not trial.is_scored:
            yield trial, None
        elif row not in ranked:
            left_out["scored by another objective"] += 1
        elif trial.trial_id in promoted:
            left_out["trained on later"] += 1
        elif (gain := gains.get(trial.epochs or 0, 0.0)) is None:
            left_out["trained for fewer epochs"] += 1
        else:
            yield trial, (trial.score or 0.0) + gain


def _chosen(found: list[EarlierTrial], objective: Objective) -> list[EarlierTrial]:
    """At most so many as a run is told: the best half of them, and of the rest every so many."""
    if len(found) <= MOST_SEEN:
        return found

    def badness(item: EarlierTrial) -> float:
        return math.inf if item.score is None else objective.key(item.score)

    ordered = sorted(found, key=badness)
    best, rest = ordered[: MOST_SEEN // 2], ordered[MOST_SEEN // 2 :]
    return best + [rest[number * len(rest) // (MOST_SEEN // 2)] for number in range(MOST_SEEN // 2)]


def _distinct(parts: Any) -> list[Mapping[str, Any]]:
    """Each configuration once."""
    return list({tuple(sorted((name, repr(value)) for name, value in part.items())): part for part in parts}.values())
