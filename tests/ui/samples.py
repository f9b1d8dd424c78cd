"""Hostile names, hyperparameters as oracle.json stores them, runs and curves written by the test."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.samples import REPOSITORY, MakeProject, trial_file
from tuitune import files
from tuitune.launch import protocol
from tuitune.launch.events import append_event
from tuitune.launch.runs import runs_root

SAMPLES = REPOSITORY / "sample_projects"


# Names and values as a hostile, or just an unlucky, script could have them.
NASTY = {
    "closing tag": "[/foo]",
    "markup": "[red]x[/red]",
    "escape sequence": "\x1b[31mred\x1b]52;c;YQ==\x07",
    "newline": "two\nlines\r\nand\ttab",
    "wide": "超参数搜索结果表格幅広い",
    "right to left": "\u202eevil שלום مرحبا",
    "joined": "👩\u200d👩\u200d👧e\u0301\ufe0f",
    "lone surrogate": "half\ud83d",
    "braces": "{0} %s $x @click=app.quit",
}


def _hp(kind: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": name, "conditions": [], **config}}


def float_hp(name: str, low: float, high: float, **more: Any) -> dict[str, Any]:
    """A Float as oracle.json stores it."""
    bounds = {"default": low, "min_value": low, "max_value": high, "step": None, "sampling": "linear"}
    return _hp("Float", name, **{**bounds, **more})


def int_hp(name: str, low: int, high: int, **more: Any) -> dict[str, Any]:
    """An Int as oracle.json stores it."""
    bounds = {"default": low, "min_value": low, "max_value": high, "step": 1, "sampling": "linear"}
    return _hp("Int", name, **{**bounds, **more})


def choice_hp(name: str, *values: Any) -> dict[str, Any]:
    """A Choice as oracle.json stores it."""
    return _hp("Choice", name, default=values[0], values=list(values), ordered=False)


def boolean_hp(name: str) -> dict[str, Any]:
    """A Boolean as oracle.json stores it."""
    return _hp("Boolean", name, default=False)


def parent_condition(name: str, *values: Any) -> list[dict[str, Any]]:
    """The condition that `name` has one of `values`, as oracle.json stores it."""
    return [{"class_name": "Parent", "config": {"name": name, "values": list(values)}}]


def write_epochs(project: Path, trial_id: str, logs: list[Mapping[str, Any]]) -> None:
    """The curve of a trial, as the worker records it."""
    lines = [{"execution": 0, "epoch": epoch, "time": 1.0, "logs": entry} for epoch, entry in enumerate(logs)]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (project / f"trial_{trial_id}" / "epochs.jsonl").write_text(text)


def add_trial(project: Path, trial: Mapping[str, Any]) -> None:
    """Let a search that goes on write one more trial."""
    folder = project / f"trial_{trial['trial_id']}"
    folder.mkdir(exist_ok=True)
    (folder / "trial.json").write_text(json.dumps(trial))


class FakeRun:
    """The directory of a run, written by the test as the supervisor and the worker would write it."""

    def __init__(self, name: str, project: Path, planned: int | None = None, **spec: Any) -> None:
        self.name = name
        self.path = runs_root() / name
        self.path.mkdir(parents=True)
        files.write_atomic(
            self.path / protocol.SPEC,
            {"run": name, "project": str(project), "planned_trials": planned, "host": "box", **spec},
        )

    def event(self, event: str, **fields: Any) -> None:
        """Append one event."""
        append_event(self.path, event, **fields)

    def log(self, text: str) -> None:
        """Append to what the training process printed."""
        with open(self.path / protocol.worker_log(0), "a", encoding="utf-8") as stream:
            stream.write(text)

    @property
    def asked(self) -> list[str]:
        """What the user has asked the run to do."""
        records, _ = files.read_lines(self.path / protocol.CONTROL)
        return [record["action"] for record in records]

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Hold the run's lock, as a living supervisor does."""
        with files.held_lock(self.path / protocol.LOCK):
            yield


def nasty_project(make_project: MakeProject, *texts: str, name: str = "project") -> Path:
    """A project that has `texts` wherever keras-tuner lets a script put words."""
    space = []
    for text in texts:
        space += [
            choice_hp(text, text, text + "2"),
            float_hp(f"lr {text}", 0.0, 1.0, conditions=parent_condition(text, text)),
            int_hp(f"{text} units", 1, 9),
        ]
    trials = []
    for number in range(6):
        values: dict[str, object] = {}
        for text in texts:
            values |= {text: text if number % 2 else text + "2", f"lr {text}": number / 10, f"{text} units": number + 1}
        metrics = {f"m {text}": 0.5 for text in texts}
        trials.append(trial_file(str(number), values, number / 8, objective=f"val_{texts[0]}", metrics=metrics))
    message = "Traceback\n" + "\n".join(f"ValueError: {text}" for text in texts)
    failed = trial_file("6", {text: text for text in texts}, status="FAILED", message=message)
    project = make_project([*trials, failed], space, name)
    write_epochs(project, "0", [{f"val_{text}": 0.5 / n for text in texts} for n in (1, 2)])
    return project
