"""Waits for runs and processes, and ends what a test left running."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from tuitune import files
from tuitune.launch import protocol
from tuitune.launch.events import RunStatus
from tuitune.launch.runs import RunFollower

PATIENCE_S = 60.0


def eventually(what: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """What `what` answers once that is true. Fails after a generous while."""
    deadline = time.monotonic() + patience_s
    while not (answer := what()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)
    return answer


def is_gone(pid: int) -> bool:
    """Whether the process has ended; one that nobody has buried yet has."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def number_in(path: Path) -> int:
    """The number that a small program writes to `path`, once it has."""
    return int(eventually(lambda: path.is_file() and path.read_text().strip()))


def state_of(run_dir: Path) -> RunStatus:
    """How a run stands."""
    return RunFollower(run_dir).refresh()


def ended(run_dir: Path) -> RunStatus:
    """The run once it does not run any more."""
    return eventually(lambda: (status := state_of(run_dir)).state != "running" and status)  # type: ignore[no-any-return]


class Launch(Protocol):
    """Starts a run whose training Python is a shell script; `$3` is the run directory there."""

    def __call__(self, shell: str, kind: str = "relaunch", **spec: Any) -> Path: ...


def end_processes(run_dir: Path) -> None:
    """End what a run has left running: by the pids that its own supervisor wrote down."""
    if not files.is_held(run_dir / protocol.LOCK):
        return
    for event in files.read_lines(run_dir / protocol.EVENTS)[0]:
        if event["event"] == "worker_started":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(event["pid"], signal.SIGKILL)
    eventually(lambda: not files.is_held(run_dir / protocol.LOCK))


def event(name: str, at: float = 1000.0, **fields: Any) -> dict[str, Any]:
    """One line of events.jsonl."""
    return {"time": at, "event": name, **fields}
