"""One training process: its command, environment and log; the signals that it gets; how it ended.

Standard library only, and no knowledge of what is trained. It has a process group of its own, so that its children
end with it, and holds the reading end of a pipe: at the end of that pipe it knows that the supervisor is gone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import tuitune
from tuitune.errors import describe_os_error
from tuitune.launch import protocol
from tuitune.launch.environment import of_training

GRACE_S = 8.0  # from SIGTERM to SIGKILL


class CannotStartError(Exception):
    """The training process cannot be started; the text is a sentence for the user."""


class TrainingProcess:
    """Worker number `worker` of the run in `run_dir`, started when it is made.

    `lifeline`: the descriptor that the process is to watch. Raises CannotStartError.
    """

    def __init__(self, run_dir: Path, spec: dict[str, Any], worker: int, lifeline: int) -> None:
        self.worker = worker
        self._stopped_at: float | None = None
        try:
            with open(run_dir / protocol.worker_log(worker), "ab") as log:
                self._process = subprocess.Popen(
                    _command(spec, run_dir, lifeline, worker),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=spec["cwd"],
                    env=of_training(spec),
                    pass_fds=[lifeline],
                    start_new_session=True,
                )
        except OSError as error:
            where = error.filename or spec["python"]
            reason = f"the training cannot be started: {where}: {describe_os_error(error)}"
            raise CannotStartError(reason) from None

    @property
    def pid(self) -> int:
        """The process, which leads its group."""
        return self._process.pid

    def wait(self, patience_s: float) -> int | None:
        """Its exit status, negative for a signal; None where it has not ended within `patience_s`.

        What it left behind ends with it.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._process.wait(timeout=patience_s)
            self._signal(signal.SIGKILL)
            return code
        return None

    def stop(self) -> None:
        """Ask it to end: SIGTERM first, SIGKILL where that did nothing for GRACE_S. Called again until it has ended."""
        if self._stopped_at is None:
            self._stopped_at = time.monotonic()
            self._signal(signal.SIGTERM)
        elif time.monotonic() - self._stopped_at > GRACE_S:
            self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


def _command(spec: dict[str, Any], run_dir: Path, lifeline: int, worker: int) -> list[str]:
    script = Path(tuitune.__file__).parent / "worker" / "main.py"
    return [spec["python"], "-u", str(script), str(run_dir), str(lifeline), str(worker)]
