"""Time from exec to the first frame, beside a minimal Textual app, in a real pty of 120x40.

    python tests/benchmarks/first_frame.py [RUNS]

Everything is byte-compiled first. The programs take turns, so that a change of the machine's speed meets them
all; figures are medians. Printed: the first frame with text of the program, the frame with all that the screen
shows (rows, the best trial, how many there are, the keys), and when a key typed at the start was acted on; each
with its ratio to the minimal app's first frame. Warm: the project was open before, until it was at rest.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import pyte

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from tests.benchmarks.generate import generate  # noqa: E402 - the path comes first
from tests.benchmarks.programs import HELLO, TUITUNE, Program, compile_all  # noqa: E402

Mark = tuple[str, int]


def measure(arguments: list[str], marks: list[Mark], typed: str = "") -> list[float]:
    """Milliseconds from exec until the terminal shows each of `marks`, a text so many times."""
    program = Program(arguments)
    try:
        if typed:
            program.press(typed)
        chunks = program.read(silence_s=1.2)
    finally:
        program.close()
    screen = pyte.Screen(120, 40)
    stream = pyte.ByteStream(screen)
    times: list[float] = []
    for at, data in chunks:
        stream.feed(data)
        text = "\n".join(screen.display)
        while len(times) < len(marks) and text.count(marks[len(times)][0]) >= marks[len(times)][1]:
            times.append(1000 * at)
    if len(times) < len(marks):
        raise SystemExit(f"{marks[len(times)]!r} never came: {screen.display}")
    return times


def programs_of(places: dict[int, str]) -> dict[str, tuple[str, list[Mark], bool]]:
    """Name: (project; what its first and its whole screen show; is what was kept of it put aside?)"""
    sample = "sample_projects/digits/random"
    programs = {"sample, 40 trials, cold": (sample, 40, 30, True), "sample, 40 trials, warm": (sample, 40, 30, False)}
    for count, place in places.items():
        programs |= {
            f"{count:,} trials, cold": (place, count, 33, True),
            f"{count:,} trials, warm": (place, count, 33, False),
        }
    return {
        name: (path, [("Quit", 1), ("✓ done", rows), ("score 0.", 1), (_last(count, is_cold), 1)], is_cold)
        for name, (path, count, rows, is_cold) in programs.items()
    }


def _last(count: int, is_cold: bool) -> str:
    """What the screen shows when it is whole; of a very large project that was never open, when its first part is."""
    return " of " if is_cold and count >= 100_000 else f"{count} of {count}"


def main(runs: int) -> None:
    """Measure and print."""
    compile_all()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        places = {count: str(generate(Path(folder) / f"of_{count}", count)) for count in (10_000, 100_000)}
        programs = programs_of(places)
        for path, _, is_cold in programs.values():  # a warm open needs a program before it that came to rest
            if not is_cold:
                rest(path)
        kept, aside = Path(folder) / "tuitune", Path(folder) / "aside"
        floors: list[float] = []
        results: dict[str, list[list[float]]] = {name: [] for name in programs}
        for turn in range(runs + 1):
            floor = measure(["-c", HELLO], [("hello frame", 1)])
            floors += floor if turn else []  # the first turn warms the page cache
            for name, (path, marks, is_cold) in programs.items():
                if is_cold:
                    kept.rename(aside)
                first, *_, whole = measure(["-c", TUITUNE, path], marks)
                if is_cold:
                    shutil.rmtree(kept, ignore_errors=True)
                (answered,) = measure(["-c", TUITUNE, path], [("esc closes", 1)], typed="?")
                if is_cold:
                    shutil.rmtree(kept, ignore_errors=True)
                    aside.rename(kept)
                if turn:
                    results[name].append([first, whole, answered])
    floor_ms = statistics.median(floors)
    print(f"median of {runs} runs, pty 120x40, Python {sys.version.split()[0]}")
    print(f"{'':<26}{'first frame':>18}{'whole screen':>18}{'key answered':>18}")
    print(f"{'minimal Textual app':<26}{floor_ms:>9.0f} ms{1:>6.2f}")
    for name, series in results.items():
        medians = [statistics.median(times[column] for times in series) for column in range(3)]
        print(f"{name:<26}" + "".join(f"{median:>9.0f} ms{median / floor_ms:>6.2f}" for median in medians))


def rest(path: str) -> None:
    """Open a project until it is at rest: then what it shows is kept."""
    program = Program(["-c", TUITUNE, path])
    try:
        program.read(silence_s=6.0)
    finally:
        program.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
