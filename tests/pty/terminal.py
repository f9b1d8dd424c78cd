"""The real program in a real terminal: a pty, its keys, and what the screen shows (read by pyte)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pyte

PATIENCE_S = 60.0


class Terminal:
    """One program in one terminal, from its start to its end."""

    def __init__(self, arguments: list[str], cwd: Path, columns: int, lines: int) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._written = b""
        self._status: int | None = None
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONFAULTHANDLER": "1"}
        for name in ("COLUMNS", "LINES", "NO_COLOR"):
            environment.pop(name, None)
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:  # the child
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
                signal.signal(number, signal.SIG_DFL)  # who starts the tests in the background may have these ignored
            os.chdir(cwd)
            os.execve(sys.executable, [sys.executable, "-m", "tuitune", *arguments], environment)

    def press(self, keys: str) -> None:
        """Type `keys`, as a terminal sends them."""
        os.write(self._terminal, keys.encode())

    @property
    def text(self) -> str:
        """What the screen shows now."""
        self._drain(0.0)
        return "\n".join(self._screen.display)

    @property
    def cursor_shown(self) -> bool:
        """Whether the program left the cursor visible."""
        return not self._screen.cursor.hidden

    @property
    def on_main_screen(self) -> bool:
        """Whether the last switch was back from the alternate screen."""
        return self._written.rfind(b"\x1b[?1049l") > self._written.rfind(b"\x1b[?1049h") >= 0

    def wait_for(self, what: str | Callable[[str], bool]) -> str:
        """The screen once it shows `what`."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            shown = "\n".join(self._screen.display)
            if what in shown if isinstance(what, str) else what(shown):
                return shown
            assert time.monotonic() < deadline, f"{what} was never shown, but:\n{shown}"
            assert self._drain(0.1), f"{what} was not shown before the program ended:\n{shown}"

    def exit_status(self) -> int:
        """The exit status of the program, once it has ended; negative for a signal."""
        deadline = time.monotonic() + PATIENCE_S
        while self._status is None:
            assert time.monotonic() < deadline, f"it never ended:\n{self.text}\n{self._where_it_is()}"
            self._drain(0.05)
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self._status = os.waitstatus_to_exitcode(status)
        self._drain(0.0)
        return self._status

    def _where_it_is(self) -> str:
        """Ends a program that hangs; what each of its threads was doing."""
        written = len(self._written)
        os.kill(self.pid, signal.SIGABRT)
        self._drain(2.0)
        return self._written[written:].decode(errors="replace")

    def hang_up(self) -> int:
        """The connection is gone, as when the laptop closes; returns the exit status."""
        os.kill(self.pid, signal.SIGHUP)
        return self.exit_status()

    def close(self) -> None:
        """End the program if it has not ended."""
        if self._status is None:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        os.close(self._terminal)

    def _drain(self, patience_s: float) -> bool:
        """Take what the program has written; False when it has closed its end."""
        while select.select([self._terminal], [], [], patience_s)[0]:
            try:
                data = os.read(self._terminal, 65536)
            except OSError:  # how Linux tells the end of a pty
                return False
            if not data:
                return False
            self._written += data
            self._stream.feed(data)
            patience_s = 0.0
        return True


class Open(Protocol):
    """Runs `tuitune` with these arguments in a terminal of this size."""

    def __call__(self, *arguments: str | Path, columns: int = 120, lines: int = 40) -> Terminal: ...
