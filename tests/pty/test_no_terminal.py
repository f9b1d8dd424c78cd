"""Without a terminal the screen does not open: a sentence, and exit status 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("arguments", [["."], []])
def test_without_a_terminal_a_sentence_says_what_to_do(digits: Path, arguments: list[str]) -> None:
    """Nothing on stdout; stderr names commands that need no terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "tuitune", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=digits / "random",
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == "No terminal: the screen needs a terminal."
    assert "tuitune trials PROJECT" in done.stderr


def test_two_paths_are_wrong_usage(digits: Path) -> None:
    """One path is opened, not two."""
    done = subprocess.run(
        [sys.executable, "-m", "tuitune", "random", "killed"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=digits,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "Wrong usage: one path is opened, 2 were given."
