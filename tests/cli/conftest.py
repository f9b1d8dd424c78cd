"""The command line as a test calls it: in this process, or as a real one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.calls import Invoke, Spawn, call


@pytest.fixture
def invoke() -> Invoke:
    """`invoke("trials", path)`: the command in this process; anything but an exit is raised."""

    return call


@pytest.fixture
def spawn() -> Spawn:
    """`spawn("trials", path)`: the same as `python -m tuitune`, a process of its own."""

    def call(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tuitune", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, cwd=cwd)

    return call
