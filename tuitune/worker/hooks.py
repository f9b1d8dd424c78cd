"""Hooks into keras-tuner: the opened project's tuner gets the narrowed space; every search is recorded.

`BaseTuner.__init__` is wrapped: what becomes of a tuner is decided when the script builds it.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import shutil
import time
from pathlib import Path
from types import ModuleType
from typing import Any, Dict, List, Optional, Type

from tuitune.launch import protocol
from tuitune.launch.environment import cut_epochs
from tuitune.launch.keeping import Keeping
from tuitune.worker import guard, memory, oracles, repair
from tuitune.worker.choice import Choice, names_read
from tuitune.worker.ending import SearchEnded, StopRun, end_in_handlers, leave_now
from tuitune.worker.epochs import EpochCheck
from tuitune.worker.oracle_facts import best_score, fresh_state, kind_of, note_start, planned_trials
from tuitune.worker.places import Places
from tuitune.worker.reads import Reads
from tuitune.worker.report import Report, backend
from tuitune.worker.tuners import Bystander, Recorded, become

_COMPARED_SHARE = 50  # what is kept is compared for a fiftieth of the time at most: a network may be slow
_SCRATCH = "passed-over"  # in the run's directory, for tuners that are built and not played
_EPOCHS_POSITION = 3  # fit(x, y, batch_size, epochs, …)


class Hooks:
    """Everything that is changed in keras-tuner for one run."""

    refusal = oracles.RefusalError

    def __init__(
        self, spec: Dict[str, Any], report: Report, run_dir: Optional[Path] = None, again: Optional[int] = None
    ) -> None:
        self.spec = spec
        self.report = report
        self.built: List[str] = []  # directories of the tuners that the script built
        self.found_target = False
        self.searched = False
        self.stopped = False
        self.is_to_stop = False
        self.is_searching = False
        # A round's script still builds the tuner of the first project of its family.
        self.family = {os.path.realpath(spec[name]) for name in ("parent", "plays") if spec.get(name)}
        self.choice = Choice(spec, self.family, again)
        self._made: List[str] = []  # directories of tuners that are not played
        self._run_dir = run_dir
        self._keeping = None if run_dir is None else Keeping.of_run(run_dir)
        self._compare_after = 0.0
        self.left_alone = self.family | (set() if self._keeping is None else self._keeping.family())
        self._claims: List[int] = []
        self._script_epochs: Optional[int] = None  # max_epochs of the script's own Hyperband
        self._epochs = EpochCheck()
        self._was_told_of_epochs = False
        self._reads: Optional[Reads] = None
        self.kt: Any = None

    def install(self, keras_tuner: ModuleType) -> None:
        """Hook the freshly imported module."""
        self.kt = keras_tuner
        base = next(cls for cls in self.kt.Tuner.__mro__ if cls.__name__ == "BaseTuner")
        original = base.__init__
        signature = inspect.signature(original)

        @functools.wraps(original)
        def init(tuner: Any, *args: Any, **kwargs: Any) -> None:
            bound = signature.bind(tuner, *args, **kwargs)
            bound.apply_defaults()
            extra = bound.arguments.pop("kwargs", {})
            del bound.arguments["self"]
            self._init(tuner, original, {**bound.arguments, **extra})

        base.__init__ = init
        if self.spec["kind"] == "relaunch":
            with contextlib.suppress(AttributeError):  # a release that asks in another way
                self._reads = Reads(self.kt.HyperParameters)

    def _init(self, tuner: Any, original: Any, arguments: Dict[str, Any]) -> None:
        own = os.path.realpath(
            os.path.join(str(arguments.get("directory") or "."), arguments.get("project_name") or "untitled_project")
        )
        if own not in self.built:
            self.built.append(own)
            if self.spec["kind"] == "run" and self._run_dir is not None:
                self._claims.append(guard.claim(self._run_dir, own))
        if self.spec["kind"] == "run":
            if self.spec.get("resume"):
                self._resume(own, arguments)
            self.choice.count += 1
            original(tuner, **arguments)
            memory.remember(tuner.oracle)
            self._record(tuner, [type(tuner)])
        elif self.choice.is_it(own, lambda: names_read(self.kt, arguments.get("hypermodel"))):
            self._stand_for(own)
            self.put_back(is_first=True)  # a script may have cleared its directory before it builds its tuner
            self._script_epochs = getattr(arguments["oracle"], "max_epochs", None)
            oracles.require_trainable(self.kt, type(tuner), self.spec["algorithm"])
            arguments["oracle"] = oracles.build_oracle(self.kt, self.spec, arguments["oracle"])
            arguments["directory"], arguments["project_name"] = os.path.split(self.spec["project"])
            arguments["overwrite"] = False
            if self.report.worker == 0:  # before any other has opened it
                self._repair(Path(self.spec["project"]), arguments["oracle"])
            bases = oracles.class_for(self.kt, type(tuner), self.spec["algorithm"])
            original(tuner, **arguments)
            memory.remember(tuner.oracle)
            self.put_back()
            self._record(tuner, bases)
        else:
            self._pass_over(tuner, original, arguments, own)

    def _stand_for(self, own: str) -> None:
        """The tuner of `own` is the project's, wherever that directory is: after a move, or named after the clock."""
        self.found_target = True
        self.family.add(own)
        if os.path.isdir(own):
            self.left_alone.add(own)
        else:
            self._made += _missing(own)

    def _pass_over(self, tuner: Any, original: Any, arguments: Dict[str, Any], own: str) -> None:
        """A tuner that does not search. What its project holds can be read, and nothing is deleted."""
        arguments["overwrite"] = False
        self._made += _missing(own)
        try:
            original(tuner, **arguments)
        except Exception:
            if own not in self.family or self._run_dir is None:
                raise
            # What lies there is from another of the script's tuners, with another oracle.
            arguments["directory"] = str(self._run_dir / _SCRATCH / str(self.choice.count))
            original(tuner, **arguments)
        become(tuner, Bystander, [type(tuner)])
        tuner._tuitune_candidate = self.choice.newest
        self._clear_up()

    def _clear_up(self) -> None:
        for path in reversed(self._made):
            with contextlib.suppress(OSError):  # not there, or the script wrote into it
                os.rmdir(path)

    def clear_up_at_last(self) -> None:
        """Nothing is left of tuners that were not played."""
        self._clear_up()
        if self._run_dir is not None:
            shutil.rmtree(self._run_dir / _SCRATCH, ignore_errors=True)

    def _resume(self, own: str, arguments: Dict[str, Any]) -> None:
        """A first search goes on: each of its tuners with what it has, whatever `overwrite` says."""
        arguments["overwrite"] = False
        oracle = arguments["oracle"]
        if own == os.path.realpath(self.spec["resume"]):
            self.put_back(is_first=True)
            if self.spec.get("max_trials"):
                oracle.max_trials = self.spec["max_trials"]
        if os.path.isdir(own) and self.report.worker == 0:
            self._repair(Path(own), oracle)

    def _repair(self, project: Path, oracle: Any) -> None:
        """A search that goes on may have been killed in the middle of a file. `oracle`: the one that will reload it."""
        try:
            for sentence in repair.repair(project, fresh_state(oracle)):
                print(f"tuitune: {sentence}.")
        except repair.BrokenError as error:
            raise self.refusal("Cannot resume", str(error)) from None

    def put_back(self, is_first: bool = False) -> None:
        """Look whether the projects that the script is to leave alone still hold what they held."""
        if self._keeping is None:
            return
        began = time.monotonic()
        with guard.lifted():
            found = self._keeping.compare(is_first)
        self._compare_after = time.monotonic() + _COMPARED_SHARE * (time.monotonic() - began)
        if found.restored or found.lost:
            says = found.sentence(self.spec["script"], self._run_dir)
            self.report.put_back(says, len(found.restored), len(found.lost))

    def put_back_at_last(self) -> None:
        """The same for the last time; nothing is kept any longer."""
        self.put_back()
        if self._keeping is not None and self._run_dir is not None:
            with guard.lifted():
                self._keeping.drop(self._run_dir)

    def _record(self, tuner: Any, bases: List[Type[Any]]) -> None:
        become(tuner, Recorded, bases)
        tuner._tuitune = self
        tuner._tuitune_number = self.choice.count

    # ------------------------------------------------------------------------------ called by recorded tuners

    def begin_search(self, tuner: Any, positional: int, fit_arguments: Dict[str, Any]) -> Dict[str, Any]:
        """Note what is searched; returns the fit arguments with the callbacks' paths moved away from the parent.

        `positional` counts the arguments of `fit` that the script gives without their names.
        """
        script_epochs = fit_arguments.get("epochs")
        fit_arguments = self._with_epochs(positional, fit_arguments)
        self.searched = True
        project = Path(tuner.project_dir)
        objective = tuner.oracle.objective
        planned = self.spec.get("planned_trials") or planned_trials(tuner.oracle)
        epochs = fit_arguments.get("epochs")
        self._compare_with_parent(epochs, objective)
        self.report.facts(
            project,
            {
                "objective": {"name": objective.name, "direction": objective.direction},
                "tuner_class": type(tuner).__name__,
                "tuner_kind": kind_of(tuner.oracle, type(tuner)),
                "max_trials": tuner.oracle.max_trials,
                "executions_per_trial": getattr(tuner, "executions_per_trial", None),
                "fit_epochs": epochs if isinstance(epochs, int) else None,
                "script_epochs": script_epochs if isinstance(script_epochs, int) else None,
                "planned_trials": planned,
                "tuner_number": getattr(tuner, "_tuitune_number", None),
                "no_hyperband": oracles.why_no_hyperband(self.kt, type(tuner)),
            },
        )
        self.report.event(
            "project",
            path=str(project.resolve()),
            objective=objective.name,
            direction=objective.direction,
            planned=planned,
            already=len(getattr(tuner.oracle, "end_order", ())),
            best=best_score(tuner.oracle),
        )
        if self.spec["kind"] == "relaunch" and fit_arguments.get("callbacks"):
            places = Places(self.spec["project"], self.family)
            callbacks = [places.moved(callback) for callback in fit_arguments["callbacks"]]
            return {**fit_arguments, "callbacks": callbacks}
        return fit_arguments

    def _with_epochs(self, positional: int, fit_arguments: Dict[str, Any]) -> Dict[str, Any]:
        """The fit arguments with the epochs that the round is to train, where its script gives others or none."""
        is_hyperband, epochs = self.spec.get("algorithm") == "hyperband", self.spec.get("epochs")
        if (is_hyperband or epochs) and positional > _EPOCHS_POSITION:
            who = "Hyperband" if is_hyperband else "the round"
            message = f"the script gives epochs to search() by position; {who} needs it by name: epochs=…"
            raise self.refusal("Cannot run Hyperband" if is_hyperband else "Cannot train as asked", message)
        named = "epochs" in fit_arguments or positional > _EPOCHS_POSITION
        if not is_hyperband and not epochs and not named:
            # The script leaves the epochs to its Hyperband; without one, Keras would train a single epoch.
            epochs = self._script_epochs
        return {**fit_arguments, "epochs": epochs} if epochs and not is_hyperband else fit_arguments

    def _compare_with_parent(self, epochs: Any, objective: Any) -> None:
        """Say where the trials train otherwise than those that the round was told of."""
        planned, theirs = self.spec.get("trial_epochs"), self.spec.get("parent_epochs")
        trained = cut_epochs(epochs, os.environ) if isinstance(epochs, int) else planned
        if planned and trained != planned:
            parents = f", those of the parent trained {theirs}" if theirs else ""
            self.report.warned(f"each trial trains {trained} epochs, and not {planned} as was planned{parents}")
        goal = self.spec.get("objective") or {}
        if goal and (goal.get("name"), goal.get("direction")) != (objective.name, objective.direction):
            told = f"{goal.get('name')} {goal.get('direction')}"
            self.report.warned(
                f"the script optimizes {objective.name} {objective.direction}, the space was narrowed by {told}: "
                "the search begins cold, and goes after the script's"
            )
        mine, theirs = backend(), self.spec.get("parent_backend")
        if theirs and mine and mine != theirs:
            self.report.warned(f"it trains with Keras on {mine}, the parent was trained on {theirs}")

    def begin_trial(self, tuner: Any, trial: Any) -> None:
        """A trial starts, or starts again."""
        self.stop_here()
        self.report.forget_epochs(Path(tuner.get_trial_dir(trial.trial_id)))
        self._epochs.begin()
        note_start(tuner.oracle, trial.trial_id)
        self.report.event("trial_started", trial_id=trial.trial_id)
        repair.keep_state(Path(tuner.project_dir))

    def end_trial(self, tuner: Any, trial: Any) -> None:
        """A trial was handed back to the oracle, which has scored and saved it."""
        judged = tuner.oracle.get_trial(trial.trial_id)
        waiting = trial.trial_id in getattr(tuner.oracle, "_retry_queue", ())
        status = "RETRY" if waiting else str(judged.status)
        self.report.event("trial_ended", trial_id=trial.trial_id, status=status, score=judged.score)
        if status == "COMPLETED":
            self._judge_epochs(trial)
        if self.report.worker == 0 and time.monotonic() > self._compare_after:
            self.put_back()
        self.stop_here()
        if self.report.stop_after_trial_requested():
            self.stopped = True
            end_in_handlers(self.leave)
            raise SearchEnded

    def epoch(self, tuner: Any, trial: Any, model: Any, execution: int, epoch: int, logs: Any) -> None:
        """An epoch has ended.

        Args:
            tuner, trial: of which.
            model: that is trained; each execution has its own.
            execution, epoch: both counted from 0.
            logs: the metrics of the epoch, as Keras gives them.
        """
        self._epochs.epoch(model, epoch)
        self.report.epoch(Path(tuner.get_trial_dir(trial.trial_id)), trial.trial_id, execution, epoch, logs or {})
        self.stop_here()

    def _judge_epochs(self, trial: Any) -> None:
        """Tell, once, that the model does not train the epochs that Hyperband or the round gives."""
        given = trial.hyperparameters.values.get("tuner/epochs") or self.spec.get("epochs")
        complaint = self._epochs.complaint(trial.trial_id, given)
        if complaint and not self._was_told_of_epochs:
            self._was_told_of_epochs = True
            self.report.warned(complaint)

    def end_search(self) -> None:
        """search() has returned. Tell what was varied in vain: the script may have been changed."""
        unread = [] if self._reads is None else self._reads.never(self.spec["space"], self.spec["script"])
        if unread:
            names = ", ".join(unread)
            self.report.warned(f"no trial of the round asked for {names}: what was varied there changed nothing")
        self.report.event("search_ended")

    def leave(self) -> None:
        """The script caught the end of its search: the process ends here."""
        self.clear_up_at_last()
        leave_now(protocol.WORKER_STOPPED if self.stopped else protocol.WORKER_DONE)

    def stop_here(self) -> None:
        """A safe point: nothing is half written between two batches, epochs or trials."""
        if self.is_to_stop:
            self.stopped = True
            end_in_handlers(self.leave)
            raise StopRun


def _missing(path: str) -> List[str]:
    """The directories that are not there, from the outermost to `path` itself."""
    found = []
    while not os.path.isdir(path) and path != os.path.dirname(path):
        found.append(path)
        path = os.path.dirname(path)
    return found[::-1]
