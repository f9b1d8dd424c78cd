"""Helpers of the screen's tests: open a project without a terminal, wait for the reading threads, read the screen."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from rich.style import Style
from textual.app import App
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from tests.conftest import REPOSITORY
from tuitune import files
from tuitune.launch import protocol
from tuitune.launch.runs import runs_root
from tuitune.ui.app import TuituneApp, make_app
from tuitune.ui.widgets.table import LineTable

SAMPLES = REPOSITORY / "sample_projects"
WIDE, NARROW = (120, 40), (80, 24)
PATIENCE_S = 30.0

AnyPilot = Pilot[Any]

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

Space = list[dict[str, Any]]


def screen_text(app: App[Any]) -> str:
    """The text of the screen in front, line by line."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def text_of(widget: Widget) -> str:
    """The text that one widget shows, with what stands in fields."""
    if isinstance(widget, Input):
        return widget.value
    return "\n".join(line.text for line in widget.render_lines(widget.size.region))


def squeezed(app: App[Any]) -> str:
    """The screen's text without line breaks, frames and runs of blanks: sentences that are wrapped read whole."""
    text = "".join(" " if char in "│─╭╮╰╯▌▐█\n" else char for char in screen_text(app))
    return " ".join(text.split())


def style_at(app: App[Any], text: str) -> Style:
    """The style in which the first occurrence of `text` is painted."""
    for strip in app.screen._compositor.render_strips():
        position = strip.text.find(text)
        if position < 0:
            continue
        end = 0
        for segment in strip:
            end += len(segment.text)
            if position < end:
                return segment.style or Style.null()
    raise AssertionError(f"{text!r} is not on the screen:\n{screen_text(app)}")


async def wait_for(pilot: AnyPilot, condition: Callable[[], object], what: str) -> None:
    """Let the app work until `condition` holds; fail with the screen's text where it never does."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited in vain for {what}; the screen says:\n{screen_text(pilot.app)}")
        await pilot.pause(0.02)
    await pilot.pause()


async def wait_text(pilot: AnyPilot, *texts: str) -> None:
    """Wait until each of `texts` stands on the screen."""
    await wait_for(pilot, lambda: all(text in squeezed(pilot.app) for text in texts), f"{texts}")


async def wait_no_text(pilot: AnyPilot, text: str) -> None:
    """Wait until `text` has left the screen."""
    await wait_for(pilot, lambda: text not in squeezed(pilot.app), f"{text!r} to go")


async def press(pilot: AnyPilot, *keys: str) -> None:
    """Press keys, and let the app do what they ask for."""
    for key in keys:
        await pilot.press(key)
    await pilot.pause()


async def write(pilot: AnyPilot, text: str) -> None:
    """Type `text`, key by key."""
    names = {" ": "space", "\t": "tab"}
    await press(pilot, *(names.get(char, char) for char in text))


@asynccontextmanager
async def opened(path: Path | str, size: tuple[int, int] = WIDE, ready: str = "trials") -> AsyncIterator[AnyPilot]:
    """The app on `path`, once `ready` stands on the screen and the first reading is done."""
    app = make_app(str(path))
    async with app.run_test(size=size) as pilot:
        await wait_text(pilot, ready)
        await wait_for(pilot, lambda: "reading …" not in screen_text(app), "the first reading")
        yield pilot


def table(app: App[Any]) -> LineTable:
    """The table in front."""
    return next(item for item in app.screen.query(LineTable) if item.region.area and item.display)


def rows(app: App[Any]) -> list[str]:
    """The rows of the table in front, as text, blank lines left out."""
    shown = table(app)
    return [text for y in range(1, shown.size.height) if (text := shown.render_line(y).text.rstrip())]


def ids(app: App[Any]) -> list[str]:
    """The first column of the rows in sight: the ids of trials."""
    return [row.lstrip(" ★").split()[0] for row in rows(app)]


def header(app: App[Any]) -> str:
    """The header of the table in front."""
    return table(app).render_line(0).text


async def to_column(pilot: AnyPilot, name: str) -> None:
    """Move the column cursor to `name`, with the keys."""
    names = [column.name for column in table(pilot.app).model.columns]
    await press(pilot, *["left"] * len(names), *["right"] * names.index(name))


def float_hp(name: str, low: float, high: float, **more: Any) -> dict[str, Any]:
    """A Float as oracle.json stores it."""
    config = {"name": name, "default": low, "conditions": [], "min_value": low, "max_value": high, "step": None}
    return {"class_name": "Float", "config": {**config, "sampling": "linear", **more}}


def int_hp(name: str, low: int, high: int, **more: Any) -> dict[str, Any]:
    """An Int as oracle.json stores it."""
    config = {"name": name, "default": low, "conditions": [], "min_value": low, "max_value": high, "step": 1}
    return {"class_name": "Int", "config": {**config, "sampling": "linear", **more}}


def choice_hp(name: str, *values: Any, **more: Any) -> dict[str, Any]:
    """A Choice as oracle.json stores it."""
    config = {"name": name, "default": values[0], "conditions": [], "values": list(values), "ordered": False}
    return {"class_name": "Choice", "config": {**config, **more}}


def boolean_hp(name: str) -> dict[str, Any]:
    """A Boolean as oracle.json stores it."""
    return {"class_name": "Boolean", "config": {"name": name, "default": False, "conditions": []}}


def fixed_hp(name: str, value: Any) -> dict[str, Any]:
    """A Fixed as oracle.json stores it."""
    return {"class_name": "Fixed", "config": {"name": name, "conditions": [], "value": value}}


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
        protocol.append_event(self.path, event, **fields)

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


def app_of(pilot: AnyPilot) -> TuituneApp:
    """The app, by its own type."""
    assert isinstance(pilot.app, TuituneApp)
    return pilot.app
