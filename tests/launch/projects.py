"""Projects to plan from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.samples import trial_file
from tuitune.project.project import Project
from tuitune.project.sources import open_source

UNITS: dict[str, Any] = {
    "class_name": "Int",
    "config": {"name": "units", "default": None, "conditions": [], "min_value": 1, "max_value": 4, "step": 1,
               "sampling": "linear"},
}  # fmt: skip


LR: dict[str, Any] = {
    "class_name": "Float",
    "config": {"name": "lr", "default": 0.1, "conditions": [], "min_value": 0.1, "max_value": 1.0, "step": None,
               "sampling": "log"},
}  # fmt: skip


def read(path: Path) -> Project:
    """The project at `path`, of which nothing runs."""
    return open_source(path, lambda: False).read()


def record(project: Path, **facts: Any) -> None:
    """Write facts, as the worker does, beside a script that exists."""
    (project.parent / "train.py").write_text("import keras_tuner\n")
    (project / ".tuitune").mkdir(exist_ok=True)
    full = {"script": "../train.py", "argv": ["random", "7"], "cwd": "..", **facts}
    (project / ".tuitune" / "facts.json").write_text(json.dumps(full))


def finished(count: int) -> list[dict[str, Any]]:
    """So many finished trials."""
    return [trial_file(f"{n:03}", {"units": 1 + n % 4, "lr": 0.1 + n / 999}, n / 10) for n in range(count)]
