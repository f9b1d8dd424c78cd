"""The command line as a test calls it: in this process, or as a real one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.calls import Invoke, Spawn
from tuitune.cli.commands import cli


@pytest.fixture
def invoke() -> Invoke:
    """`invoke("trials", path)`: the command in this process; anything but an exit is raised."""

    def call(*arguments: object, stdin: str | None = None) -> Result:
        result = CliRunner().invoke(cli, [str(argument) for argument in arguments], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


@pytest.fixture
def spawn() -> Spawn:
    """`spawn("trials", path)`: the same as `python -m tuitune`, a process of its own."""

    def call(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tuitune", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, cwd=cwd)

    return call
