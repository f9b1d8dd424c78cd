"""What travels to the terminal at 120x40: bytes a key, and the lag after holding a key on a slow line.

    python tests/benchmarks/wire.py [TRIALS]

Beside each other: Textual's own DataTable with the stock driver, tuitune with it (`--no-diff`), and tuitune as it is.
tuitune is measured with its detail beside the table, and without.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from tests.benchmarks.generate import generate  # noqa: E402 - the path comes first
from tests.benchmarks.programs import DATATABLE, TUITUNE, Program, compile_all  # noqa: E402

DOWN, PAGE_DOWN, PAGE_UP = "\x1b[B", "\x1b[6~", "\x1b[5~"
SLOW = 100_000.0  # bytes a second
HELD_S, EACH_S = 2.0, 1 / 30


def bytes_of(program: Program, keys: str) -> int:
    """How many bytes one key costs."""
    program.press(keys)
    return sum(len(data) for _, data in program.read(0.6))


def measure(arguments: list[str], without_detail: bool) -> dict[str, float]:
    """Bytes of the start and of each key."""
    program = Program(arguments)
    try:
        figures: dict[str, float] = {"start": sum(len(data) for _, data in program.read(2.5))}
        if without_detail:
            bytes_of(program, "\r")
        bytes_of(program, DOWN)
        figures["cursor down"] = bytes_of(program, DOWN)
        pages = sorted(bytes_of(program, PAGE_DOWN) for _ in range(5))
        figures["page down"] = pages[2]
        bytes_of(program, PAGE_UP)
        for _ in range(45):  # to the lower edge, where each line scrolls
            program.press(DOWN)
            time.sleep(0.02)
        program.read(0.6)
        figures["scroll a line"] = sorted(bytes_of(program, DOWN) for _ in range(3))[1]
        return figures
    finally:
        program.close()


def lag(arguments: list[str], without_detail: bool) -> float:
    """Seconds from the last key of a held arrow until the screen has come to rest, on a slow line."""
    program = Program(arguments, SLOW)
    try:
        program.read(2.5)
        if without_detail:
            bytes_of(program, "\r")
        began = time.perf_counter()
        keys = 0
        while time.perf_counter() - began < HELD_S:
            if time.perf_counter() - began >= keys * EACH_S:
                program.press(DOWN)
                keys += 1
            program.read(0.005, 0.02)
        released = time.perf_counter() - program.began
        rest = program.read(0.7)
        return max(0.0, rest[-1][0] - released) if rest else 0.0
    finally:
        program.close()


def _share(figure: float, stock: float) -> str:
    return "" if figure < 1 else f"1/{stock / figure:.1f}"


def main(trials: int) -> None:
    """Measure and print."""
    compile_all()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        path = str(generate(Path(folder) / "large", trials))
        programs = {
            "DataTable": (["-c", DATATABLE, path], False),
            "tuitune --no-diff": (["-c", TUITUNE, "--no-diff", path], False),
            "tuitune": (["-c", TUITUNE, path], False),
            "tuitune, no detail": (["-c", TUITUNE, path], True),
        }
        results = {name: {**measure(*how), "lag ms": 1e3 * lag(*how)} for name, how in programs.items()}
    stock = results["DataTable"]
    print(f"{trials:,} trials, bytes to the terminal at 120x40; lag after {HELD_S:.0f} s of a held arrow at 100 kB/s")
    print(f"{'':<20}" + "".join(f"{name:>24}" for name in stock))
    for name, figures in results.items():
        parts = [f"{figures[key]:>13,.0f} {_share(figures[key], stock[key]):<10}" for key in stock]
        print(f"{name:<20}" + "".join(parts))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
