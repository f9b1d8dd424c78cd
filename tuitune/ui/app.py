"""The app: which screen a path opens. Loads nothing that the first frame does not need."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from textual import events, on
from textual.app import App
from textual.driver import Driver
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.scrollbar import ScrollBar

from tuitune.analysis.text import printable, printable_lines
from tuitune.project.discover import begin_search
from tuitune.project.sources import is_input, nothing_at
from tuitune.ui.drawing.inert import Inert
from tuitune.ui.screens.project import ProjectScreen
from tuitune.ui.screens.waiting import WaitingScreen
from tuitune.ui.widgets.line import WIDE
from tuitune.ui.widgets.thin_scrollbar import ThinScrollBar

_SWITCH_S = 0.001  # in which threads take turns, in Python 0.005: a frame waits so long for the thread that writes it
_START_S = 1.0  # after the first frame the screen stands
_ALWAYS = ("q", "ctrl+c", "ctrl+q")  # leave the program also where nothing can be read
_LEAVE_S = 2.0  # for what is kept for the next time; then the program ends whatever its threads wait for
_PATIENCE_S = 0.03  # of a search for projects that the first frame waits for

_INERT = Inert()


class TuituneApp(App[None]):
    """Opens one project, or the list of the projects found under `root`."""

    CSS_PATH = "tuitune.tcss"
    TITLE = "tuitune"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-medium"), (118, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]

    def __init__(self, first: Screen[None], driver: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver)
        ScrollBar.renderer = ThinScrollBar
        self.animation_level = "none"  # nothing moves: each step would travel over the line
        self._first = first
        self._early: list[events.Key] = []  # typed ahead of a screen that waits

    def get_default_screen(self) -> Screen[None]:
        """The one project, or the list."""
        width = [name for least, name in self.HORIZONTAL_BREAKPOINTS or () if least <= self.size.width]
        height = [name for least, name in self.VERTICAL_BREAKPOINTS or () if least <= self.size.height]
        self._first.add_class(*width[-1:], *height[-1:], update=False)  # or the first resize works out all styles again
        return self._first

    async def on_event(self, event: events.Event) -> None:
        """Keys come here first, in the order in which they were typed; none overtakes one that waits."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            if self._is_waiting and (self._early or event.key not in _ALWAYS):
                self._early.append(event)
                return
            await self._press_early()
        await super().on_event(event)

    @property
    def _is_waiting(self) -> bool:
        return bool(self._screen_stack) and isinstance(self.screen, WaitingScreen) and self.screen.is_waiting

    @on(WaitingScreen.Filled)
    async def _press_early(self) -> None:
        while self._early and not self._is_waiting:
            await super().on_event(self._early.pop(0))

    def on_ready(self) -> None:
        """The first frame is painted: garbage collection begins, of what is made from now on."""
        self.set_timer(_START_S, _collect_garbage)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Each line of every widget passes these; the last makes sure that it is text."""
        return [*super().get_line_filters(), _INERT]

    def action_help_quit(self) -> None:
        """What ctrl+c does where it copies nothing."""
        self.notify("q leaves the program; runs go on.")

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Names from files come into notices too: they are text, without markup and without control characters."""
        text = "\n".join(printable_lines(message))
        super().notify(text, title=printable(title), severity=severity, timeout=timeout, markup=markup)


def _collect_garbage() -> None:
    gc.freeze()
    gc.enable()


def make_app(path: str, driver: type[Driver] | None = None) -> TuituneApp:
    """The app for `path`; `driver` writes to the terminal. Raises TuituneError where there is nothing to open."""
    root = Path(path)
    if is_input(root):
        return TuituneApp(ProjectScreen(root), driver)
    from tuitune.ui.screens.project_list import ProjectListScreen

    found = begin_search(root, _PATIENCE_S)
    if found.is_complete and not found.paths:
        raise nothing_at(root, ", and no project lies under it")
    return TuituneApp(ProjectListScreen(root, found), driver)


def open_screen(path: str, is_plain: bool = False) -> int:
    """Run the screen on `path`; returns the exit status.

    `is_plain`: write every frame as Textual does, not only the cells that changed.
    """
    sys.setswitchinterval(_SWITCH_S)
    driver: type[Driver] | None = None
    if not is_plain:
        from tuitune.ui.terminal.driver import DiffDriver

        driver = DiffDriver
    app = make_app(path, driver)
    loop = asyncio.new_event_loop()  # its end waits for no thread, as that of asyncio.run does
    try:
        app.run(loop=loop)
    finally:
        loop.close()
    status = app.return_code or 0
    if not _threads_end(_LEAVE_S):
        os._exit(status)
    return status


def _threads_end(within_s: float) -> bool:
    """Wait for threads that still read or keep something; one whose server is gone would hold the program for good."""
    deadline = time.monotonic() + within_s
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread() and not thread.daemon]
    for thread in others:
        thread.join(max(0.0, deadline - time.monotonic()))
    return not any(thread.is_alive() for thread in others)
