"""What the script's tuners do in a run: the one that is played records what it does, the others do not search.

A tuner changes its class to a subclass of its own class, made on the spot, so that a subclass of the user's keeps all
its methods.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, List, Optional, Type

from tuitune.worker.choice import Candidate
from tuitune.worker.ending import SearchEnded, end_in_handlers

if TYPE_CHECKING:
    from tuitune.worker.hooks import Hooks


class Recorded:
    """Comes before a tuner's own class: records, then does what the tuner does."""

    _tuitune: Hooks
    _tuitune_model: Any = None
    _tuitune_execution = -1

    def search(self, *args: Any, **kwargs: Any) -> None:
        hooks = self._tuitune
        hooks.stop_here()
        kwargs = hooks.begin_search(self, len(args), kwargs)
        hooks.is_searching = True
        super().search(*args, **kwargs)  # type: ignore[misc]
        hooks.is_searching = False
        hooks.end_search()
        if hooks.spec["kind"] == "relaunch":
            name = Path(hooks.spec["script"]).name
            print(f"tuitune: the search has ended; what {name} does behind search() is left out.", flush=True)
            end_in_handlers(hooks.leave)
            raise SearchEnded

    def on_trial_begin(self, trial: Any) -> None:
        self._tuitune_model, self._tuitune_execution = None, -1
        self._tuitune.begin_trial(self, trial)
        super().on_trial_begin(trial)  # type: ignore[misc]

    def on_trial_end(self, trial: Any) -> None:
        super().on_trial_end(trial)  # type: ignore[misc]
        self._tuitune_model = None
        self._tuitune.end_trial(self, trial)

    def on_epoch_end(self, trial: Any, model: Any, epoch: int, logs: Any = None) -> None:
        super().on_epoch_end(trial, model, epoch, logs=logs)  # type: ignore[misc]
        if model is not self._tuitune_model:  # each execution trains a model of its own
            self._tuitune_model = model
            self._tuitune_execution += 1
        self._tuitune.epoch(self, trial, model, self._tuitune_execution, epoch, logs)

    def on_batch_end(self, trial: Any, model: Any, batch: int, logs: Any = None) -> None:
        super().on_batch_end(trial, model, batch, logs)  # type: ignore[misc]
        self._tuitune.stop_here()


class Bystander:
    """Another tuner in the script of a relaunch: what it has found can be read, but it does not search."""

    _tuitune_candidate: Optional[Candidate] = None

    def search(self, *_args: Any, **_kwargs: Any) -> None:
        why = "this run is for another project"
        if self._tuitune_candidate is not None:
            self._tuitune_candidate.was_asked = True
            why = "another tuner of the script may fit better"
        print(f"tuitune: {self.project_dir} is not searched; {why}.", flush=True)  # type: ignore[attr-defined]


def become(tuner: Any, first: Type[Any], bases: List[Type[Any]]) -> None:
    """Give a tuner a class that does what `first` says, and else what `bases` do."""
    cls = type(tuner)
    tuner.__class__ = type(cls.__name__, (first, *bases), {"__module__": cls.__module__, "__doc__": cls.__doc__})
