"""The runs on this machine: where they are kept, how each one stands, how to find and stop one."""

from __future__ import annotations

import contextlib
import copy
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuitune import files
from tuitune.errors import TuituneError
from tuitune.launch import protocol


def runs_root() -> Path:
    """The directory that holds one directory a run: `$XDG_STATE_HOME/tuitune/runs`."""
    from platformdirs import user_state_path

    return user_state_path("tuitune") / "runs"


@dataclass
class WorkerState:
    """What one worker is doing. `epoch` counts from 0; None before the first epoch ended."""

    id: int
    pid: int | None = None
    state: str = "starting"
    trial_id: str | None = None
    execution: int | None = None
    epoch: int | None = None


@dataclass
class RunStatus:
    """How a run stands. Times are seconds since 1970."""

    run: str
    directory: Path
    spec: dict[str, Any]
    project: Path | None
    state: str = "running"
    reason: str = ""
    done: int = 0
    planned: int | None = None
    started: float | None = None
    ended: float | None = None
    supervisor_pid: int | None = None
    best: float | None = None
    direction: str | None = None
    objective: str | None = None
    workers: dict[int, WorkerState] = field(default_factory=dict)
    trial_seconds: list[float] = field(default_factory=list)
    trial_since: float | None = None
    stop_requested: str | None = None  # what the user asked for and has not happened yet

    def snapshot(self) -> RunStatus:
        """A copy that later events do not change."""
        return copy.deepcopy(self)

    def eta_s(self, now: float | None = None) -> float | None:
        """Seconds until the planned trials are done, by the pace of the last ten; None where unknown."""
        if self.state != "running" or not self.planned or not self.trial_seconds:
            return None
        pace = sum(self.trial_seconds[-10:]) / len(self.trial_seconds[-10:])
        current = ((now or time.time()) - self.trial_since) if self.trial_since else 0.0
        return max(0.0, (self.planned - self.done) * pace - min(current, pace))

    def to_json(self) -> dict[str, Any]:
        """The JSON contract of `tuitune runs`."""
        return {
            "run": self.run,
            "project": None if self.project is None else str(self.project),
            "state": self.state,
            "reason": self.reason,
            "done": self.done,
            "planned": self.planned,
            "started": self.started,
            "ended": self.ended,
            "host": self.spec.get("host"),
            "supervisor_pid": self.supervisor_pid,
            "best": self.best,
            "eta_s": self.eta_s(),
            "workers": [
                {"id": w.id, "pid": w.pid, "state": w.state, "trial_id": w.trial_id, "epoch": w.epoch}
                for w in self.workers.values()
            ],
        }


class RunFollower:
    """Reads one run's events as they come; each `refresh` reads only what is new."""

    def __init__(self, directory: Path) -> None:
        spec = protocol.read_spec(directory)
        project = spec.get("project")
        self.status = RunStatus(
            run=directory.name,
            directory=directory,
            spec=spec,
            project=Path(project) if isinstance(project, str) else None,
            planned=spec.get("planned_trials"),
        )
        self._offset = 0

    def refresh(self) -> RunStatus:
        """The run as it stands now. It is one object, changed in place."""
        # The lock first: an end that is written between the two looks must not read as an interruption.
        alive = files.is_held(self.status.directory / protocol.LOCK)
        events, self._offset = files.read_lines(self.status.directory / protocol.EVENTS, self._offset)
        for event in events:
            self._apply(event)
        status = self.status
        if status.ended is None:
            status.state = "running" if alive else "interrupted"
            status.reason = "" if alive else "its supervisor is gone without a word: the machine or a person ended it"
            if not alive:
                for worker in status.workers.values():
                    worker.state = "gone"
        asked = (protocol.STOP_NOW, protocol.STOP_AFTER_TRIAL) if status.state == "running" else ()
        status.stop_requested = next((a for a in asked if protocol.is_requested(status.directory, a)), None)
        return status

    def _apply(self, event: dict[str, Any]) -> None:
        handler = getattr(self, f"_on_{event.get('event')}", None)
        if handler is not None:
            with contextlib.suppress(KeyError, TypeError, ValueError):  # an event of another release
                handler(event)

    def _worker(self, event: dict[str, Any]) -> WorkerState:
        number = int(event.get("worker", 0))
        return self.status.workers.setdefault(number, WorkerState(number))

    def _on_started(self, event: dict[str, Any]) -> None:
        self.status.started = event["time"]
        self.status.supervisor_pid = event.get("supervisor_pid")

    def _on_worker_started(self, event: dict[str, Any]) -> None:
        self._worker(event).pid = event.get("pid")

    def _on_project(self, event: dict[str, Any]) -> None:
        status = self.status
        project = Path(event["path"])
        # A script may search twice, and a search may go on with what it found before.
        status.done, status.trial_seconds = int(event.get("already") or 0), []
        best = event.get("best")
        status.best = float(best) if isinstance(best, (int, float)) else None
        if status.spec.get("kind") == "run":
            status.planned = status.spec.get("planned_trials") or event.get("planned")
        status.project = project
        status.objective, status.direction = event.get("objective"), event.get("direction")
        self._worker(event).state = "searching"

    def _on_trial_started(self, event: dict[str, Any]) -> None:
        worker = self._worker(event)
        worker.state, worker.trial_id, worker.epoch, worker.execution = (
            "training",
            event.get("trial_id"),
            None,
            None,
        )
        self.status.trial_since = event["time"]

    def _on_epoch(self, event: dict[str, Any]) -> None:
        worker = self._worker(event)
        worker.trial_id, worker.epoch = event.get("trial_id"), event.get("epoch")
        worker.execution = event.get("execution")

    def _on_trial_ended(self, event: dict[str, Any]) -> None:
        status = self.status
        if status.trial_since is not None:
            status.trial_seconds.append(event["time"] - status.trial_since)
        status.trial_since = None
        worker = self._worker(event)
        worker.state, worker.trial_id, worker.epoch = "searching", None, None
        if event.get("status") == "RETRY":
            return
        status.done += 1
        score = event.get("score")
        if isinstance(score, (int, float)) and score == score:
            better = max if status.direction == "max" else min
            status.best = float(score) if status.best is None else better(status.best, float(score))

    def _on_worker_ended(self, event: dict[str, Any]) -> None:
        self._worker(event).state = "ended"

    def _on_ended(self, event: dict[str, Any]) -> None:
        self.status.state, self.status.reason = event["state"], event.get("reason", "")
        self.status.ended = event["time"]


class RunBook:
    """All runs of this user on this machine; a refresh reads only what is new of those that have not ended."""

    def __init__(self) -> None:
        self._followers: dict[str, RunFollower] = {}

    def refresh(self) -> list[RunStatus]:
        """Every run, the newest first. Runs that cannot be read are left out. Raises TuituneError."""
        root = runs_root()
        try:
            with os.scandir(root) as entries:
                names = sorted((entry.name for entry in entries if entry.is_dir()), reverse=True)
        except FileNotFoundError:
            names = []
        except OSError as error:
            raise TuituneError("Cannot list runs", f"{root}: {files.describe_os_error(error)}.") from None
        followers: dict[str, RunFollower] = {}
        for name in names:
            try:
                follower = self._followers.get(name) or RunFollower(root / name)
                if follower.status.ended is None:
                    follower.refresh()
            except (files.UnreadableFile, KeyError, TypeError, ValueError):
                continue  # just being made, or not ours
            followers[name] = follower
        self._followers = followers
        return [follower.status for follower in followers.values()]


def known_runs() -> list[RunStatus]:
    """As `list_runs`; none where the directory of runs cannot be looked at, which reading a project can do without."""
    try:
        return list_runs()
    except TuituneError:
        return []


def list_runs() -> list[RunStatus]:
    """Every run of this user on this machine, the newest first."""
    return RunBook().refresh()


def find_run(text: str) -> RunStatus:
    """The run whose id is `text` or alone contains it, or whose project is at that path. Raises TuituneError."""
    runs = list_runs()
    matches = [run for run in runs if run.run == text]
    if not matches:
        matches = [run for run in runs if run.project is not None and _same_path(run.project, Path(text))][:1]
    if not matches and text:
        matches = [run for run in runs if text in run.run]
    if len(matches) == 1:
        return matches[0]
    if matches:
        names = ", ".join(run.run for run in matches[:5])
        raise TuituneError("Which run?", f"{text!r} fits {len(matches)} runs: {names}.", "Give more of its id.", 2)
    raise TuituneError("No such run", f"no run is called {text!r}.", "tuitune runs lists them.")


def run_of_project(path: Path, among: Iterable[RunStatus] | None = None) -> RunStatus | None:
    """The newest run that writes or wrote the project at `path`."""
    runs = known_runs() if among is None else among
    return next((run for run in runs if run.project is not None and _same_path(run.project, path)), None)


def is_running(path: Path) -> bool:
    """Whether a run that holds its lock writes the project at `path`."""
    run = run_of_project(path)
    return run is not None and run.state == "running"


def request_stop(run: RunStatus, after_trial: bool) -> None:
    """Ask a running run to stop, now or when the current trial has ended. Raises TuituneError."""
    if run.state != "running":
        raise TuituneError("Nothing to stop", f"run {run.run} is {run.state}: {run.reason or 'it has ended'}.")
    try:
        protocol.append_control(run.directory, protocol.STOP_AFTER_TRIAL if after_trial else protocol.STOP_NOW)
    except OSError as error:
        raise TuituneError("Cannot stop", f"{run.directory}: {files.describe_os_error(error)}.") from None


def log_path(run: RunStatus) -> Path:
    """What the training process printed."""
    return run.directory / protocol.worker_log(0)


def _same_path(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
