"""The real program in a real terminal: a pty, its keys, and what the screen shows (read by pyte)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pty.terminal import Open, Terminal


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[Open]:
    """Opens terminals, and closes those that a test left open."""
    opened: list[Terminal] = []

    def begin(*arguments: str | Path, columns: int = 120, lines: int = 40) -> Terminal:
        opened.append(Terminal([str(item) for item in arguments], tmp_path, columns, lines))
        return opened[-1]

    yield begin
    for terminal in opened:
        terminal.close()
