"""The lines of a log with their colours."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text


def draw_log(lines: Iterable[str]) -> Text:
    """Lines that hold nothing but text and colours, as the screen shows them."""
    return Text.from_ansi("\n".join(lines), no_wrap=True)
