"""Time from exec to the first frame, beside a minimal Textual app, in a real pty of 120x40.

    python tests/benchmarks/first_frame.py [RUNS]

Everything is byte-compiled first. The programs take turns, so that a change of the machine's speed meets them
all; figures are medians. Printed: the first frame with text of the program, the first frame with rows, and the
ratio of each to the minimal app's first frame; the same with a generated project of 10,000 trials.
"""

from __future__ import annotations

import compileall
import contextlib
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from tests.benchmarks.generate import generate  # noqa: E402 - the path comes first

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    ENABLE_COMMAND_PALETTE = False
    def compose(self):
        yield Static("hello frame")
Hello().run()
"""
OPEN = "from tuitune.cli import main; main()"


def measure(arguments: list[str], marks: list[bytes]) -> list[float]:
    """Milliseconds from exec until each of `marks` has been written to the terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", PYTHONDONTWRITEBYTECODE="")
        os.chdir(REPOSITORY)
        os.execv(sys.executable, arguments)
    began = time.perf_counter()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen = b""
    times: list[float] = []
    try:
        while len(times) < len(marks) and time.perf_counter() - began < 60:
            ready, _, _ = select.select([terminal], [], [], 1.0)
            if ready:
                seen += os.read(terminal, 1 << 16)
            while len(times) < len(marks) and marks[len(times)] in seen:
                times.append(1000 * (time.perf_counter() - began))
    finally:
        os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
        os.close(terminal)
    if len(times) < len(marks):
        raise SystemExit(f"{marks[len(times)]!r} never came: {seen[-500:]!r}")
    return times


def main(runs: int) -> None:
    """Measure and print."""
    for package in ("textual", "rich", "msgspec"):
        compileall.compile_dir(str(Path(__import__(package).__file__ or "").parent), quiet=2, workers=0)
    compileall.compile_dir(str(REPOSITORY / "tuitune"), quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        large = generate(Path(folder) / "large", 10_000)
        python = sys.executable
        programs: dict[str, tuple[list[str], list[bytes]]] = {
            "minimal Textual app": ([python, "-c", HELLO], [b"hello frame"]),
            "sample, 40 trials": ([python, "-c", OPEN, "sample_projects/digits/random"], [b"filter", b"0.97333"]),
            "10,000 trials": ([python, "-c", OPEN, str(large)], [b"filter", b"10000 of 10000"]),
        }
        results: dict[str, list[list[float]]] = {name: [] for name in programs}
        for turn in range(runs + 1):
            for name, (arguments, marks) in programs.items():
                times = measure(arguments, marks)
                if turn:  # the first turn warms the page cache
                    results[name].append(times)
    floor = statistics.median(times[0] for times in results["minimal Textual app"])
    print(f"median of {runs} runs, pty 120x40, Python {sys.version.split()[0]}")
    print(f"{'':<22}{'first frame':>12}{'ratio':>8}{'with rows':>12}{'ratio':>8}")
    for name, series in results.items():
        first = statistics.median(times[0] for times in series)
        line = f"{name:<22}{first:>9.0f} ms{first / floor:>8.2f}"
        if len(series[0]) > 1:
            rows = statistics.median(times[1] for times in series)
            line += f"{rows:>9.0f} ms{rows / floor:>8.2f}"
        print(line)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
