"""Oracles that begin with what earlier rounds have found: subclasses of keras-tuner's own, made on the spot.

They keep its state and its files, so plain keras-tuner loads the project; what they know of earlier rounds lies
beside it and is read again when the round is resumed. They live where the oracle lives, whoever asks it for trials.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Type

from tuitune.project.space import BOOKKEEPING_PREFIX, Hyperparameter, parse_space, sound_space

Values = Dict[str, Any]


class EarlierTrials(NamedTuple):
    """What a round is told of earlier ones.

    `seen`: values and raw score of trials that count as observations, the score None where the trial failed.
    `first`: values to try before any others. `tried`: values that were tried with the budget of this round.
    """

    objective: str
    seen: Sequence[Mapping[str, Any]] = ()
    first: Sequence[Values] = ()
    tried: Sequence[Values] = ()

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Optional[EarlierTrials]:
        """The part of a run's spec that tells it; None where the round begins cold."""
        stored = spec.get("warm")
        if not isinstance(stored, dict):
            return None
        return cls(**{name: stored[name] for name in cls._fields if name in stored})


def warm_class(base: Type[Any], earlier: EarlierTrials, algorithm: str) -> Type[Any]:
    """The oracle class for `algorithm` that has been told; named as keras-tuner's own."""
    parts = (_Modelled, _Seeded) if algorithm == "bayesian" and earlier.seen else (_Seeded,)
    return type(base.__name__, (*parts, base), {"__module__": base.__module__, "_earlier": earlier})


class _Seeded:
    """Tries the old values that it was told to try first, and none that were tried before."""

    _earlier: EarlierTrials
    # What follows is keras-tuner's.
    trials: Dict[str, Any]
    hyperparameters: Any
    _tried_so_far: set  # type: ignore[type-arg]
    _compute_values_hash: Callable[[Values], str]

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._tried_so_far.update(self._compute_values_hash(dict(values)) for values in self._earlier.tried)

    def _random_values(self) -> Optional[Values]:
        first = self._next_first()
        return super()._random_values() if first is None else first  # type: ignore[misc]

    def _next_first(self) -> Optional[Values]:
        """The next of the values to try first that no trial of this round has begun."""
        begun = {self._compute_values_hash(_own_values(trial)) for trial in self.trials.values()}
        return next((dict(v) for v in self._earlier.first if self._compute_values_hash(dict(v)) not in begun), None)


class _Modelled:
    """Proposes with a model that has seen the old trials, from the first trial on."""

    _earlier: EarlierTrials
    # What follows is keras-tuner's.
    seed: int
    objective: Any
    trials: Dict[str, Any]
    ongoing_trials: Dict[str, Any]
    hyperparameters: Any
    _tried_so_far: set  # type: ignore[type-arg]
    _compute_values_hash: Callable[[Values], str]
    _next_first: Callable[[], Optional[Values]]
    _random_values: Callable[[], Optional[Values]]

    def populate_space(self, trial_id: str) -> Dict[str, Any]:
        """What keras-tuner asks for: the values of the next trial, or that there are none."""
        values = self._next_first()
        if values is None:
            values = self._model_values()
        if values is None:
            values = self._random_values()
        return {"status": "STOPPED" if values is None else "RUNNING", "values": values}

    def _model_values(self) -> Optional[Values]:
        from tuitune.worker.model.propose import Observation, propose

        sign = -1.0 if self.objective.direction == "max" else 1.0
        waiting = {trial.trial_id for trial in self.ongoing_trials.values()}
        seen = [Observation(item["values"], item["score"]) for item in self._earlier.seen]
        for trial in self.trials.values():
            if trial.trial_id not in waiting and trial.status in ("COMPLETED", "FAILED", "INVALID"):
                score = trial.score if trial.status == "COMPLETED" else None
                seen.append(Observation(_own_values(trial), score))
        return propose(
            self._space(),
            [item._replace(score=None if item.score is None else sign * item.score) for item in seen],
            [_own_values(trial) for trial in self.ongoing_trials.values()],
            lambda values: self._compute_values_hash(values) in self._tried_so_far,
            self.seed + len(self.trials),
        )

    def _space(self) -> List[Hyperparameter]:
        """The space as it is now: building a model may have added to it."""
        return list(sound_space(parse_space(self.hyperparameters.get_config()["space"])[0])[0])


def _own_values(trial: Any) -> Values:
    values = trial.hyperparameters.values
    return {name: value for name, value in values.items() if not name.startswith(BOOKKEEPING_PREFIX)}
