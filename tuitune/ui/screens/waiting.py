"""A screen that is painted before there is anything to act on. The app holds back the keys until it says that it is."""

from __future__ import annotations

from textual.message import Message

from tuitune.ui.screens.reading import ReadingScreen


class WaitingScreen(ReadingScreen):
    """What is typed ahead waits while `is_waiting`, and is done in its order once the screen is `Filled`."""

    class Filled(Message):
        """Posted when there is something to act on."""

    def __init__(self) -> None:
        super().__init__()
        self.is_waiting = True

    def set_filled(self) -> None:
        """There is something to act on."""
        if self.is_waiting:
            self.is_waiting = False
            self.refresh_bindings()  # what a key could not do before it can now, and a click on it too
            self.post_message(self.Filled())
