"""How large a round is: its trials, the epochs of each, the epochs in all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tuitune.errors import TuituneError
from tuitune.launch import budget
from tuitune.launch.environment import as_recorded, cut_epochs
from tuitune.launch.request import Request
from tuitune.launch.script import TITLE
from tuitune.narrowing.rules import count_configurations
from tuitune.narrowing.warm import WarmStart
from tuitune.project.project import Project
from tuitune.project.sources import curve_source
from tuitune.project.space import Hyperparameter


class RoundSize(NamedTuple):
    """What the spec of a round says of its size.

    `epochs`: what search() is given, whatever the script says; None leaves it to the script. `trial_epochs`: what each
    trial trains then, `parent_epochs`: what the trials of the parent trained, each where it is known. `max_epochs`,
    `factor`: Hyperband's. `planned_epochs`: in all, if none stops early, of one execution where that is unknown.
    """

    max_trials: int | None
    planned_trials: int
    planned_epochs: int | None = None
    epochs: int | None = None
    trial_epochs: int | None = None
    parent_epochs: int | None = None
    max_epochs: int | None = None
    factor: int | None = None


def size_of(
    project: Project, space: Sequence[Hyperparameter], request: Request, variables: Mapping[str, str]
) -> RoundSize:
    """The size of a round of `space` that follows `project`. Raises TuituneError.

    `variables`: those of its training that decide how Keras trains.
    """
    _require_sensible(request)
    if request.algorithm == "bayesian" and all(hp.kind == "Fixed" for hp in space):
        raise TuituneError(TITLE, "every hyperparameter is fixed, so that nothing is left to search.", exit_code=2)
    if request.algorithm == "hyperband":
        return _hyperband(project, request)
    configurations = count_configurations(space)
    trials = request.max_trials or default_trials(project)
    if request.algorithm == "grid" and request.max_trials is None and configurations is not None:
        trials = configurations
    planned = trials if configurations is None else min(trials, configurations)
    given = _given_epochs(project)
    epochs = request.epochs or (given if _was_overruled(project) else None)
    each = None if epochs is None and given is None else cut_epochs(epochs or given or 0, variables)
    in_all = None if each is None else each * planned * (project.executions_per_trial or 1)
    return RoundSize(trials, planned, in_all, epochs, each, training_epochs(project))


def without_tried(size: RoundSize, space: Sequence[Hyperparameter], request: Request, warm: WarmStart) -> RoundSize:
    """`size` where a round of `space` does not try again what `warm` says was tried.

    Raises TuituneError where that leaves nothing.
    """
    configurations = count_configurations(space)
    if configurations is None or not warm.tried:
        return size
    left = max(0, configurations - len(warm.tried))
    if not left and not request.seed_top:
        hint = "Widen the space, or say --no-warm-start to try them again."
        raise TuituneError(TITLE, f"each of the {configurations} configurations of this space was tried before.", hint)
    planned = min(size.planned_trials, left + len(warm.first))
    epochs = None if size.planned_epochs is None else size.planned_epochs * planned // size.planned_trials
    return size._replace(planned_trials=planned, planned_epochs=epochs)


def _hyperband(project: Project, request: Request) -> RoundSize:
    why_not = project.facts.get("no_hyperband")
    if isinstance(why_not, str) and why_not and request.script is None:
        raise TuituneError(TITLE, why_not, "Another algorithm can.", 2)
    epochs = request.max_epochs or default_max_epochs(project)
    factor = request.factor or int(project.hyperband.get("factor", 3))
    if epochs is None:
        message = "the epochs of a full training are not known for this project."
        raise TuituneError(TITLE, message, "Say them: --max-epochs N", 2)
    trials = budget.hyperband_trials(epochs, factor)
    planned = min(trials, request.max_trials or trials)
    in_all = budget.hyperband_epochs(epochs, factor, trials=planned) * (project.executions_per_trial or 1)
    return RoundSize(request.max_trials, planned, in_all, max_epochs=epochs, factor=factor)


def _require_sensible(request: Request) -> None:
    for label, value, least in (
        ("--max-trials", request.max_trials, 1),
        ("--epochs", request.epochs, 1),
        ("--max-epochs", request.max_epochs, 1),
        ("--factor", request.factor, 2),
    ):
        if value is not None and value < least:
            raise TuituneError(TITLE, f"{label} must be at least {least}, not {value}.", exit_code=2)
    if request.algorithm == "hyperband" and request.epochs is not None:
        hint = "--max-epochs N is what it gives the best of them."
        raise TuituneError(TITLE, "Hyperband gives each trial its epochs, and takes no --epochs.", hint, 2)
    if request.algorithm != "hyperband" and (request.max_epochs is not None or request.factor is not None):
        hint = "--epochs N is for the others." if request.max_epochs is not None else ""
        raise TuituneError(TITLE, "--max-epochs and --factor belong to Hyperband.", hint, 2)


def training_epochs(project: Project) -> int | None:
    """Epochs of a whole training of a trial of `project`, as it was recorded; None where that is not known."""
    given = _given_epochs(project)
    variables = as_recorded(project.facts.get("environment")) or {}
    return None if given is None else cut_epochs(given, variables)


def _given_epochs(project: Project) -> int | None:
    """The epochs that the trials were given: Hyperband's, or those of search()."""
    for value in (project.hyperband.get("max_epochs"), project.facts.get("fit_epochs")):
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None


def _was_overruled(project: Project) -> bool:
    """Whether the trials trained other epochs than the script says: by Hyperband, or by an earlier round."""
    if project.hyperband.get("max_epochs"):
        return True
    facts = project.facts
    return "script_epochs" in facts and facts["script_epochs"] != facts.get("fit_epochs")


def default_trials(project: Project) -> int:
    """Half as many trials as the project has, between 10 and 50."""
    return min(50, max(10, len(project.trials) // 2))


def default_max_epochs(project: Project) -> int | None:
    """Epochs of a full training: the parent's Hyperband, its `fit` arguments, or the longest recorded curve."""
    given = _given_epochs(project)
    if given is not None:
        return given
    reader = curve_source(project)
    lengths = [reader.read(project, trial).last_epoch for trial in project.scored()[:5]]
    return max((length + 1 for length in lengths if length is not None), default=None)
