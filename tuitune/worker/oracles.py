"""Builds the oracle of a relaunch from the one the script built; says where an algorithm cannot work."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Type

from tuitune.worker.warm_oracles import EarlierTrials, warm_class


class RefusalError(Exception):
    """The relaunch cannot work with this script; said before anything is trained."""

    def __init__(self, title: str, message: str) -> None:
        super().__init__(message)
        self.title = title
        self.message = message


_ORACLES = {
    "bayesian": ("BayesianOptimizationOracle", "BayesianOptimization"),
    "hyperband": ("HyperbandOracle", "Hyperband"),
    "random": ("RandomSearchOracle", "RandomSearch"),
    "grid": ("GridSearchOracle", "GridSearch"),
}


def build_oracle(kt: Any, spec: Dict[str, Any], script_oracle: Any) -> Any:
    """The chosen oracle over the narrowed space.

    From the script's oracle it takes the objective, what may be added to the space, and the rules for
    retries and failures; from the spec the budget and the seed.
    """
    name = spec["algorithm"]
    factory = next((getattr(kt.oracles, n) for n in _ORACLES[name] if hasattr(kt.oracles, n)), None)
    if factory is None:
        raise RefusalError("Cannot relaunch", f"keras-tuner {kt.__version__} has no {name} search.")
    arguments: Dict[str, Any] = {
        "objective": _objective(script_oracle.objective),
        "hyperparameters": _space(kt, spec["space"]),
        "allow_new_entries": script_oracle.allow_new_entries,
        "tune_new_entries": script_oracle.tune_new_entries,
        "seed": spec["seed"],
    }
    for optional in ("max_retries_per_trial", "max_consecutive_failed_trials"):
        if hasattr(script_oracle, optional):  # keras-tuner 1.2 and later
            arguments[optional] = getattr(script_oracle, optional)
    if name == "hyperband":
        arguments.update(max_epochs=spec["max_epochs"], factor=spec["factor"])
    else:
        arguments["max_trials"] = spec["max_trials"]
    earlier = EarlierTrials.of(spec)
    goal = (spec.get("objective") or {}).get("direction", script_oracle.objective.direction)
    ours = (script_oracle.objective.name, script_oracle.objective.direction)
    if earlier is not None and (earlier.objective, goal) == ours:
        factory = warm_class(factory, earlier, name)
    oracle = factory(**arguments)
    if name == "hyperband" and spec.get("max_trials"):
        oracle.max_trials = spec["max_trials"]
    return oracle


def _objective(objective: Any) -> Any:
    """The script's objective in the form that an oracle's constructor takes."""
    parts = getattr(objective, "objectives", None)  # several objectives in one
    if parts is not None:
        return list(parts)
    return None if objective.name == "default_objective" else objective


def _space(kt: Any, configs: List[Dict[str, Any]]) -> Any:
    """The narrowed space. `merge` registers each entry, and so gives every active one a value."""
    container = kt.HyperParameters()
    container.merge(kt.HyperParameters.from_config({"space": configs, "values": {}}))
    return container


def require_trainable(kt: Any, tuner_class: Type[Any], algorithm: str) -> None:
    """Raises RefusalError where the script's tuner cannot run `algorithm`."""
    if any(base.__module__.split(".")[0] == "autokeras" for base in tuner_class.__mro__):
        raise RefusalError("Cannot relaunch", "AutoKeras chooses its own search; its tuner takes no other.")
    if algorithm == "hyperband":
        why = why_no_hyperband(kt, tuner_class)
        if why is not None:
            raise RefusalError("Cannot run Hyperband", why)


def why_no_hyperband(kt: Any, tuner_class: Type[Any]) -> Optional[str]:
    """Why a tuner cannot give its trials the epochs of Hyperband, in a sentence; None where it can."""
    if not issubclass(tuner_class, kt.Tuner):
        return f"{tuner_class.__name__} trains no Keras models by epochs (it is no keras_tuner.Tuner)."
    run_trial = tuner_class.run_trial
    own = run_trial.__module__.split(".")[0] not in ("keras_tuner", "kerastuner")
    code = getattr(run_trial, "__code__", None)
    calls_super = code is not None and ("super" in code.co_names or "__class__" in code.co_freevars)
    if own and not calls_super:
        return f"{tuner_class.__name__}.run_trial() trains by itself and would ignore the epochs of each round."
    return None


def class_for(kt: Any, tuner_class: Type[Any], algorithm: str) -> List[Type[Any]]:
    """The bases that a tuner of `tuner_class` needs for `algorithm`: Hyperband gives a trial its epochs."""
    if algorithm == "hyperband" and not issubclass(tuner_class, kt.Hyperband):
        return [tuner_class, kt.Hyperband]
    return [tuner_class]
