"""The end of a run's log, for the screen."""

from __future__ import annotations

import os

from tuitune.analysis.log_text import LogText
from tuitune.launch.events import RunStatus
from tuitune.launch.runs import log_path

_LOG_BYTES = 16_000
_LOG_LINES = 200


def log_tail(run: RunStatus) -> list[str]:
    """The last lines that the training process printed, its progress bars as they ended; in each, colours alone."""
    path = log_path(run)
    try:
        with open(path, "rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - _LOG_BYTES))
            text = stream.read().decode(errors="replace")
    except OSError:
        return []
    log = LogText()
    return [*log.feed(text), log.rest()][-_LOG_LINES:]
