"""What a key costs in a small and in a large project, beside Textual's own table; and the memory of the large one.

    python tests/benchmarks/keys.py [TRIALS]

In a pty of 120x40. Answered: milliseconds from the key to the last byte that it caused, the median. CPU: processor
time of the program a key, over many keys. The DataTable holds 1,000 trials: its page costs the same at any size.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from tests.benchmarks.generate import generate  # noqa: E402 - the path comes first
from tests.benchmarks.programs import DATATABLE, TUITUNE, Program, compile_all  # noqa: E402

DOWN, RIGHT, PAGE_DOWN = "\x1b[B", "\x1b[C", "\x1b[6~"
SMALL = 1_000


def answered_ms(program: Program, keys: list[str]) -> float:
    """Median time from a key to the last byte that it caused."""
    times = []
    for key in keys:
        began = time.perf_counter() - program.began
        program.press(key)
        chunks = program.read(0.15, 3.0)
        times.append(1e3 * ((chunks[-1][0] if chunks else began) - began))
    return statistics.median(times)


def sort_ms(program: Program) -> float:
    """Median time that it takes to sort by a column for the first time, right after the cursor came there."""
    times = []
    for _ in range(9):
        program.press(RIGHT)
        program.read(0.03)
        times.append(answered_ms(program, ["s"]))
    return statistics.median(times)


def cpu_ms(program: Program, keys: list[str]) -> float:
    """Processor time a key, without what the program uses while it is left alone for as long."""
    began, used = time.perf_counter(), program.cpu_s()
    for key in keys:
        program.press(key)
        program.read(0.2, 1.0)
    spent, passed = program.cpu_s() - used, time.perf_counter() - began
    used = program.cpu_s()
    program.read(passed, passed)
    return 1e3 * max(0.0, spent - (program.cpu_s() - used)) / len(keys)


def measure(arguments: list[str], *, is_ours: bool, detail: bool, settle_s: float) -> dict[str, float]:
    """The figures of one program."""
    program = Program(arguments)
    try:
        program.read(settle_s, 120.0)
        if is_ours and not detail:
            program.press("\r")
            program.read(0.5)
        figures = {
            "cursor": answered_ms(program, [DOWN] * 15),
            "page": answered_ms(program, [PAGE_DOWN] * 9),
            "cursor CPU": cpu_ms(program, [DOWN] * 25),
            "page CPU": cpu_ms(program, [PAGE_DOWN] * 14),  # pages that were never painted before
        }
        if is_ours:
            figures["sort"] = sort_ms(program)
            program.press("/learning_rate > 0.0")
            program.read(0.6)
            figures["filter"] = answered_ms(program, list("1\x7f2\x7f3\x7f4\x7f5\x7f6"))  # each leaves other rows
            figures["MB"] = program.resident_mb()
        return figures
    finally:
        program.close()


def main(trials: int) -> None:
    """Measure and print."""
    compile_all()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        paths = {count: str(generate(Path(folder) / f"of_{count}", count)) for count in (SMALL, trials)}
        programs = {
            "DataTable, 1,000": (["-c", DATATABLE, paths[SMALL]], False, False, 2.0),
            f"tuitune, {SMALL:,}": (["-c", TUITUNE, paths[SMALL]], True, True, 2.0),
            f"tuitune, {trials:,}": (["-c", TUITUNE, paths[trials]], True, True, 8.0),
            f"without detail, {SMALL:,}": (["-c", TUITUNE, paths[SMALL]], True, False, 2.0),
            f"without detail, {trials:,}": (["-c", TUITUNE, paths[trials]], True, False, 8.0),
        }
        results = {
            name: measure(arguments, is_ours=is_ours, detail=detail, settle_s=settle_s)
            for name, (arguments, is_ours, detail, settle_s) in programs.items()
        }
    columns = list(results[f"tuitune, {trials:,}"])
    print(f"ms a key, and resident MB, Python {sys.version.split()[0]}")
    print(f"{'':<26}" + "".join(f"{column:>12}" for column in columns))
    for name, figures in results.items():
        print(f"{name:<26}" + "".join(f"{figures[c]:>12.1f}" if c in figures else f"{'':>12}" for c in columns))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
