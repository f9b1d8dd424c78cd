"""The end of a run's log, for the screen."""

from __future__ import annotations

import os

from tuitune.analysis.text import printable_lines
from tuitune.launch.events import RunStatus
from tuitune.launch.runs import log_path

_LOG_BYTES = 16_000
_LOG_LINES = 200


def log_tail(run: RunStatus) -> list[str]:
    """The last lines that the training process printed; its progress bars count as the line they end on."""
    path = log_path(run)
    try:
        with open(path, "rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - _LOG_BYTES))
            text = stream.read().decode(errors="replace")
    except OSError:
        return []
    lines = [line.replace("\b", "").rsplit("\r", 1)[-1] for line in text.replace("\r\n", "\n").split("\n")]
    return [part for line in lines[-_LOG_LINES:] for part in (printable_lines(line) or [""])]
