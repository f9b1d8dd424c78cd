"""The events of a run, and how the run stands, folded from them worker by worker.

Standard library only: the supervisor and the workers write them, the screen and the commands fold them. A new event
is an entry of `EVENTS`, a method `_on_<event>` of `RunStatus`, and whoever appends it.
"""

from __future__ import annotations

import contextlib
import copy
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from tuitune import files
from tuitune.launch import protocol

_BEGINNINGS = frozenset({"worker_started", "project", "trial_started"})  # of a worker's life
_LARGEST = 1e15  # of a count or a time; more is damage
_MOST_WARNINGS = 20
_PACE_OF = 10  # the last trials, by which the time to go is told


class Event(NamedTuple):
    """What an event says, and its fields with their meaning. `of_worker`: it has the number of a worker, too."""

    says: str
    fields: Mapping[str, str]
    of_worker: bool = True


EVENTS: dict[str, Event] = {
    "started": Event("the supervisor lives", {"supervisor_pid": "its process"}, of_worker=False),
    "worker_started": Event("a training process was started, or started again", {"pid": "the process"}),
    "project": Event(
        "the script begins to search a project, or goes on with one",
        {
            "path": "of the project",
            "objective": "its name",
            "direction": "min or max",
            "planned": "trials in all; null where that is not bounded",
            "already": "trials that had ended before",
            "best": "the best score among these, or null",
        },
    ),
    "trial_started": Event("a trial begins, or begins again", {"trial_id": "as keras-tuner names it"}),
    "epoch": Event(
        "an epoch has ended; not every one is told",
        {"trial_id": "of the trial", "execution": "counted from 0", "epoch": "counted from 0"},
    ),
    "trial_ended": Event(
        "a trial was judged",
        {"trial_id": "of the trial", "status": "keras-tuner's; RETRY where it is tried again", "score": "or null"},
    ),
    "search_ended": Event("search() has returned; the rest of the script may go on", {}),
    "put_back": Event(
        "the script took something from projects that it was to leave alone",
        {"restored": "files that are there again", "lost": "files that are not", "says": "a sentence"},
        of_worker=False,
    ),
    "warned": Event("something that the user should know; the search goes on", {"says": "a sentence"}, of_worker=False),
    "failed": Event("the worker cannot go on", {"title": "a few words", "message": "a sentence"}),
    "worker_ended": Event("a training process has ended", {"code": "exit status; negative: the signal"}),
    "ended": Event(
        "the run is over",
        {"state": "finished, stopped or failed", "reason": "a sentence", "project_removed": "it was left empty"},
        of_worker=False,
    ),
}


def append_event(run_dir: Path, event: str, worker: int | None = None, **fields: Any) -> None:
    """Say that something happened, now or at `time`. Raises OSError; KeyError for no event, or no field of it."""
    known = EVENTS[event]
    unknown = [name for name in fields if name not in known.fields and name != "time"]
    if unknown or known.of_worker != (worker is not None):
        raise KeyError(f"{event}: {', '.join(unknown) or 'worker'}")
    own = {} if worker is None else {"worker": worker}
    files.append_line(run_dir / protocol.EVENTS, {"time": time.time(), "event": event, **own, **fields})


@dataclass
class WorkerState:
    """What one worker is doing. `epoch` counts from 0; None before the first epoch ended.

    `state`: starting, searching (between two trials), training, leaving (its search has ended), ended, gone.
    `code` and `failure` are of its present life: a process that is started again begins without them.
    """

    id: int
    pid: int | None = None
    state: str = "starting"
    trial_id: str | None = None
    execution: int | None = None
    epoch: int | None = None
    trial_since: float | None = None
    project: str | None = None  # that it said to search, in its present life
    failure: str | None = None
    code: int | None = None

    @property
    def is_at_work(self) -> bool:
        """Whether it has trials to expect."""
        return self.state in ("searching", "training")


@dataclass
class RunStatus:
    """How a run stands. Times are seconds since 1970."""

    run: str
    directory: Path
    spec: dict[str, Any]
    project: Path | None  # that is searched now, or was last
    state: str = "running"
    reason: str = ""
    done: int = 0
    failed: int = 0  # of these
    planned: int | None = None
    started: float | None = None
    ended: float | None = None
    supervisor_pid: int | None = None
    best: float | None = None
    direction: str | None = None
    objective: str | None = None
    workers: dict[int, WorkerState] = field(default_factory=dict)
    trial_seconds: list[float] = field(default_factory=list)  # of all workers' trials, as they ended
    stop_requested: str | None = None  # what the user asked for and has not happened yet
    put_back: str = ""  # what the script took from other projects, and what became of it
    warnings: list[str] = field(default_factory=list)  # what the user should know, each once
    searching: str | None = None  # the project of the present search, as it was announced
    projects: list[Path] = field(default_factory=list)  # all that were searched, in the order of their first search

    def __post_init__(self) -> None:
        if self.project is not None and not self.projects:
            self.projects.append(self.project)

    def snapshot(self) -> RunStatus:
        """A copy that later events do not change."""
        return copy.deepcopy(self)

    def eta_s(self, now: float | None = None) -> float | None:
        """Seconds until the planned trials are done, by the pace of the last ten; None where unknown.

        Workers share what is left, and have a part of their present trials behind them.
        """
        if self.state != "running" or not self.planned or not self.trial_seconds:
            return None
        recent = self.trial_seconds[-_PACE_OF:]
        pace = sum(recent) / len(recent)
        moment = now or time.time()
        begun = [worker.trial_since for worker in self.workers.values() if worker.trial_since]
        behind = sum(min(max(0.0, moment - since), pace) for since in begun)
        at_work = sum(worker.is_at_work for worker in self.workers.values())
        return max(0.0, (self.planned - self.done) * pace - behind) / max(1, at_work)

    def to_json(self) -> dict[str, Any]:
        """The JSON contract of `tuitune runs`."""
        return {
            "run": self.run,
            "project": None if self.project is None else str(self.project),
            "projects": [str(path) for path in self.projects],
            "state": self.state,
            "reason": self.reason,
            "warnings": list(self.warnings),
            "done": self.done,
            "failed": self.failed,
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

    # ----------------------------------------------------------------------------------------------- the fold

    def fold(self, event: Mapping[str, Any]) -> None:
        """Take one event. What another release wrote, or a hand, changes nothing."""
        name = event.get("event")
        handler = getattr(self, f"_on_{name}", None) if isinstance(name, str) and name in EVENTS else None
        if handler is not None and _is_of_kind("worker", event.get("worker", 0)):
            with contextlib.suppress(KeyError, TypeError, ValueError):
                handler({field: value for field, value in event.items() if _is_of_kind(field, value)})

    def _worker(self, event: Mapping[str, Any]) -> WorkerState:
        """The worker of an event. A beginning after its end begins another life: nothing of the old one counts.

        A process may begin before the supervisor has written down that it was started.
        """
        number = int(event.get("worker", 0))
        worker = self.workers.get(number)
        if worker is None or (worker.code is not None and event["event"] in _BEGINNINGS):
            self.workers[number] = WorkerState(number)
        return self.workers[number]

    def _on_started(self, event: Mapping[str, Any]) -> None:
        self.started = event["time"]
        self.supervisor_pid = event.get("supervisor_pid")

    def _on_worker_started(self, event: Mapping[str, Any]) -> None:
        self._worker(event).pid = event.get("pid")

    def _on_project(self, event: Mapping[str, Any]) -> None:
        worker, path = self._worker(event), str(event["path"])
        already, best = int(event.get("already") or 0), _number(event.get("best"))
        # A worker that joins, or was started again, goes on with the search that is known. One that announces a
        # project once more begins another search: a script may search twice.
        is_joining = path == self.searching and worker.project is None
        worker.project, worker.state = path, "searching"
        self.objective, self.direction = event.get("objective"), event.get("direction")
        if is_joining:
            self.done = max(self.done, already)
            self._take_score(best)
        else:
            self.done, self.failed, self.best, self.trial_seconds = already, 0, best, []
        self.project, self.searching = Path(path), path
        if self.project not in self.projects:
            self.projects.append(self.project)
        if self.spec.get("kind") == "run":
            self.planned = (
                self.spec.get("planned_trials") or event.get("planned") or (self.planned if is_joining else None)
            )

    def _on_trial_started(self, event: Mapping[str, Any]) -> None:
        worker = self._worker(event)
        worker.state, worker.trial_since = "training", event["time"]
        worker.trial_id, worker.epoch, worker.execution = event.get("trial_id"), None, None

    def _on_epoch(self, event: Mapping[str, Any]) -> None:
        worker = self._worker(event)
        worker.trial_id, worker.epoch = event.get("trial_id"), event.get("epoch")
        worker.execution = event.get("execution")

    def _on_trial_ended(self, event: Mapping[str, Any]) -> None:
        worker = self._worker(event)
        since, worker.trial_since = worker.trial_since, None
        worker.state, worker.trial_id, worker.epoch = "searching", None, None
        if worker.project not in (None, self.searching):
            return  # of a search that is over
        if since is not None:
            self.trial_seconds.append(event["time"] - since)
        if event.get("status") == "RETRY":
            return
        self.done += 1
        self.failed += event.get("status") in ("FAILED", "INVALID")
        self._take_score(_number(event.get("score")))

    def _take_score(self, score: float | None) -> None:
        if score is not None:
            better = max if self.direction == "max" else min
            self.best = score if self.best is None else better(self.best, score)

    def _on_search_ended(self, event: Mapping[str, Any]) -> None:
        self._worker(event).state = "leaving"

    def _on_put_back(self, event: Mapping[str, Any]) -> None:
        self.put_back = str(event["says"])

    def _on_warned(self, event: Mapping[str, Any]) -> None:
        if event["says"] not in self.warnings and len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(event["says"])

    def _on_failed(self, event: Mapping[str, Any]) -> None:
        self._worker(event).failure = str(event.get("message", "unknown"))

    def _on_worker_ended(self, event: Mapping[str, Any]) -> None:
        worker = self._worker(event)
        worker.state, worker.code, worker.trial_since = "ended", event.get("code"), None

    def _on_ended(self, event: Mapping[str, Any]) -> None:
        self.state, self.reason = event["state"], event.get("reason", "")
        self.ended = event["time"]

    def _finished(self, named: list[str]) -> tuple[str, str]:
        """State and reason where the search came to its end; without a single trial that finished it is no success."""
        count = f"{self.failed} of {self.done} trials failed" if self.done > 1 else "its only trial failed"
        says = ["the search ended", *([count] if self.failed else []), *named, *filter(None, [self.put_back])]
        if self.best is None and self.failed and self.failed == self.done:
            return "failed", "; ".join(["no trial finished: the log and the trials say why", *says[1:]])
        return "finished", "; ".join(says)

    def verdict(self) -> tuple[str, str]:
        """State and reason of a run whose workers have all ended, by the last life of each.

        Where one of them came to the end of the search, the search has ended, whatever became of the others.
        """
        workers = sorted(self.workers.values(), key=lambda worker: worker.id)
        if any(worker.code == protocol.WORKER_STOPPED for worker in workers):
            if self.stop_requested == protocol.STOP_AFTER_TRIAL:
                return "stopped", "stopped by the user after a trial"
            return "stopped", "the training process got SIGTERM, and not from tuitune"
        failures = {worker.id: why for worker in workers if (why := _why_failed(worker))}
        named = [why if len(workers) == 1 else f"worker {number}: {why}" for number, why in failures.items()]
        if len(failures) < len(workers):
            return self._finished(named)
        return "failed", "; ".join([*named, *filter(None, [self.put_back])]) or "no training process was started"


_TEXTS = frozenset({"event", "objective", "direction", "trial_id", "status", "message", "title", "says", "reason"})
_COUNTS = frozenset({"worker", "supervisor_pid", "pid", "planned", "already", "execution", "epoch", "code"})


def _is_of_kind(field: str, value: Any) -> bool:
    """Whether a field of an event holds what that field can hold; else it counts as missing."""
    if field in _TEXTS:
        return isinstance(value, str)
    if field == "path":
        return protocol.is_system_text(value)
    if field == "state":
        return value in ("finished", "stopped", "failed")
    if field == "time" or field in _COUNTS:
        kinds = (int, float) if field == "time" else (int,)
        return isinstance(value, kinds) and not isinstance(value, bool) and abs(value) < _LARGEST
    return True


def _why_failed(worker: WorkerState) -> str:
    """Why the last life of a worker was no success; "" where it was one."""
    if worker.failure is not None:
        return worker.failure
    return "" if worker.code == protocol.WORKER_DONE else describe_exit(worker.code)


def describe_exit(code: int | None) -> str:
    """What an exit status tells of a training process; a negative one is that of a signal."""
    if code is None:
        return "the training process is gone without a word"
    if code >= 0:
        return f"the training process ended with exit status {code}; its log says more"
    name = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else str(-code)
    hint = " (often the kernel, when memory runs out)" if -code == signal.SIGKILL else ""
    return f"the training process was killed by {name}{hint}"


def _number(value: Any) -> float | None:
    """A finite or infinite score; None for what is none, NaN included."""
    return float(value) if isinstance(value, (int, float)) and value == value else None
