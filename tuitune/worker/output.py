"""What a training prints goes to the run's log; a log that cannot be written must not end the training."""

from __future__ import annotations

import errno
import io
import sys
from typing import Any

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)


class _Patient(io.RawIOBase):
    """A file to which writing succeeds also where there is no room: what does not fit is lost."""

    def __init__(self, stream: Any) -> None:
        super().__init__()
        self._stream = stream  # which would close the file if it went
        self._raw = getattr(stream.buffer, "raw", stream.buffer)

    def writable(self) -> bool:
        """It is there to be written."""
        return True

    def fileno(self) -> int:
        """The descriptor, for who writes to it natively."""
        return int(self._raw.fileno())

    def isatty(self) -> bool:
        """A log is no terminal."""
        return False

    def write(self, data: Any) -> int:
        """All of `data`, as far as the caller is concerned. Raises OSError for what is no lack of room."""
        try:
            self._raw.write(data)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
        return len(data)


def survive_full_disks() -> None:
    """Make sys.stdout and sys.stderr such files."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        patient = io.TextIOWrapper(
            _Patient(stream),  # type: ignore[type-var]
            encoding=stream.encoding,
            errors="backslashreplace",
            line_buffering=True,
            write_through=True,
        )
        setattr(sys, name, patient)
        setattr(sys, f"__{name}__", patient)
