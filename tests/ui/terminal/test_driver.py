"""Real apps behind the shadow: what they show, what they send, and what a slow line does to them."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO, cast

import pyte
import pytest
from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.driver import Driver
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import DataTable, Footer, Header, Input, RichLog, Sparkline, Static, TabbedContent, TabPane

from tests.samples import REPOSITORY
from tests.ui.terminal.test_shadow import Pair, SoftTerminal, at, cells, page
from tuitune.ui.terminal.driver import MAX_WAITING, Output

PATIENCE_S = 30.0
WIDE = ["漢字のテスト", "plain", "e\u0301te\u0301", "שלום", "👍 fine", "한국어", "ascii"]


class RecordingDriver(Driver):
    """Keeps what the app writes, and the sizes it was told in between."""

    log: list[str | tuple[int, int]] = []

    def write(self, data: str) -> None:
        """Keep it."""
        self.log.append(data)

    def start_application_mode(self) -> None:
        """Begin with the usual size."""
        self.resize(120, 40)

    def resize(self, width: int, height: int) -> None:
        """Tell the app that the terminal has another size."""
        self.log.append((width, height))
        self._app.post_message(events.Resize(Size(width, height), Size(width, height)))

    def disable_input(self) -> None:
        """There is none."""

    def stop_application_mode(self) -> None:
        """Nothing is to be restored."""


class Question(ModalScreen[None]):
    """A dialog over whatever was there."""

    DEFAULT_CSS = "Question { align: center middle; } Question Input { width: 50; border: heavy green; }"
    BINDINGS = [("escape", "dismiss")]

    def compose(self) -> ComposeResult:
        """One field."""
        yield Input("漢字 and more")


class Gallery(App[None]):
    """A bit of everything."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    TabbedContent, TabPane, DataTable { height: 1fr; }
    TabPane { layout: horizontal; }
    DataTable { width: 2fr; }
    #beside { width: 1fr; border-left: solid red; }
    """
    BINDINGS = [("f2", "ask"), ("f3", "other"), ("f4", "log"), ("f5", "suspend"), ("f6", "leave")]

    def compose(self) -> ComposeResult:
        """Two tabs and what goes around them."""
        yield Header()
        with TabbedContent():
            with TabPane("table", id="one"):
                yield DataTable[Text](cursor_type="row", zebra_stripes=True)
                link = Text("a link", Style(link="https://example.org/;x", underline=True))
                yield Static(Text("pane\n⠋⣿⡇ 漢字\n").append_text(link), id="beside")
            with TabPane("plots", id="two"):
                yield Sparkline([number * 37 % 11 for number in range(60)])
                yield RichLog()
        yield Footer()

    def on_mount(self) -> None:
        """Fill the table."""
        self.animation_level = "none"
        table = self.query_one(DataTable)
        for column in range(8):
            table.add_column(f"column {column}")
        for row in range(150):
            name = WIDE[row % len(WIDE)] if row % 5 == 0 or row > 100 else f"row {row}"
            table.add_row(Text(name), *(Text(f"{row * 7919 * (column + 1) % 9973}") for column in range(7)))
        table.focus()

    def action_ask(self) -> None:
        """Open the dialog."""
        self.push_screen(Question())

    def action_other(self) -> None:
        """Go to the other tab and back."""
        tabs = self.query_one(TabbedContent)
        tabs.active = "two" if tabs.active == "one" else "one"

    def action_log(self) -> None:
        """Lines that scroll."""
        for number in range(30):
            self.query_one(RichLog).write(f"{number} {WIDE[number % len(WIDE)]}")
        self.bell()

    def action_suspend(self) -> None:
        """Hand the terminal to someone else for a moment."""
        with self.suspend():
            sys.__stdout__.write("someone else\n")  # type: ignore[union-attr]
            sys.__stdout__.flush()  # type: ignore[union-attr]

    def action_leave(self) -> None:
        """Change something at the very end."""
        self.query_one("#beside", Static).update("the last words")
        self.call_after_refresh(self.exit)


SCRIPT: list[str | tuple[int, int]] = [
    *["down"] * 3,
    *["pagedown", "down", "pageup", "end", "up", "home"],
    *["f2", "a", "漢", "left", "backspace", "escape"],
    (80, 24),
    *["down", "pagedown"],
    (120, 40),
    "down",
    (90, 30),
    (120, 40),
    *["f3", "f4", "f3", "down"],
    *["down"] * 30,
    "f2",
    (60, 20),
    *["x", "escape", "pagedown"],
]


async def record(app: App[None], script: list[str | tuple[int, int]]) -> list[str | tuple[int, int]]:
    """What the app writes while the keys are pressed, with the sizes."""
    log: list[str | tuple[int, int]] = []
    RecordingDriver.log = log
    task = asyncio.create_task(app.run_async(mouse=False))

    async def settle(size: tuple[int, int]) -> None:
        """Until the app has that size, has done all that it was asked, and has painted it."""
        length = -1
        while not log or length != len(log) or app.size != size:
            length, painted = len(log), asyncio.Event()
            app.screen.call_after_refresh(painted.set)
            await asyncio.wait_for(painted.wait(), PATIENCE_S)
            await asyncio.sleep(0.02)

    while not app.is_running or not app.screen_stack:
        await asyncio.sleep(0.02)
    size = (120, 40)
    await settle(size)
    for step in script:
        if isinstance(step, tuple):
            size = step
            cast(RecordingDriver, app._driver).resize(*step)
        else:
            app.post_message(events.Key(step, step if len(step) == 1 else None))
        await settle(size)
    app.exit()
    await task
    return list(log)


@pytest.fixture(scope="module")
def recording() -> list[str | tuple[int, int]]:
    """One session with the gallery."""
    return asyncio.run(record(Gallery(driver_class=RecordingDriver), SCRIPT))


@pytest.mark.parametrize(("sync", "erases_colored"), [(False, True), (True, False)])
def test_every_frame_shows_the_same(recording: list[str | tuple[int, int]], sync: bool, erases_colored: bool) -> None:
    """After each frame of a real app no cell differs."""
    pair, frames = Pair(120, 40, erases_colored), 0
    for step in recording:
        if isinstance(step, tuple):
            pair.resize(*step)
        else:
            pair.write(*(["\x1b[?2026h", step, "\x1b[?2026l"] if sync else [step]))
            pair.check()
            frames += 1
    assert frames > 50


def test_merged_frames_show_the_same_in_the_end(recording: list[str | tuple[int, int]]) -> None:
    pair, painted, checked = Pair(120, 40), False, 0
    for number, step in enumerate(recording):
        if isinstance(step, tuple):
            pair.resize(*step)
            painted = False  # what was not sent yet meets the new size: like any bytes under way, until all is painted
            continue
        painted = painted or step.count("\n") >= pair.plain.lines - 1
        pair._plain_stream.feed(step)
        pair.shadow.feed(step)
        if number % 3 == 0 and painted:
            pair.write("\x1b[1;1H")
            pair.check()
            checked += 1
    assert painted
    assert checked > 10
    pair.write("\x1b[1;1H")
    pair.check()


def test_frames_are_followed_not_passed_through(recording: list[str | tuple[int, int]]) -> None:
    pair, came, sent = Pair(120, 40), 0, 0
    for step in recording:
        if isinstance(step, tuple):
            pair.resize(*step)
        else:
            came += len(step)
            sent += len(pair.write(step))
    assert sent < came / 3


def test_a_table_scrolled_by_a_line_is_cheap() -> None:
    pair = Pair(120, 40)

    def frame(first: int) -> str:
        return page(120, 40, first) + at(39, 0, f"the cursor is on {first}".ljust(120), "1;44") + "\x1b[1;1H"

    pair.write(frame(0))
    for first in range(1, 5):
        assert len(pair.write(frame(first)).encode()) < 700
        pair.check()


class SlowLine:
    """A terminal whose line lets a write through only when told to."""

    def __init__(self) -> None:
        self.writes: list[str] = []
        self.busy, self.free = threading.Event(), threading.Event()
        self.screen = SoftTerminal(40, 10)
        self._stream = pyte.Stream(self.screen)

    def write(self, text: str) -> None:
        """Wait for the line."""
        self.busy.set()
        assert self.free.wait(PATIENCE_S)
        self.writes.append(text)
        self._stream.feed(text)

    def flush(self) -> None:
        """Nothing is kept."""

    def fileno(self) -> int:
        """There is no file behind it."""
        raise OSError


@pytest.fixture
def line() -> SlowLine:
    """A line that is not free yet."""
    return SlowLine()


@pytest.fixture
def output(line: SlowLine) -> Iterator[Output]:
    """An output over the slow line."""
    output = Output(cast(TextIO, line), 40, 10)
    output.start()
    yield output
    line.free.set()
    output.stop()


def test_a_burst_on_a_slow_line_becomes_one_difference(line: SlowLine, output: Output) -> None:
    output.feed(page(40, 10))
    assert line.busy.wait(PATIENCE_S)
    for number in range(200):
        output.feed(page(40, 10, number))
    output.feed("\x07")
    line.free.set()
    output.stop()
    assert len(line.writes) <= 3
    assert "".join(line.writes).count("\x07") == 1
    expected = Pair(40, 10)
    expected.write(page(40, 10, 199))
    assert [cells(line.screen, y) for y in range(10)] == [cells(expected.plain, y) for y in range(10)]


def test_all_is_written_before_the_end_and_nothing_after(line: SlowLine, output: Output) -> None:
    line.free.set()
    output.feed(page(40, 10))
    output.feed("\x1b[?1049l")
    output.stop()
    assert "".join(line.writes).endswith("\x1b[?1049l")
    assert "row 9" in "".join(line.writes)
    count = len(line.writes)
    output.feed(page(40, 10, 5))
    assert len(line.writes) == count
    assert output._shadow.take() == ""  # nor is it kept


def test_what_cannot_be_merged_waits_for_the_line(line: SlowLine, output: Output) -> None:
    def many() -> None:
        for number in range(MAX_WAITING * 3):
            output.feed(f"\x1b]0;{number}\x07")

    output.feed("\x07")
    assert line.busy.wait(PATIENCE_S)
    writer = threading.Thread(target=many, daemon=True)
    writer.start()
    writer.join(0.2)
    assert writer.is_alive()
    line.free.set()
    writer.join(PATIENCE_S)
    output.stop()
    titles = "".join(f"\x1b]0;{number}\x07" for number in range(MAX_WAITING * 3))
    assert "".join(line.writes) == "\x07" + titles


def test_a_line_that_is_gone_stops_nobody(line: SlowLine, output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(text: str) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(line, "write", gone)
    for number in range(MAX_WAITING * 3):
        output.feed(f"\x1b]0;{number}\x07")
    output.stop()  # would wait for ever for a thread that waits for the line
    assert not output.is_alive()


CHILD = """
import sys
sys.path[:0] = {path!r}
from tests.ui.terminal.test_driver import Gallery
from textual.drivers.linux_driver import LinuxDriver
from tuitune.ui.terminal.driver import DiffDriver
Gallery(driver_class={driver}).run()
"""


class Terminal:
    """The gallery in a terminal of its own."""

    def __init__(self, driver: str, folder: Path) -> None:
        self.screen, self.raw, self.ended = SoftTerminal(100, 30), "", False
        self._stream = pyte.Stream(self.screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")  # a read may end within a character
        script = folder / f"{driver}.py"
        script.write_text(CHILD.format(path=[str(REPOSITORY)], driver=driver))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONWARNINGS": ""}
        for name in ("COLUMNS", "LINES", "NO_COLOR"):
            environment.pop(name, None)
        self.pid, self._fd = pty.fork()
        if self.pid == 0:  # the child
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
            os.execve(sys.executable, [sys.executable, str(script)], environment)

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._fd, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Another size, as when the window is dragged."""
        self.screen.resize(lines, columns)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read(self) -> bool:
        """Take what has come; False where nothing did for a while."""
        if self.ended or not select.select([self._fd], [], [], 0.02)[0]:
            return False
        try:
            data = self._decoder.decode(os.read(self._fd, 65536))
        except OSError:  # how Linux tells the end
            self.ended = True
            return False
        self.raw += data
        self._stream.feed(data.replace("\x1b[<u", "").replace("\x1b[>25u", ""))  # pyte would move the cursor
        return True

    @property
    def shown(self) -> list[list[Any]]:
        """Each cell, and the cursor."""
        cursor = self.screen.cursor
        return [[cursor.y, cursor.x, cursor.hidden], *(cells(self.screen, y) for y in range(self.screen.lines))]

    def end(self) -> None:
        """Let nothing behind."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[Callable[[str], Terminal]]:
    """Opens the gallery with a driver."""
    opened: list[Terminal] = []

    def open_one(driver: str) -> Terminal:
        opened.append(Terminal(driver, tmp_path))
        return opened[-1]

    yield open_one
    for terminal in opened:
        terminal.end()


def wait_until(terminals: list[Terminal], step: str, what: Callable[[], bool]) -> None:
    """Read from all until nothing comes, and `what` holds."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        came = [terminal.read() for terminal in (*terminals, *terminals)]
        if not any(came) and what():
            return
        assert time.monotonic() < deadline, "\n".join([step, *terminals[-1].screen.display])


def is_back(terminal: Terminal) -> bool:
    """Whether the program has taken the screen again, and drawn on it."""
    return terminal.raw.count("\x1b[?1049h") == 2 and "column 0" in "\n".join(terminal.screen.display)


STEPS: dict[str, Callable[[Terminal], None]] = {
    "the terminal's answer: it can synchronize": lambda terminal: terminal.press("\x1b[?2026;1$y"),
    "down": lambda terminal: terminal.press("\x1b[B" * 3),
    "page down": lambda terminal: terminal.press("\x1b[6~"),
    "dialog": lambda terminal: terminal.press("\x1bOQ"),
    "closed": lambda terminal: terminal.press("\x1b"),
    "small": lambda terminal: terminal.resize(60, 20),
    "large": lambda terminal: terminal.resize(100, 30),
    "suspended and back": lambda terminal: terminal.press("\x1b[15~"),
    "down again": lambda terminal: terminal.press("\x1b[B"),
    "left": lambda terminal: terminal.press("\x1b[17~"),
}


def test_both_drivers_show_the_same_in_a_terminal(open_terminal: Callable[[str], Terminal]) -> None:
    stock, diff = both = [open_terminal("LinuxDriver"), open_terminal("DiffDriver")]
    wait_until(both, "start", lambda: all("column 0" in "\n".join(terminal.screen.display) for terminal in both))
    for name, step in STEPS.items():
        length = len(stock.raw), len(diff.raw)
        for terminal in both:
            step(terminal)
        if not name.startswith("the terminal"):
            wait_until(both, name, lambda: length[0] < len(stock.raw) and length[1] < len(diff.raw))  # noqa: B023
        if name.startswith("suspended"):  # while it is away, the two are alike as well, and a key would be for nobody
            wait_until(both, name, lambda: all(is_back(terminal) for terminal in both))
        wait_until(both, name, lambda: stock.shown == diff.shown)
    wait_until(both, "end", lambda: stock.ended and diff.ended)
    assert stock.shown == diff.shown
    assert "someone else" in diff.raw
    assert "the last words" in diff.raw
    assert len(diff.raw) < len(stock.raw) / 2
    for ending in ("\x1b[?1049l", "\x1b[?25h", "\x1b[?1004l", "\x1b[<u", "\x1b[?7h"):
        assert diff.raw.count(ending) == stock.raw.count(ending)
    assert diff.raw.endswith(stock.raw[stock.raw.rindex("\x1b[?1049l") :])
    assert diff.raw.count("\x1b[?2026h") == diff.raw.count("\x1b[?2026l") > 3
