"""Helpers of the screen's tests: open a project without a terminal, wait for the reading threads, read the screen."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from rich.style import Style
from textual import events, on
from textual.app import App, ComposeResult
from textual.keys import _character_to_key
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets._toast import Toast

from tests.conftest import REPOSITORY
from tuitune import files
from tuitune.launch import protocol
from tuitune.launch.runs import runs_root
from tuitune.ui.app import make_app
from tuitune.ui.screens.trials_view import TrialsView
from tuitune.ui.widgets.table import LineTable
from tuitune.ui.widgets.table_model import TableModel

SAMPLES = REPOSITORY / "sample_projects"
WIDE, NARROW = (120, 40), (80, 24)
PATIENCE_S = 20.0

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


def screen_text(app: App[Any]) -> str:
    """The text of the screen in front, line by line."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def text_of(widget: Widget) -> str:
    """The text in the part of the screen that one widget takes, its border left out."""
    area = widget.content_region
    strips = widget.screen._compositor.render_strips()[max(0, area.y) : area.bottom]
    return "\n".join(strip.crop(area.x, area.right).text for strip in strips)


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


def notices(app: App[Any]) -> str:
    """What the notices in the corner say, on one line."""
    return " ".join(" ".join(text_of(toast).replace("▌", " ") for toast in app.screen.query(Toast)).split())


async def wait_for(pilot: AnyPilot, condition: Callable[[], object], what: str) -> None:
    """Let the app work until `condition` holds; fail with the screen's text where it never does."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited in vain for {what}; the screen says:\n{screen_text(pilot.app)}")
        await pilot.pause(0.03)


async def wait_text(pilot: AnyPilot, *texts: str) -> None:
    """Wait until each of `texts` stands on the screen."""

    def there() -> bool:
        shown = squeezed(pilot.app)
        return all(text in shown for text in texts)

    await wait_for(pilot, there, f"{texts}")


async def wait_no_text(pilot: AnyPilot, text: str) -> None:
    """Wait until `text` has left."""
    await wait_for(pilot, lambda: text not in squeezed(pilot.app), f"{text!r} to go")


async def settle(pilot: AnyPilot) -> None:
    """Let the app do what was asked of it."""
    for _ in range(2):
        await pilot.pause()
    while any(view.is_behind for view in pilot.app.screen.query(TrialsView)):
        await pilot.pause(0.01)
    await pilot.pause()


def send(pilot: AnyPilot, key: str) -> None:
    """Put one key into the app's queue: a character, or a name as bindings write it."""
    char = key if len(key) == 1 else {"slash": "/", "equals_sign": "=", "question_mark": "?", "space": " "}.get(key)
    pilot.app.post_message(events.Key(key if len(key) > 1 or key.isalnum() else _character_to_key(key), char))


async def press(pilot: AnyPilot, *keys: str) -> None:
    """Press keys one after the other, each when the app has done what the one before asks for."""
    for key in keys:
        send(pilot, key)
        await settle(pilot)


async def write(pilot: AnyPilot, text: str) -> None:
    """Type `text` into the field that has the focus, as fast as a paste."""
    for char in text:
        send(pilot, char)
    await settle(pilot)


async def repeat(pilot: AnyPilot, key: str, times: int) -> None:
    """Press one key many times in the same widget."""
    for _ in range(times):
        send(pilot, key)
    await settle(pilot)


@asynccontextmanager
async def opened(path: Path | str, size: tuple[int, int] = WIDE, ready: str = "") -> AsyncIterator[AnyPilot]:
    """The app on `path`, once `ready`, or how many trials there are, stands on the screen, and all was read."""
    app = make_app(str(path))
    async with app.run_test(size=size, notifications=True) as pilot:

        def is_ready() -> bool:
            text = squeezed(app)
            is_there = ready in text if ready else "trials" in text or " 1 trial " in text
            return is_there and "reading …" not in text

        await wait_for(pilot, is_ready, ready or "trials")
        await pilot.pause()
        yield pilot


def table(app: App[Any]) -> LineTable:
    """The table in front."""
    return next(item for item in app.screen.query(LineTable) if item.region.area and item.display)


def rows(app: App[Any]) -> list[str]:
    """The rows of the table in front, as text, blank lines left out."""
    return [text for line in lines(table(app))[1:] if (text := line.rstrip())]


def ids(app: App[Any]) -> list[str]:
    """The first column of the rows in sight: the ids of trials."""
    return [row.lstrip(" ★").split()[0] for row in rows(app)]


def header(app: App[Any]) -> str:
    """The header of the table in front."""
    return lines(table(app))[0]


async def to_column(pilot: AnyPilot, name: str) -> None:
    """Move the column cursor to `name`, with the keys."""
    shown = table(pilot.app)
    by = [column.name for column in shown.model.columns].index(name) - shown.cursor_column
    await repeat(pilot, "right" if by > 0 else "left", abs(by))


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


class TableApp(App[None]):
    """Nothing but a table; it writes down what the table says."""

    CSS = "LineTable { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.said: list[object] = []

    def compose(self) -> ComposeResult:
        """The table."""
        yield LineTable(id="table")

    @on(LineTable.Highlighted)
    @on(LineTable.HeaderClicked)
    @on(LineTable.RowClicked)
    def _write_down(self, message: Message) -> None:
        self.said.append(getattr(message, "index", getattr(message, "name", "again")))


@asynccontextmanager
async def table_of(model: TableModel, size: tuple[int, int] = (30, 6)) -> AsyncIterator[tuple[AnyPilot, LineTable]]:
    """A table of `model` on a screen of its own."""
    app = TableApp()
    async with app.run_test(size=size) as pilot:
        widget = app.query_one(LineTable)
        widget.set_model(model)
        widget.focus()
        await settle(pilot)
        yield pilot, widget


def said(pilot: AnyPilot) -> list[object]:
    """What the table has said so far."""
    assert isinstance(pilot.app, TableApp)
    return pilot.app.said


def lines(widget: LineTable) -> list[str]:
    """All lines in sight."""
    return [widget.render_line(y).text for y in range(widget.size.height)]
