"""The process that keeps a search running when the terminal is gone.

It detaches into a session of its own, holds the run's lock while it lives, starts the worker, passes the
user's wishes on, and writes down how the run ended. Standard library only; it knows nothing of keras-tuner.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import tuitune
from tuitune import files
from tuitune.launch import protocol
from tuitune.project import TUITUNE_FOLDER

_TICK_S = 0.2
_GRACE_S = 8.0  # from the polite signal to the other one
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
    """Runs one worker from its start to its end."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.spec = protocol.read_spec(run_dir)
        self._stop_since: float | None = None
        self._terminated = False

    def run(self) -> None:
        """Supervise until the worker has ended, then say how."""
        signal.signal(signal.SIGTERM, self._on_sigterm)
        protocol.append_event(self.run_dir, "started", supervisor_pid=os.getpid())
        lifeline, ours = os.pipe()  # the worker reads: its end says that we died
        try:
            worker = self._start_worker(lifeline)
        except OSError as error:
            where = error.filename or self.spec["python"]
            reason = f"the training cannot be started: {where}: {files.describe_os_error(error)}"
            self._finish("failed", reason)
            return
        os.close(lifeline)
        protocol.append_event(self.run_dir, "worker_started", worker=0, pid=worker.pid)
        code = self._wait(worker)
        os.close(ours)
        protocol.append_event(self.run_dir, "worker_ended", worker=0, code=code)
        self._finish(*self._verdict(code))

    def _on_sigterm(self, *_: object) -> None:
        self._terminated = True

    def _start_worker(self, lifeline: int) -> subprocess.Popen[bytes]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("KERASTUNER_")}
        environment["PYTHONUNBUFFERED"] = "1"
        script = Path(tuitune.__file__).parent / "worker" / "main.py"
        with open(self.run_dir / protocol.worker_log(0), "ab") as log:
            return subprocess.Popen(
                [self.spec["python"], "-u", str(script), str(self.run_dir), str(lifeline)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.spec["cwd"],
                env=environment,
                pass_fds=[lifeline],
                start_new_session=True,  # a group of its own, so that its children can be ended with it
            )

    def _wait(self, worker: subprocess.Popen[bytes]) -> int:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = worker.wait(timeout=_TICK_S)
                _signal_group(worker.pid, signal.SIGKILL)  # whatever it left behind
                return code
            if self._stop_since is None:
                if self._terminated or protocol.is_requested(self.run_dir, protocol.STOP_NOW):
                    self._stop_since = time.monotonic()
                    _signal_group(worker.pid, signal.SIGTERM)
            elif time.monotonic() - self._stop_since > _GRACE_S:
                _signal_group(worker.pid, signal.SIGKILL)

    def _verdict(self, code: int) -> tuple[str, str]:
        """State and reason of the run, from the worker's exit status and its last words."""
        if self._stop_since is not None:
            return "stopped", "the supervisor was told to end" if self._terminated else "stopped by the user"
        events, _ = files.read_lines(self.run_dir / protocol.EVENTS)
        if code == protocol.WORKER_STOPPED:
            return "stopped", "stopped by the user after a trial"
        failures = [event for event in events if event.get("event") == "failed"]
        if code == protocol.WORKER_DONE and not failures:
            return "finished", "the search ended"
        if failures:
            return "failed", str(failures[-1].get("message", "unknown"))
        return "failed", _describe_exit(code)

    def _finish(self, state: str, reason: str) -> None:
        removed = state != "finished" and self._remove_empty_project()
        protocol.append_event(self.run_dir, "ended", state=state, reason=reason, project_removed=removed)

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


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _describe_exit(code: int) -> str:
    if code >= 0:
        return f"the training process ended with exit status {code}; its log says more"
    name = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else str(-code)
    hint = " (often the kernel, when memory runs out)" if -code == signal.SIGKILL else ""
    return f"the training process was killed by {name}{hint}"


def command(run_dir: Path) -> list[str]:
    """The command that starts the supervisor of `run_dir` with this interpreter.

    Not `-m`: that would let a file in the current directory stand in for a module of tuitune.
    """
    root = str(Path(tuitune.__file__).parent.parent)
    code = f"import sys; sys.path[0] = {root!r}; from tuitune.launch.supervisor import main; main()"
    return [sys.executable, "-c", code, str(run_dir)]


__all__: list[Any] = ["Supervisor", "command", "main"]
