"""The runs on this machine: where they are kept, how each one stands, how to find and stop one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import platformdirs

from tuitune import files
from tuitune.analysis.text import printable
from tuitune.errors import TuituneError, describe_os_error
from tuitune.launch import protocol
from tuitune.launch.events import RunStatus, WorkerState


def runs_root() -> Path:
    """The directory that holds one directory a run: `$XDG_STATE_HOME/tuitune/runs`."""
    return platformdirs.user_state_path("tuitune") / "runs"


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
        self._control = protocol.ControlReader(directory)
        self._asked: set[str] = set()

    def refresh(self) -> RunStatus:
        """The run as it stands now. It is one object, changed in place."""
        # The lock first: an end that is written between the two looks must not read as an interruption.
        alive = files.is_held(self.status.directory / protocol.LOCK)
        before = -1
        while before != self._offset:
            before = self._offset
            events, self._offset = files.read_lines(self.status.directory / protocol.EVENTS, before)
            for event in events:
                self.status.fold(event)
        status = self.status
        if status.ended is None:
            status.state = "running" if alive else "interrupted"
            status.reason = "" if alive else "its supervisor is gone without a word: the machine or a person ended it"
            if not alive:
                for worker in status.workers.values():
                    worker.state = "gone"
        self._asked |= {control.action for control in self._control.new()}
        stops = (protocol.STOP_NOW, protocol.STOP_AFTER_TRIAL) if status.state == "running" else ()
        status.stop_requested = next((action for action in stops if action in self._asked), None)
        return status


class RunBook:
    """All runs of this user on this machine; a refresh reads only what is new of those that have not ended."""

    def __init__(self) -> None:
        self._followers: dict[str, RunFollower] = {}
        self.problems: list[str] = []  # a sentence for each run that cannot be read

    def refresh(self) -> list[RunStatus]:
        """Every run, the newest first. Runs that cannot be read are left out. Raises TuituneError."""
        root = runs_root()
        try:
            with os.scandir(root) as entries:
                names = sorted((entry.name for entry in entries if entry.is_dir()), reverse=True)
        except FileNotFoundError:
            names = []
        except OSError as error:
            raise TuituneError("Cannot list runs", f"{root}: {describe_os_error(error)}.") from None
        followers: dict[str, RunFollower] = {}
        self.problems = []
        for name in names:
            try:
                follower = self._followers.get(name) or RunFollower(root / name)
                if follower.status.ended is None:
                    follower.refresh()
            except files.UnreadableFile as error:
                if os.path.exists(root / name / protocol.SPEC):  # else it is just being made, or is none
                    self.problems.append(f"{root / name / protocol.SPEC}: {error.problem}.")
                continue
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


def run_named(name: str) -> RunStatus | None:
    """The run whose id is `name`; None where there is none."""
    if not name or name != os.path.basename(name) or name.startswith(".") or "\0" in name:
        return None
    try:
        return RunFollower(runs_root() / name).refresh()
    except (files.UnreadableFile, KeyError, TypeError, ValueError):
        return None


def find_run(text: str) -> RunStatus:
    """The run whose id is `text` or alone contains it, or whose project is at that path. Raises TuituneError."""
    runs = list_runs()
    matches = [run for run in runs if run.run == text]
    if not matches:
        matches = [run for run in [run_of_project(Path(text), runs)] if run is not None]
    if not matches and text:
        matches = [run for run in runs if text in run.run]
    if len(matches) == 1:
        return matches[0]
    if matches:
        names = ", ".join(run.run for run in matches[:5])
        raise TuituneError("Which run?", f"{text!r} fits {len(matches)} runs: {names}.", "Give more of its id.", 2)
    raise TuituneError("No such run", f"no run is called {text!r}.", "tuitune runs lists them.")


def run_of_project(path: Path, among: Iterable[RunStatus] | None = None) -> RunStatus | None:
    """The newest run that writes or wrote the project at `path`, alone or among others."""
    runs = known_runs() if among is None else among
    return next((run for run in runs if any(_same_path(project, path) for project in run.projects)), None)


def is_running(path: Path) -> bool:
    """Whether a run that holds its lock writes the project at `path` now."""
    run = run_of_project(path)
    return run is not None and run.state == "running" and run.project is not None and _same_path(run.project, path)


def request_stop(run: RunStatus, after_trial: bool) -> None:
    """Ask a running run to stop, now or when the current trial has ended. Raises TuituneError."""
    if run.state != "running":
        raise TuituneError("Nothing to stop", f"run {run.run} is {run.state}: {run.reason or 'it has ended'}.")
    if is_held_up(run):
        hint = f"kill -CONT {run.supervisor_pid}, then stop it."
        raise TuituneError("Cannot stop", f"the supervisor of {run.run} is itself stopped, and hears nothing.", hint)
    try:
        action = protocol.STOP_AFTER_TRIAL if after_trial else protocol.STOP_NOW
        protocol.append_control(run.directory, protocol.Control(action))
    except OSError as error:
        raise TuituneError("Cannot stop", f"{run.directory}: {describe_os_error(error)}.") from None


def is_held_up(run: RunStatus) -> bool:
    """Whether the supervisor of a running run is stopped, by SIGSTOP or a debugger: then nobody hears a wish."""
    if run.state != "running" or run.supervisor_pid is None:
        return False
    try:
        fields = Path(f"/proc/{run.supervisor_pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return False
    return bool(fields) and fields[0] in ("T", "t")


def log_path(run: RunStatus, worker: int = 0) -> Path:
    """What a training process printed."""
    return run.directory / protocol.worker_log(worker)


def now_line(run: RunStatus) -> str:
    """What the run does at this moment, in words; of several workers, what each does."""
    if run.state != "running":
        return f"{run.state}: {printable(run.reason)}"
    if is_held_up(run):
        return f"held up: its supervisor is stopped (kill -CONT {run.supervisor_pid} lets it go on)"
    doing = [_doing(worker) for worker in run.workers.values()] or [_doing(WorkerState(0))]
    if len(doing) > 1:
        doing = [f"worker {number}: {words}" for number, words in zip(run.workers, doing, strict=True)]
    if run.stop_requested:
        doing.append("stopping now" if run.stop_requested == protocol.STOP_NOW else "will stop after this trial")
    return "; ".join(doing)


def _doing(worker: WorkerState) -> str:
    if worker.state == "starting":
        return "starting: the training Python loads"
    if worker.state in ("leaving", "ended"):
        return "its search has ended" if worker.state == "leaving" else "ended"
    if worker.trial_id is None:
        return "between two trials"
    words = f"trial {printable(worker.trial_id)}"
    words += " begins" if worker.epoch is None else f", epoch {worker.epoch + 1}"
    return f"{words}, execution {worker.execution + 1}" if worker.execution else words


def _same_path(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
