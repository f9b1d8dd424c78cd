"""What the worker writes down: events for the run, facts for the project, curves for each trial."""

from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path
from typing import Any, Dict, Optional

from tuitune import __version__, files
from tuitune.launch import protocol
from tuitune.launch.events import append_event
from tuitune.project.own import write_own

_EPOCH_EVENT_EVERY_S = 0.4  # the curves hold every epoch; the run's status needs only the latest
_FACT_UPWARDS = 5  # a path at most so many levels above the project is stored relative to it


class Report:
    """Writes the files of one worker. Paths among the facts are relative to the project where they are near."""

    def __init__(self, run_dir: Path, spec: Dict[str, Any], worker: int) -> None:
        self.worker = worker
        self._run_dir = run_dir
        self._spec = spec
        self._control = protocol.ControlReader(run_dir, worker)
        self._stops_after_trial = False
        self._last_epoch_event = 0.0

    def event(self, event: str, **fields: Any) -> None:
        """Append an event; a full disk must not end the search."""
        try:
            append_event(self._run_dir, event, worker=self.worker, **fields)
        except OSError as error:
            print(f"tuitune: {self._run_dir}: {error}", file=sys.stderr)

    def put_back(self, says: str, restored: int, lost: int) -> None:
        """Files of other projects were taken, and what became of them."""
        print(f"tuitune: {says}.", file=sys.stderr, flush=True)
        try:
            append_event(self._run_dir, "put_back", says=says, restored=restored, lost=lost)
        except OSError as error:
            print(f"tuitune: {self._run_dir}: {error}", file=sys.stderr)

    def warned(self, says: str) -> None:
        """Tell the user something; the search goes on."""
        print(f"tuitune: {says}.", file=sys.stderr, flush=True)
        try:
            append_event(self._run_dir, "warned", says=says)
        except OSError as error:
            print(f"tuitune: {self._run_dir}: {error}", file=sys.stderr)

    def failed(self, title: str, message: str) -> None:
        """The run cannot go on; the sentence is for the user."""
        print(f"tuitune: {title}: {message}", file=sys.stderr, flush=True)
        self.event("failed", title=title, message=message)

    def stop_after_trial_requested(self) -> bool:
        """Whether the user asked to stop when the current trial has ended."""
        asked = [control.action for control in self._control.new()]
        self._stops_after_trial |= protocol.STOP_AFTER_TRIAL in asked
        return self._stops_after_trial

    def epoch(self, trial_dir: Path, trial_id: str, execution: int, epoch: int, logs: Dict[str, Any]) -> None:
        """Record one epoch's metrics in the trial's epochs.jsonl.

        Args:
            trial_dir: the directory of the trial.
            trial_id: as keras-tuner names it.
            execution, epoch: both counted from 0.
            logs: the metrics of the epoch, as Keras gives them; what is no number is left out.
        """
        numbers = {name: number for name, value in logs.items() if (number := _number(value)) is not None}
        line = {"execution": execution, "epoch": int(epoch), "time": time.time(), "logs": numbers}
        try:
            files.append_line(trial_dir / "epochs.jsonl", line)
        except OSError as error:
            print(f"tuitune: {trial_dir}: {error}", file=sys.stderr)
        if time.monotonic() - self._last_epoch_event >= _EPOCH_EVENT_EVERY_S:
            self._last_epoch_event = time.monotonic()
            self.event("epoch", trial_id=trial_id, execution=execution, epoch=int(epoch))

    def forget_epochs(self, trial_dir: Path) -> None:
        """A trial that begins again begins its curves again."""
        try:
            (trial_dir / "epochs.jsonl").unlink()
        except FileNotFoundError:
            pass
        except OSError as error:
            print(f"tuitune: {trial_dir}: {error}", file=sys.stderr)

    def facts(self, project: Path, found: Dict[str, Any]) -> None:
        """Write the facts that keras-tuner does not keep."""
        facts = {
            "tuitune": __version__,
            "run": self._run_dir.name,
            **found,
            "script": portable_path(self._spec["script"], project),
            "argv": self._spec["argv"],
            "cwd": portable_path(self._spec["cwd"], project),
            "python": portable_path(sys.executable, project),
            "environment": self._spec.get("environment"),
            "backend": backend(),
            "versions": _versions(),
        }
        try:
            write_own(project, "facts.json", facts)
        except OSError as error:
            print(f"tuitune: {project}: {error}", file=sys.stderr)


def portable_path(path: str, project: Path) -> str:
    """`path` relative to the project where it is near, so that both can move together; else absolute."""
    relative = os.path.relpath(path, os.path.realpath(str(project)))
    return relative if relative.count("..") <= _FACT_UPWARDS else str(path)


def _number(value: Any) -> Optional[float]:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def backend() -> Optional[str]:
    """What Keras calculates with; None where it does not tell."""
    keras = sys.modules.get("keras")
    try:
        found = keras.backend.backend()  # type: ignore[union-attr]
    except AttributeError:
        found = "tensorflow" if "tensorflow" in sys.modules else None
    return found if isinstance(found, str) else None


def _versions() -> Dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in ("keras_tuner", "keras", "tensorflow", "jax", "torch"):
        version = getattr(sys.modules.get(name), "__version__", None)
        if isinstance(version, str):
            versions[name] = version
    return versions
