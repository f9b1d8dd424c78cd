"""What every screen of a project does to stay true: it asks threads to read, and they answer by message."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from textual import on, work
from textual.screen import Screen

from tuitune.errors import in_words
from tuitune.ui.messages import AtRest, FamilyRead, ProjectRead, ReadFailed, RunsRead

if TYPE_CHECKING:
    from tuitune.launch.events import RunStatus
    from tuitune.ui.feeds.project import Feed
    from tuitune.ui.session import Session

_SHOWN_WITHIN_S = 5.0


class ReadingScreen(Screen[None]):
    """Reads the project, its runs and its family again whenever `_read` is called, one reading at a time."""

    session: Session
    _feed: Feed

    def __init__(self) -> None:
        super().__init__()
        self._reading = False
        self._is_at_rest = False
        self._is_shown = threading.Event()
        self._is_shown.set()
        self._problem = ""  # the last that reading met

    def _watched_run(self) -> RunStatus | None:
        """The run whose log is on the screen."""
        return None

    def _wants_family(self) -> bool:
        """Whether the other rounds are to be read too."""
        return False

    def _read(self) -> None:
        if not self._reading and self.is_attached:
            self._reading = True
            self._read_in_thread(self._watched_run(), self._wants_family())

    @work(thread=True, group="read", exit_on_error=False)
    def _read_in_thread(self, watched: RunStatus | None, wants_family: bool) -> None:
        try:
            self._post_project()  # rows first: what runs can wait a moment
            runs = self._feed.runs()
            log = self._feed.log(watched) if watched is not None else []
            self.post_message(RunsRead(runs, watched.run if watched else None, log))
            while self._feed.is_behind and self.is_attached:
                self._post_project()
            family = self._feed.family() if wants_family else None
            if family is not None:
                self.post_message(FamilyRead(*family))
            self._feed.prepare()
        except Exception as error:
            self.post_message(ReadFailed(in_words(error)))
        finally:
            self._reading = False

    def _post_project(self) -> None:
        stamp = self._feed.stamp()
        found = self._feed.project()
        if found is not None:
            self._is_shown.wait(_SHOWN_WITHIN_S)  # or states of a large project pile up before the screen
            self._is_shown.clear()
            self._is_at_rest = False
            self.post_message(ProjectRead(*found))
        elif not self._is_at_rest:
            self._is_at_rest = True
            self.post_message(AtRest(stamp))

    def project_shown(self) -> None:
        """The project that was read last is on the screen: the next may come."""
        self._is_shown.set()

    @on(ReadFailed)
    def _read_failed(self, message: ReadFailed) -> None:
        if message.problem == self._problem:
            return  # said already
        self._problem = message.problem
        self.notify(message.problem, title="Could not read", severity="warning")
