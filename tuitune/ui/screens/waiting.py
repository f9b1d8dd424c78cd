"""A screen that is painted before there is anything to act on: what is typed meanwhile waits for it."""

from __future__ import annotations

import math
import time

from textual import events

from tuitune.ui.screens.reading import ReadingScreen


class WaitingScreen(ReadingScreen):
    """Until it is filled, keys wait; then they are pressed again, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self._is_filled = False
        self._filled_at = math.inf  # by the clock of messages
        self._early: list[events.Key] = []

    def set_filled(self) -> None:
        """There is something to act on: do what was typed before."""
        if self._is_filled:
            return
        self._is_filled, self._filled_at = True, time.monotonic()
        for key in self._early:
            self._press_again(key)
        self._early.clear()

    def on_key(self, event: events.Key) -> None:
        """What is typed before there is anything to act on waits for it; it may come here late."""
        if event.time < self._filled_at:
            event.stop()
            if self._is_filled:
                self._press_again(event)
            else:
                self._early.append(event)

    def _press_again(self, key: events.Key) -> None:
        again = events.Key(key.key, key.character)
        again.set_sender(self.app)  # what a screen sends itself ends there, short of the bindings
        self.app.post_message(again)
