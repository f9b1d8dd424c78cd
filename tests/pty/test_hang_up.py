"""A search started on the screen goes on when the terminal is gone; opening again attaches."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pty.terminal import PATIENCE_S, Open
from tests.samples import trial_file
from tests.ui.keys import key_of
from tuitune.launch.runs import list_runs

pytestmark = pytest.mark.keras

F5 = "\x1b[15~"
BOX = """
import os
import time

import keras_tuner as kt


class Box(kt.RandomSearch):
    def run_trial(self, trial, *args, **kwargs):
        while trial.trial_id > "00" and not os.path.exists("seen"):
            time.sleep(0.05)
        time.sleep(0.1)
        return trial.hyperparameters.Float("lr", 0.0, 1.0)


Box(max_trials=3, directory=".", project_name="search", overwrite=True).search()
"""
LR = {
    "class_name": "Float",
    "config": {"name": "lr", "default": 0.0, "conditions": [], "min_value": 0.0, "max_value": 1.0, "step": None,
               "sampling": "linear"},
}  # fmt: skip


@pytest.fixture
def search(make_project: Callable[..., Path]) -> Iterator[Path]:
    """A project whose recorded script trains nothing, and waits behind its first trial until there is a file `seen`."""
    path = make_project([trial_file(str(n), {"lr": n / 10}, n / 10, space=[LR]) for n in range(5)], [LR], "search")
    (path.parent / "box.py").write_text(BOX)
    (path / ".tuitune").mkdir()
    (path / ".tuitune" / "facts.json").write_text(json.dumps({"script": "../box.py", "argv": [], "cwd": ".."}))
    yield path
    for run in list_runs():
        if run.state == "running" and run.supervisor_pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(run.supervisor_pid, signal.SIGTERM)


def test_a_search_outlives_its_terminal(open_terminal: Open, search: Path) -> None:
    """Launched with keys, left by a hang-up, attached to by a second terminal, ended with all its trials."""
    first = open_terminal(search)
    first.wait_for("5 of 5")
    first.press(key_of("space"))
    first.wait_for("l Launch")
    first.press("l")
    first.wait_for("Leaves alone")
    first.press(F5)
    first.wait_for("Run this?")
    first.press("y")
    first.wait_for(
        lambda shown: "search-2" in shown.splitlines()[0] and re.search("[1-6] of 10 trials", shown) is not None
    )
    assert first.hang_up() != 0
    (run,) = list_runs()
    assert run.state == "running"

    second = open_terminal(search.parent / "search-2")
    second.wait_for(lambda shown: "of 10 trials" in shown and "search-2" in shown)
    (search.parent / "seen").touch()
    deadline = time.monotonic() + PATIENCE_S
    while (run := list_runs()[0]).state == "running":
        assert time.monotonic() < deadline
        assert "of 10 trials" in second.text or run.done == 10
        time.sleep(0.1)
    assert (run.state, run.done, run.planned) == ("finished", 10, 10)
    second.wait_for("10 of 10")
    second.press("q")
    assert second.exit_status() == 0

    trials = [json.loads(path.read_text()) for path in (search.parent / "search-2").glob("trial_*/trial.json")]
    assert [trial["status"] for trial in trials] == ["COMPLETED"] * 10


def test_leaving_with_q_leaves_the_search_running(open_terminal: Open, search: Path) -> None:
    """q closes the screen with status 0; the search that it had started ends by itself."""
    terminal = open_terminal(search)
    terminal.wait_for("5 of 5")
    terminal.press(key_of("space"))
    terminal.wait_for("l Launch")
    terminal.press("l")
    terminal.wait_for("Leaves alone")
    terminal.press(F5)
    terminal.wait_for("Run this?")
    terminal.press("y")
    terminal.wait_for(lambda shown: "search-2" in shown.splitlines()[0])
    terminal.press("q")
    assert terminal.exit_status() == 0
    (run,) = list_runs()
    assert run.state == "running"
    (search.parent / "seen").touch()
    deadline = time.monotonic() + PATIENCE_S
    while list_runs()[0].state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (list_runs()[0].state, list_runs()[0].done) == ("finished", 10)
