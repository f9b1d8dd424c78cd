"""A real search of keras-tuner, watched in a real terminal while it writes a trial every few milliseconds."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.pty.terminal import Open, Terminal

TRIALS = 1_500
SEARCH = """
import os, sys
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras_tuner

class BlackBox(keras_tuner.RandomSearch):
    def run_trial(self, trial, **arguments):
        x = trial.hyperparameters.Float("x", -2.0, 2.0)
        kind = trial.hyperparameters.Choice("kind", ["a", "b"])
        return {"loss": x * x + (kind == "a"), "side": x}

tuner = BlackBox(
    max_trials=int(sys.argv[1]), seed=5, directory=".", project_name="fast", overwrite=True,
    objective=keras_tuner.Objective("loss", "min"),
)
tuner.search(verbose=0)
"""


def trials_told(screen: str) -> int:
    """How many trials the heading counts; 0 before the first reading."""
    found = re.search(r"(\d+) trials", screen.splitlines()[0])
    return int(found[1]) if found else 0


def watch(
    terminal: Terminal, search: subprocess.Popen[bytes], project: Path
) -> tuple[list[int], list[float], list[str]]:
    """Look until the search has ended: counts told, seconds by which they were late, screens that tell of damage."""
    counts: list[int] = []
    damaged: list[str] = []
    late: list[float] = []
    written: list[tuple[float, int]] = []
    while search.poll() is None:
        written.append((time.monotonic(), sum(1 for _ in project.glob("trial_*"))))
        shown = terminal.text
        counts.append(trials_told(shown))
        if re.search(r"problem|unreadable|Traceback|Could not read|vanish", shown):
            damaged.append(shown)
        there = next((at for at, count in written if count > counts[-1]), None)
        if there is not None:
            late.append(time.monotonic() - there)
        time.sleep(0.05)
    return counts, late, damaged


@pytest.mark.keras
def test_thousands_of_fast_trials_are_shown_without_a_torn_one(open_terminal: Open, tmp_path: Path) -> None:
    """Files are met empty and half-written all the time; the screen never tells of it, and ends with the truth."""
    log = (tmp_path / "log").open("wb")
    search = subprocess.Popen(
        [sys.executable, "-c", SEARCH, str(TRIALS)], cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        project = tmp_path / "fast"
        deadline = time.monotonic() + 60
        while not (project / "oracle.json").exists():
            assert search.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        terminal = open_terminal(project)
        terminal.wait_for(lambda shown: trials_told(shown) > 0)
        terminal.press("j" * 3)
        counts, late, damaged = watch(terminal, search, project)
        assert search.wait(60) == 0, (tmp_path / "log").read_text()
        terminal.wait_for(f"{TRIALS} trials")
        shown = terminal.wait_for(lambda text: f"{TRIALS} of {TRIALS}" in text and "running" not in text)
    finally:
        search.kill()
        log.close()
    assert damaged == []
    assert counts == sorted(counts)
    assert len(set(counts)) > 5, "it was not watched while it ran"
    oracle = json.loads((project / "oracle.json").read_text())
    assert len(oracle["end_order"]) == TRIALS
    assert "loss min" in shown.splitlines()[0]
    print(f"seen {len(set(counts))} states, at most {max(late, default=0):.1f} s late")
