"""Keeps what a project's screen shows for the next time, when the project is at rest and the screen is drawn whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rich.text import Text
from textual.screen import Screen
from textual.timer import Timer

from tuitune.ui.views.base import View

_TRIES, _LOOK_S = 100, 0.1  # looks whether all is drawn, and the seconds between two; then what is there is kept


class ScreenSaver:
    """Saves the first view of `screen`, under its heading, by `save`, which writes a file and so runs in a thread."""

    def __init__(
        self, screen: Screen[None], view: View, heading: Callable[[], Text], save: Callable[[bytes], None]
    ) -> None:
        self._screen, self._view = screen, view
        self._heading, self._save = heading, save
        self._later: Timer | None = None

    def at_rest(self, stamp: list[int], tries: int = _TRIES) -> None:
        """All was read, and `stamp` was the project's state before that. The curves come behind the rows."""
        if self._later is not None:
            self._later.stop()
        if not self._view.is_drawn and tries:
            self._later = self._screen.set_timer(_LOOK_S, partial(self.at_rest, stamp, tries - 1))
            return
        data = self._view.to_save(stamp, self._heading(), self._screen.app.console)
        if data is not None:
            write = partial(self._save, data)
            self._screen.run_worker(write, thread=True, group="keep", exit_on_error=False)
