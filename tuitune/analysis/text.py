"""Text from files made safe to show: nothing in it can steer a terminal or turn it around."""

from __future__ import annotations

from typing import Any

from tuitune.project.scalars import format_scalar

_INERT = {code: 0x2400 + code for code in range(0x20)}  # ␀ … ␟, the pictures of control characters
_INERT[0x7F] = 0x2421
_INERT.update(dict.fromkeys(range(0x80, 0xA0), 0x00B7))
_INERT.update(dict.fromkeys(range(0xD800, 0xE000), 0xFFFD))  # half a character: no terminal can be sent it
_HIDDEN = (*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), *range(0xFFF9, 0xFFFC))
for _code in (0x00AD, 0x061C, 0x180E, 0xFEFF, *_HIDDEN, *range(0xE0000, 0xE0080)):
    _INERT[_code] = 0x00B7  # invisible, or turning the direction of the line


def printable(text: str) -> str:
    """`text` on one line, every control character replaced by a visible one."""
    return text if text.isascii() and text.isprintable() else text.translate(_INERT)


def printable_lines(text: str) -> list[str]:
    """The lines of `text`, each printable; tabs become spaces."""
    return [printable(line.expandtabs(4)) for line in text.splitlines()]


def cell(value: Any) -> str:
    """A value as a table shows it: short, on one line; "" where there is none."""
    if isinstance(value, str):
        return printable(value)
    return format_scalar(value)


def duration(seconds: float | None) -> str:
    """`4.2s`, `3m05s`, `2h10m`; "" where unknown."""
    if seconds is None:
        return ""
    if round(seconds) < 60:
        return f"{seconds:.1f}s" if round(seconds, 1) < 10 else f"{seconds:.0f}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m" if hours < 100 else f"{hours // 24}d{hours % 24:02d}h"


def counted(number: int, what: str) -> str:
    """`1 trial`, `3 trials`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
