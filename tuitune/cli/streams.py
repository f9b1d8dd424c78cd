"""stdout and stderr of a command: whatever is printed reaches a terminal as text and steers nothing."""

from __future__ import annotations

import io
import sys
from typing import TextIO

import click

from tuitune.analysis.text import printable


class InertStream(io.TextIOWrapper):
    """A stream on which line ends are the only control characters."""

    def __init__(self, stream: io.TextIOWrapper, encoding: str) -> None:
        super().__init__(stream.buffer, encoding, "backslashreplace", line_buffering=True)
        self._stream = stream  # which would close the file if it went

    def write(self, text: str) -> int:
        """Write `text`, each other control character as its picture. Returns the length of `text`."""
        super().write("\n".join(map(printable, text.split("\n"))))
        return len(text)

    def write_colored(self, text: str) -> None:
        """Write `text` as it is: its writer knows that it holds nothing but text and colours."""
        super().write(text)


def make_inert() -> None:
    """Make stderr such a stream, and stdout where it is a terminal; what goes to a file or a pipe is left exact.

    Neither fails on a character that it cannot encode.
    """
    sys.stdout = _opened(sys.stdout, on_terminals_only=True)
    sys.stderr = _opened(sys.stderr, on_terminals_only=False)


def _opened(stream: TextIO, on_terminals_only: bool) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):
        return stream  # none at all, or somebody's own
    # click writes past a stream that is ASCII, through one of its own.
    encoding = "utf-8" if stream.encoding.lower() in ("ascii", "ansi_x3.4-1968", "us-ascii") else stream.encoding
    if on_terminals_only and not stream.isatty():
        stream.reconfigure(encoding=encoding, errors="backslashreplace")
        return stream
    return InertStream(stream, encoding)


class LinePrinter:
    """Prints lines that hold nothing but text and colours to stdout; the colours only where it is a terminal."""

    def __init__(self) -> None:
        self._stream = sys.stdout if isinstance(sys.stdout, InertStream) else None
        self._growing = ""  # what stands in the terminal's last line, which has not ended

    def line(self, line: str) -> None:
        """A line that has ended."""
        self._write(line + "\n")
        self._growing = ""

    def growing(self, line: str) -> None:
        """A line as it stands until more of it comes; on a terminal only, where the next one takes its place."""
        if self._stream is not None and line != self._growing:
            self._write(line)
            self._growing = line

    def last(self, line: str) -> None:
        """A line that ends with no line end."""
        if line != self._growing:
            self._write(line)

    def _write(self, text: str) -> None:
        if self._stream is None:
            click.echo(click.unstyle(text), nl=False)
            return
        self._stream.write_colored(f"\r\x1b[K{text}" if self._growing else text)
        self._stream.flush()
