"""What the processes of a run say to each other, all of it in files of the run directory.

Standard library only: launcher, supervisor and worker share it. Lines are JSON objects, written whole with
one append each, so that several writers can share a file and a reader needs nothing but an offset.

    spec.json        what to run; written once by the launcher
    events.jsonl     what happened; supervisor and workers append
    control.jsonl    what the user wants; the screen and the commands append
    lock             held (flock) by the supervisor for as long as it lives
    supervisor.log   worker-N.log: what they printed
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Dict

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


def append_event(run_dir: Path, event: str, **fields: Any) -> None:
    """Say that something happened: started, project, trial_started, epoch, trial_ended, failed, ended …"""
    files.append_line(run_dir / EVENTS, {"time": time.time(), "event": event, **fields})


def append_control(run_dir: Path, action: str) -> None:
    """Ask the run to do something: STOP_NOW or STOP_AFTER_TRIAL."""
    files.append_line(run_dir / CONTROL, {"time": time.time(), "action": action})


def is_requested(run_dir: Path, action: str) -> bool:
    """Whether the user has asked for `action`."""
    records, _ = files.read_lines(run_dir / CONTROL)
    return any(record.get("action") == action for record in records)


def read_spec(run_dir: Path) -> Dict[str, Any]:
    """The run's spec. Raises files.UnreadableFile."""
    return files.read_object(run_dir / SPEC)
