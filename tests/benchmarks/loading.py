"""What reading a project costs: cold, beside keras-tuner's own reload and beside its bytes; idle; on a slow disk.

    python tests/benchmarks/loading.py [TRIALS] [RUNS]

Each figure is the processor time of a fresh process, the median of RUNS; the programs take turns. The reload of
keras-tuner is run three times (once where it takes minutes) and left out where keras-tuner is not installed.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from tests.benchmarks.generate import generate  # noqa: E402 - the path comes first
from tests.benchmarks.programs import compile_all  # noqa: E402

_FEW = 20_000
BYTES = """
import os, sys, time
root = sys.argv[1]
began = time.process_time()
with os.scandir(root) as entries:
    names = [entry.name for entry in entries if entry.name.startswith("trial_")]
for name in names:
    handle = os.open(f"{root}/{name}/trial.json", os.O_RDONLY)
    os.read(handle, 65536)
    os.close(handle)
print(time.process_time() - began)
"""
COLD = """
import gc, sys, time
from pathlib import Path
from tuitune.analysis.columns import build_columns
from tuitune.project.keras_tuner.reader import ProjectReader
gc.set_threshold(50_000, 20, 20)  # as the program does
began = time.process_time()
build_columns(ProjectReader(Path(sys.argv[1])).refresh())
print(time.process_time() - began)
"""
RELOAD = """
import os, sys, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras_tuner
oracle = keras_tuner.oracles.RandomSearchOracle(objective=keras_tuner.Objective("val_accuracy", "max"))
folder, name = os.path.split(sys.argv[1])
oracle._set_project_dir(folder, name)
began = time.process_time()
oracle.reload()
print(time.process_time() - began)
"""
IDLE = """
import sys, time
from pathlib import Path
from tuitune.project.keras_tuner.reader import ProjectReader
reader = ProjectReader(Path(sys.argv[1]))
reader.refresh()
time.sleep(2.2)  # what was written a moment ago is read once more
reader.refresh()
began = time.process_time()
for _ in range(6):
    time.sleep(1.0)  # as the screen does
    assert reader.refresh() is None
print((time.process_time() - began) / 6)  # a second of watching
"""
POLL = """
import os, sys, time
root = sys.argv[1]
def look():
    with os.scandir(root) as entries:
        names = [entry.name for entry in entries if entry.name.startswith("trial_")]
    return [os.stat(f"{root}/{name}/trial.json").st_mtime_ns for name in names]
look()
began = time.process_time()
for _ in range(10):
    look()
print((time.process_time() - began) / 3)  # a second of looking every 300 ms
"""
# Every open and stat waits a millisecond, as over a network.
SLOW = """
import os, sys, time
from pathlib import Path
from tuitune.project.keras_tuner.reader import ProjectReader
opened, looked = os.open, os.stat
def slow_open(*arguments, **more):
    time.sleep(0.001)
    return opened(*arguments, **more)
def slow_stat(*arguments, **more):
    time.sleep(0.001)
    return looked(*arguments, **more)
os.open, os.stat = slow_open, slow_stat
reader = ProjectReader(Path(sys.argv[1]))
began = time.perf_counter()
first = 0.0
while first == 0.0 or reader.is_behind:
    reader.refresh(0.4)
    first = first or time.perf_counter() - began
print(time.perf_counter() - began, first)
"""


def run(code: str, path: str) -> list[float]:
    """What a fresh process prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, cwd=REPOSITORY, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-500:])
    return [float(word) for word in done.stdout.split()]


def main(trials: int, runs: int) -> None:
    """Measure and print."""
    compile_all()
    with tempfile.TemporaryDirectory() as folder:
        path = str(generate(Path(folder) / "large", trials))
        codes = {"bytes": BYTES, "cold": COLD, "idle": IDLE, "poll": POLL}
        results: dict[str, list[float]] = {name: [] for name in codes}
        for turn in range(runs + 1):
            for name, code in codes.items():
                seconds = run(code, path)[0]
                if turn:  # the first turn warms the page cache
                    results[name].append(seconds)
        middle = {name: statistics.median(values) for name, values in results.items()}
        print(f"{trials:,} trials, processor time, median of {runs}, Python {sys.version.split()[0]}")
        print(f"reading the bytes only        {1e3 * middle['bytes']:9.0f} ms")
        print(f"cold load, to columns         {1e3 * middle['cold']:9.0f} ms  {middle['cold'] / middle['bytes']:.2f}")
        try:
            reload = statistics.median(run(RELOAD, path)[0] for _ in range(3 if trials <= _FEW else 1))
            print(f"keras-tuner's Oracle.reload() {1e3 * reload:9.0f} ms  1/{reload / middle['cold']:.0f}: cold load")
        except RuntimeError as error:
            print(f"keras-tuner's Oracle.reload(): not run ({str(error).splitlines()[-1]})")
        print(f"a second of polling each file {1e3 * middle['poll']:9.1f} ms")
        idle = middle["idle"]
        print(f"a second of watching, idle    {1e3 * idle:9.2f} ms  1/{middle['poll'] / max(idle, 1e-9):.0f} of it")
        whole, first = run(SLOW, path)
        print(f"1 ms a call: all read after {whole:.1f} s, the first part shown after {first:.1f} s")
        print(f"             one call after the other takes {0.001 * trials:.0f} s at least")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, int(sys.argv[2]) if len(sys.argv) > 2 else 7)
