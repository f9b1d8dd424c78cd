"""Whether a trial trained the epochs that it was given: a model's own `fit()` may ignore them."""

from __future__ import annotations

import os
from typing import Any, Optional

from tuitune.launch.environment import cut_epochs


class EpochCheck:
    """Watches the epochs of one trial after the other. Epochs count from 0 where Keras counts them."""

    def __init__(self) -> None:
        self._last: Optional[int] = None
        self._stopped_early = False
        self._model: Any = None

    def begin(self) -> None:
        """A trial begins."""
        self._last, self._model, self._stopped_early = None, None, False

    def epoch(self, model: Any, epoch: int) -> None:
        """An epoch of one of its executions has ended."""
        if self._model is not model:
            self._look_whether_stopped()
            self._model = model
        self._look_whether_stopped()  # a second fit() of the same model forgets it
        self._last = epoch if self._last is None else max(self._last, epoch)

    def _look_whether_stopped(self) -> None:
        """EarlyStopping and its kind say so at the model; that is right, and no loop that ignores its epochs."""
        self._stopped_early |= bool(getattr(self._model, "stop_training", False))

    def complaint(self, trial_id: str, given: Optional[int]) -> str:
        """What is wrong with the epochs of the trial that ended, in a sentence; "" where nothing is.

        `given`: up to which epoch it was to train; None where the script decides that alone.
        """
        self._look_whether_stopped()
        if given is None:
            return ""
        given = cut_epochs(given, os.environ)
        why = "the model trains by a loop of its own"
        if self._last is None:
            return f"trial {trial_id} tells nothing of its epochs: {why}, and whether it heeds the epochs is not known"
        trained = self._last + 1
        if trained > given or (trained < given and not self._stopped_early):
            return f"trial {trial_id} was to train up to epoch {given} and trained up to {trained}: {why}"
        return ""
