"""The terminal driver for slow lines: sends only what changed, and only the newest state once the line is free."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from types import FrameType
from typing import IO, Any

from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.message import Message

from tuitune.ui.terminal.shadow import Shadow

MAX_WAITING = 30


class Output(threading.Thread):
    """Writes to the terminal what its shadow says, each time after the write before has gone through.

    What comes in the meantime only changes the shadow, so a slow line is never more than one difference behind.
    """

    def __init__(self, file: IO[str], width: int, height: int) -> None:
        super().__init__(daemon=True, name="tuitune-output")
        self._file = file
        self._shadow = Shadow(width, height)
        self._changed = threading.Condition()
        self._fresh = self._ended = False
        self._sizes: deque[tuple[int, int]] = deque()

    def resize(self, size: tuple[int, int] | None) -> None:
        """The terminal's size may be new. Comes from signal handlers too, where no lock may be taken."""
        if size is not None:
            self._sizes.append(size)

    def feed(self, data: str) -> None:
        """Take what the app writes; waits only where many writes wait that cannot be merged."""
        with self._changed:
            if self._ended:
                return
            self._take_sizes()
            self._shadow.feed(data)
            self._fresh = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._ended or self._shadow.waiting <= MAX_WAITING)

    def stop(self) -> None:
        """Write what is left, then end. What is fed later goes nowhere."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self.join()

    def run(self) -> None:
        """Write until it is stopped, or the terminal is gone."""
        ended = asked = False
        while not ended:
            with self._changed:
                self._changed.wait_for(lambda: self._fresh or self._ended)
                ended, self._fresh = self._ended, False
                self._take_sizes()
                text = self._shadow.take(last=ended)
                self._changed.notify_all()
            try:
                if text:
                    self._file.write(text)
                    self._file.flush()
                if not asked:  # behind the first write, which nothing should hold up
                    asked, self._shadow.erases_colored = True, _erases_colored(self._file)
            except (OSError, ValueError):  # hung up, or closed: nobody is there to tell
                with self._changed:
                    ended = self._ended = True
                    self._changed.notify_all()

    def _take_sizes(self) -> None:
        while self._sizes:
            self._shadow.resize(*self._sizes.popleft())


class DiffDriver(LinuxDriver):
    """The stock driver, but what it writes to a terminal goes through its shadow."""

    _output: Output | None = None
    _feeding = False

    def write(self, data: str) -> None:
        """Take what the app writes."""
        if self._output is None:
            super().write(data)
            return
        mine = threading.current_thread() is threading.main_thread()
        self._feeding = self._feeding or mine
        try:
            self._output.feed(data)
        finally:
            if mine:
                self._feeding = False

    def start_application_mode(self) -> None:
        """Start with a terminal of which nothing is known. Without one, and inline, all is written as it comes."""
        size, file = self._screen_size(), self._file
        if self._output is not None:
            self._output.stop()
        self._output = None
        if file is not None and size is not None and not self.is_inline:
            self._output = Output(file, *size)
            self._output.start()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._output is not None:
            self._watch_size(self._output)

    def process_message(self, message: Message) -> None:
        """Sizes that come as keys do are sizes too."""
        if isinstance(message, Resize) and self._output is not None:
            self._output.resize((message.size.width, message.size.height))
        super().process_message(message)

    def close(self) -> None:
        """Write what is left; the app's writes until the next start go nowhere."""
        if self._output is not None:
            self._output.stop()
        super().close()

    def _screen_size(self) -> tuple[int, int] | None:
        """Columns and lines of the terminal that is written to; None where it is none."""
        if self._file is None:
            return None
        try:
            size = os.get_terminal_size(self._file.fileno())
        except (OSError, ValueError):
            return None
        return (size.columns, size.lines) if size.columns > 1 and size.lines > 1 else None

    def _watch_size(self, output: Output) -> None:
        """Let the shadow know of each new size before the app does."""
        app_handler = signal.getsignal(signal.SIGWINCH)

        def on_resize(number: int, frame: FrameType | None) -> None:
            output.resize(self._screen_size())
            if callable(app_handler):
                app_handler(number, frame)

        signal.signal(signal.SIGWINCH, on_resize)
        output.resize(self._screen_size())  # it may have changed before anyone watched

    def _sigtstp_application(self, *arguments: Any) -> None:
        """A stop signal that falls into a write waits for its end: stopping writes, too."""
        if self._feeding:
            self._loop.call_soon_threadsafe(super()._sigtstp_application, *arguments)
        else:
            super()._sigtstp_application(*arguments)


def _erases_colored(file: IO[str]) -> bool:
    """Whether the terminal's own description says that it erases in the background colour of the moment."""
    import curses

    try:
        curses.setupterm(fd=file.fileno())
        return curses.tigetflag("bce") == 1
    except (curses.error, OSError, ValueError):  # no TERM, or one that nobody has described
        return False
