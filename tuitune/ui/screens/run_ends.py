"""Which run has ended while its project was on the screen: that is told, and once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuitune.launch.events import RunStatus


class RunEnds:
    """Asked again and again with the run of a project."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._running: str | None = None  # the run that was seen running

    def new_end(self, run: RunStatus | None) -> RunStatus | None:
        """The run, where it has ended since it was seen running, the first time only."""
        if run is None or run.run in self._told:
            return None
        if run.state == "running":
            self._running = run.run
            return None
        self._told.add(run.run)
        return run if self._running == run.run else None
