"""Time from exec to the first frame, beside a minimal Textual app, in a real pty of 120x40.

    python tests/benchmarks/first_frame.py [RUNS]

Everything is byte-compiled first. The programs take turns, so that a change of the machine's speed meets them
all; figures are medians. Printed: the first frame with text of the program, the first frame with rows, and the
ratio of each to the minimal app's first frame; the same with a generated project of 10,000 trials.
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
from tuitune.project.reader import ProjectReader  # noqa: E402

Mark = tuple[str, int]


def measure(arguments: list[str], marks: list[Mark]) -> list[float]:
    """Milliseconds from exec until the terminal shows each of `marks`, a text so many times."""
    program = Program(arguments)
    try:
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


def main(runs: int) -> None:
    """Measure and print."""
    compile_all()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        places = {count: str(generate(Path(folder) / f"of_{count}", count)) for count in (10_000, 100_000)}
        whole = {count: f"{count} of {count}" for count in places}
        sample = "sample_projects/digits/random"
        # (arguments; what the first frame, the table of rows and the whole screen show; is the snapshot put aside?)
        programs: dict[str, tuple[list[str], list[Mark], bool]] = {
            "minimal Textual app": (["-c", HELLO], [("hello frame", 1)], False),
            "sample, 40 trials": (
                ["-c", TUITUNE, sample],
                [("reading", 1), ("✓ done", 30), ("40 of 40", 1)],
                False,
            ),
            **{
                f"{count:,} trials, {kind}": (
                    ["-c", TUITUNE, places[count]],
                    [("reading", 1), ("✓ done", 33), (whole[count] if kind == "warm" else "Quit", 1)],
                    kind == "cold",
                )
                for count in places
                for kind in ("cold", "warm")
            },
        }
        for count in places:  # a warm open needs a program before it that has read all and kept it
            keep_snapshot(places[count])
        results: dict[str, list[list[float]]] = {name: [] for name in programs}
        for turn in range(runs + 1):
            for name, (arguments, marks, is_cold) in programs.items():
                aside = Path(folder) / "tuitune"
                if is_cold:
                    aside.rename(Path(folder) / "aside")
                times = measure(arguments, marks)
                if is_cold:
                    shutil.rmtree(aside, ignore_errors=True)
                    (Path(folder) / "aside").rename(aside)
                if turn:  # the first turn warms the page cache
                    results[name].append(times)
    floor = statistics.median(times[0] for times in results["minimal Textual app"])
    print(f"median of {runs} runs, pty 120x40, Python {sys.version.split()[0]}")
    print(f"{'':<24}{'first frame':>18}{'rows':>18}{'and the rest':>18}")
    for name, series in results.items():
        medians = [statistics.median(times[column] for times in series) for column in range(len(series[0]))]
        print(f"{name:<24}" + "".join(f"{median:>9.0f} ms{median / floor:>6.2f}" for median in medians))


def keep_snapshot(path: str) -> None:
    """Read a project whole and keep its snapshot, as the screen does when the files have come to rest."""
    reader = ProjectReader(Path(path))
    reader.refresh()
    reader.keep()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
