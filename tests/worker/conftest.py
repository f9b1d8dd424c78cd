"""The worker as the supervisor starts it, by its path, in an interpreter of our choice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

import tuitune
from tests.worker.playing import TINY_KERAS_TUNER, Play, Played


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays a script: `play("print(1)")`."""

    def run(text: str, python: str = sys.executable, package: Path | None = None, **spec: Any) -> Played:
        script = tmp_path / "code" / "train.py"
        script.parent.mkdir(exist_ok=True)
        script.write_text(text)
        run_dir = tmp_path / "run"
        run_dir.mkdir()
        full = {
            "kind": "relaunch",
            "script": str(script),
            "argv": [],
            "parent": str(tmp_path / "parent"),
            "plays": str(tmp_path / "parent"),
            "project": str(tmp_path / "parent-2"),
            "algorithm": "random",
            **spec,
        }
        (run_dir / "spec.json").write_text(json.dumps(full))
        reading, writing = os.pipe()
        main = (package or Path(tuitune.__file__).parent) / "worker" / "main.py"
        try:
            done = subprocess.run(
                [python, "-u", str(main), str(run_dir), str(reading), "0"],
                pass_fds=[reading],
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=60,
                start_new_session=True,
                check=False,
            )
        finally:
            os.close(reading)
            os.close(writing)
        events = run_dir / "events.jsonl"
        lines = events.read_text().splitlines() if events.exists() else []
        return Played(done.returncode, done.stdout, [json.loads(line) for line in lines])

    return run


@pytest.fixture
def bare_python(tmp_path: Path) -> Path:
    """A Python of its own without tuitune and its dependencies, with a tiny keras_tuner."""
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    library = next((tmp_path / "bare" / "lib").glob("python*")) / "site-packages" / "keras_tuner"
    library.mkdir()
    (library / "__init__.py").write_text(TINY_KERAS_TUNER)
    return tmp_path / "bare" / "bin" / "python"
