"""The process that keeps a search running when the terminal is gone.

It detaches into a session of its own, holds the run's lock while it lives, starts the workers, passes the
user's wishes on, and writes down how the run ended. Standard library only; it knows nothing of keras-tuner.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import tuitune
from tuitune import files
from tuitune.errors import describe_os_error
from tuitune.launch import protocol
from tuitune.launch.events import RunStatus, WorkerState, append_event
from tuitune.launch.keeper import keep
from tuitune.launch.keeping import Keeping
from tuitune.launch.process import CannotStartError, TrainingProcess
from tuitune.project import TUITUNE_FOLDER

_TICK_S = 0.2
_LAST_WORD_S = 600.0  # a full disk may get room, and only an end that is written down is no interruption
_SHELL_OF_A_PROJECT = {TUITUNE_FOLDER, "oracle.json", "tuner0.json"}


def main() -> None:
    """`supervisor RUN_DIR`: returns at once, with the lock held by the process left behind."""
    run_dir = Path(sys.argv[1])
    try:
        with files.held_lock(run_dir / protocol.LOCK):
            if os.fork():
                os._exit(0)  # the launcher waits for this one; the lock lives on in the child
            os.setsid()
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            Supervisor(run_dir).run()
    except BlockingIOError:
        sys.exit(f"{run_dir} is already supervised.")


class Supervisor:
    """Runs the workers of one run from their start to their end."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.spec = protocol.read_spec(run_dir)
        self._control = protocol.ControlReader(run_dir)
        self._was_told_to_end = False  # by SIGTERM
        self._stop_reason = ""  # why all are to end now; "" while they are not
        self._running: list[TrainingProcess] = []
        self._unsaid: list[tuple[str, dict[str, Any]]] = []
        self._keeping: Keeping | None = None
        self._codes: dict[int, int] = {}  # how each worker ended, also where that could not be written down

    def run(self) -> None:
        """Supervise until all workers have ended, then say how."""
        signal.signal(signal.SIGTERM, self._on_sigterm)
        self._say("started", supervisor_pid=os.getpid())
        try:
            self._keeping = keep(self.run_dir, self.spec)
        except OSError as error:
            where = error.filename or self.run_dir
            reason = f"what would put the parent back cannot be kept: {where}: {describe_os_error(error)}"
            self._finish("failed", reason)
            return
        lifeline, ours = os.pipe()  # the workers read: its end says that we died
        try:
            for worker in range(self.spec.get("workers", 1)):
                self._start(worker, lifeline)
        except CannotStartError as error:
            self._stop_reason = str(error)
            self._wait()
            self._put_back()
            self._finish("failed", str(error))
            return
        os.close(lifeline)
        self._wait()
        self._put_back()
        os.close(ours)
        self._finish(*(("stopped", self._stop_reason) if self._stop_reason else self._fold().verdict()))

    def _on_sigterm(self, *_: object) -> None:
        self._was_told_to_end = True

    def _start(self, worker: int, lifeline: int) -> None:
        process = TrainingProcess(self.run_dir, self.spec, worker, lifeline)
        self._running.append(process)
        self._say("worker_started", worker=worker, pid=process.pid)

    def _wait(self) -> None:
        """Until the last worker has ended; what the user asks for is done meanwhile."""
        while self._running:
            for process in list(self._running):
                code = process.wait(_TICK_S / len(self._running))
                if code is not None:
                    self._running.remove(process)
                    self._codes[process.worker] = code
                    self._say("worker_ended", worker=process.worker, code=code)
            if self._running:
                self._heed()

    def _heed(self) -> None:
        self._catch_up()
        if self._was_told_to_end:
            self._stop_reason = self._stop_reason or "the supervisor got SIGTERM"
        if any(control == protocol.Control(protocol.STOP_NOW) for control in self._control.new()):  # for all of the run
            self._stop_reason = self._stop_reason or "stopped by the user"
        if self._stop_reason:
            for process in self._running:
                process.stop()

    def _say(self, event: str, **fields: Any) -> None:
        """Write an event down; where there is no room, as soon as there is."""
        self._unsaid.append((event, {"time": time.time(), **fields}))
        self._catch_up()

    def _catch_up(self) -> None:
        with contextlib.suppress(OSError):
            while self._unsaid:
                event, fields = self._unsaid[0]
                append_event(self.run_dir, event, **fields)
                del self._unsaid[0]

    def _fold(self) -> RunStatus:
        status = RunStatus(self.run_dir.name, self.run_dir, self.spec, None)
        for event in files.each_line(self.run_dir / protocol.EVENTS):
            status.fold(event)
        stops = {control.action for control in protocol.ControlReader(self.run_dir).new()}
        status.stop_requested = protocol.STOP_AFTER_TRIAL if protocol.STOP_AFTER_TRIAL in stops else None
        for worker, code in self._codes.items():
            status.workers.setdefault(worker, WorkerState(worker)).code = code
        return status

    def _put_back(self) -> None:
        """The last look at the projects that the script was to leave alone; nobody writes there any more."""
        if self._keeping is None:
            return
        found = self._keeping.compare()
        self._keeping.drop(self.run_dir)
        if found.restored or found.lost:
            counts = {"restored": len(found.restored), "lost": len(found.lost)}
            self._say("put_back", says=found.sentence(self.spec["script"], self.run_dir), **counts)

    def _finish(self, state: str, reason: str) -> None:
        removed = state != "finished" and self._remove_empty_project()
        self._say("ended", state=state, reason=reason, project_removed=removed)
        deadline = time.monotonic() + _LAST_WORD_S
        while self._unsaid and time.monotonic() < deadline:
            time.sleep(_TICK_S)
            self._catch_up()

    def _remove_empty_project(self) -> bool:
        """Remove the new project where no trial was begun, so that a failure leaves nothing half made."""
        if self.spec.get("kind") != "relaunch":
            return False
        project = Path(self.spec["project"])
        try:
            if not {entry.name for entry in project.iterdir()} <= _SHELL_OF_A_PROJECT:
                return False
            shutil.rmtree(project)
        except OSError as error:
            print(f"{project} could not be removed: {error}", file=sys.stderr)  # noqa: T201 - goes to its log
            return False
        return True


def command(run_dir: Path) -> list[str]:
    """The command that starts the supervisor of `run_dir` with this interpreter.

    Not `-m`: that would let a file in the current directory stand in for a module of tuitune.
    """
    root = str(Path(tuitune.__file__).parent.parent)
    code = f"import sys; sys.path[0] = {root!r}; from tuitune.launch.supervisor import main; main()"
    return [sys.executable, "-c", code, str(run_dir)]


__all__: list[Any] = ["Supervisor", "command", "main"]
