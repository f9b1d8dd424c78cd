"""What the benchmarks run beside tuitune: minimal Textual programs, started in a pty of 120x40."""

from __future__ import annotations

import compileall
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
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    ENABLE_COMMAND_PALETTE = False
    def compose(self):
        yield Static("hello frame")
Hello().run()
"""
# Textual's own table with the cells that tuitune's shows of the project in argv[1].
DATATABLE = """
import sys
from pathlib import Path
from textual.app import App
from textual.widgets import DataTable
from tuitune.analysis.columns import build_columns, default_visible
from tuitune.analysis.text import cell
from tuitune.project.keras_tuner.reader import ProjectReader
table = build_columns(ProjectReader(Path(sys.argv[1])).read())
names = default_visible(table)
class Stock(App):
    ENABLE_COMMAND_PALETTE = False
    def compose(self):
        yield DataTable(cursor_type="row")
    def on_mount(self):
        shown = self.query_one(DataTable)
        shown.add_columns(*names)
        columns = [table.columns[name].values for name in names]
        for row in range(len(table)):
            shown.add_row(*(cell(column[row]) for column in columns))
        shown.focus()
app = Stock()
if __name__ == "__main__":
    app.run()
"""
TUITUNE = "from tuitune.cli import main; main()"


def compile_all() -> None:
    """Compile what is imported, or every start measures the compiler."""
    for package in ("textual", "rich", "msgspec", "markdown_it", "pygments", "platformdirs", "click"):
        compileall.compile_dir(str(Path(__import__(package).__file__ or "").parent), quiet=2, workers=0)
    compileall.compile_dir(str(REPOSITORY / "tuitune"), quiet=2)


class Program:
    """One program in a pty. Its output is read no faster than `bytes_per_s`, as over a slow line."""

    def __init__(self, arguments: list[str], bytes_per_s: float = float("inf")) -> None:
        self._rate = bytes_per_s
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", PYTHONDONTWRITEBYTECODE="")
            os.chdir(REPOSITORY)
            os.execv(sys.executable, [sys.executable, *arguments])
        self.began = time.perf_counter()
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def press(self, keys: str) -> None:
        """Type keys."""
        os.write(self._terminal, keys.encode())

    def read(self, silence_s: float, most_s: float = 60.0) -> list[tuple[float, bytes]]:
        """What it writes, with the seconds since its start, until it has been silent for a while."""
        chunks: list[tuple[float, bytes]] = []
        deadline = time.perf_counter() + most_s
        while time.perf_counter() < deadline:
            if not select.select([self._terminal], [], [], silence_s)[0]:
                break
            data = os.read(self._terminal, 1 << 16 if self._rate == float("inf") else 1024)
            chunks.append((time.perf_counter() - self.began, data))
            if self._rate != float("inf"):
                time.sleep(len(data) / self._rate)
        return chunks

    def resident_mb(self) -> float:
        """Its resident memory."""
        text = Path(f"/proc/{self._pid}/status").read_text()
        return int(next(line for line in text.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024

    def cpu_s(self) -> float:
        """The processor time that it used so far."""
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """End it."""
        os.kill(self._pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)
        os.close(self._terminal)
