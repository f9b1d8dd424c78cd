"""What the processes of a run say to each other, all of it in files of the run directory.

Standard library only: launcher, supervisor and worker share it. Lines are JSON objects, written whole with
one append each, so that several writers can share a file and a reader needs nothing but an offset.

    spec.json        what to run; written once by the launcher
    events.jsonl     what happened; supervisor and workers append (events.py lists them)
    control.jsonl    what the user wants; the screen and the commands append
    lock             held (flock) by the supervisor for as long as it lives
    supervisor.log   worker-N.log: what they printed
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

from tuitune import files

SPEC = "spec.json"
ROUND = "round.json"  # in the .tuitune of a round: the spec that it was started with, to go on from
EVENTS = "events.jsonl"
CONTROL = "control.jsonl"
LOCK = "lock"
SUPERVISOR_LOG = "supervisor.log"

STOP_NOW = "stop"
STOP_AFTER_TRIAL = "stop_after_trial"

ALGORITHMS = ("bayesian", "hyperband", "random", "grid")

# Exit statuses of a worker.
WORKER_DONE, WORKER_FAILED, WORKER_STOPPED = 0, 1, 4


def worker_log(worker: int) -> str:
    """Name of the file that holds what a worker printed."""
    return f"worker-{worker}.log"


class Control(NamedTuple):
    """One wish of the user's, and whom it is for: a worker, a trial; None where it is for all of the run."""

    action: str
    worker: Optional[int] = None
    trial: Optional[str] = None


def append_control(run_dir: Path, control: Control) -> None:
    """Ask the run for something. Raises OSError."""
    target = {"run": run_dir.name, "worker": control.worker, "trial": control.trial}
    files.append_line(run_dir / CONTROL, {"time": time.time(), "action": control.action, **target})


class ControlReader:
    """Reads what the user wants of a run, each wish once. `worker`: only what is for that one, or for all."""

    def __init__(self, run_dir: Path, worker: Optional[int] = None) -> None:
        self._run_dir = run_dir
        self._worker = worker
        self._offset = 0

    def new(self) -> List[Control]:
        """What was asked for since the last call."""
        found = []
        records, self._offset = files.read_lines(self._run_dir / CONTROL, self._offset)
        for record in records:
            action, worker, trial = record.get("action"), record.get("worker"), record.get("trial")
            is_mine = record.get("run") in (None, self._run_dir.name)  # a release without targets wrote none
            is_for_us = self._worker is None or worker is None or worker == self._worker
            if isinstance(action, str) and is_mine and is_for_us:
                number = worker if isinstance(worker, int) else None
                found.append(Control(action, number, trial if isinstance(trial, str) else None))
        return found


_TEXTS = ("run", "kind", "host", "python", "script", "cwd", "project", "parent", "resume", "algorithm", "plays")
_COUNTS = ("planned_trials", "planned_epochs", "max_epochs", "epochs", "trial_epochs", "parent_epochs", "workers")


def read_spec(run_dir: Path) -> Dict[str, Any]:
    """The run's spec. Raises files.UnreadableFile, also where it holds what no release writes."""
    spec = files.read_object(run_dir / SPEC, files.MOST_NOTE_BYTES)
    argv = spec.get("argv", [])
    texts = {name: spec[name] for name in _TEXTS if spec.get(name) is not None}
    texts.update(("argv", item) for item in (argv if isinstance(argv, list) else [argv]))
    bad = [name for name, value in texts.items() if not is_system_text(value)]
    bad += [name for name in _COUNTS if not isinstance(spec.get(name), (int, type(None)))]
    if bad:
        raise files.UnreadableFile(f"its {bad[0]} cannot be what a run was started with: not tuitune's")
    return spec


def is_system_text(value: object) -> bool:
    """Whether the system can take `value` for a path or an argument: a text without a null byte."""
    try:
        return isinstance(value, str) and b"\0" not in os.fsencode(value)
    except ValueError:  # half a character
        return False
