"""Files as tuitune reads and writes them: tolerant JSON, atomic writes, JSON lines, a lock that is held.

Standard library only (the supervisor and the worker use it), and no knowledge of what the files mean.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any, Iterator

_SMALL_READ = 64 * 1024  # larger buffers are mapped one by one by the allocator, and cost four times as much


class UnreadableFile(Exception):
    """A file that holds no usable JSON. `problem` says why, in words for the user."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The whole file. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        chunks = []
        while chunk := os.read(handle, _SMALL_READ):
            chunks.append(chunk)
        return b"".join(chunks)
    finally:
        os.close(handle)


def parse_object(path: Path, data: bytes) -> dict[str, Any]:
    """The JSON object in `data`, NaN and Infinity tokens allowed. Raises UnreadableFile."""
    if not data.strip():
        raise UnreadableFile(path, "the file is empty: just being written, or cut off by a full disk or a kill")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        detail = str(error) if isinstance(error, ValueError) else "nested too deeply"
        raise UnreadableFile(path, f"not whole JSON ({detail}): torn, or not keras-tuner's") from None
    if not isinstance(value, dict):
        raise UnreadableFile(path, f"holds a JSON {type(value).__name__}, expected an object: not keras-tuner's")
    return value


def describe_os_error(error: OSError) -> str:
    """The system's words for `error`, without number and path."""
    return (error.strerror or str(error)).lower()


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in the file at `path`. Raises UnreadableFile, also where the file cannot be read."""
    try:
        data = read_bytes(path)
    except OSError as error:
        raise UnreadableFile(path, describe_os_error(error)) from None
    return parse_object(path, data)


def read_object_if_there(path: Path) -> dict[str, Any] | None:
    """As `read_object`, or None where there is no such file or it cannot be used."""
    try:
        return read_object(path)
    except UnreadableFile:
        return None


def write_atomic(path: Path, value: Any) -> None:
    """Write `value` as JSON so that a reader sees the old file or the new one, never a part. Raises OSError."""
    text = json.dumps(value, indent=1, allow_nan=True)
    handle, temporary = tempfile.mkstemp(dir=str(path.parent), prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def append_line(path: Path, value: Any) -> None:
    """Append `value` as one JSON line, whole beside the lines of other writers.

    A tail torn by a kill is closed with a newline first, so that it costs only itself; the lock keeps a line
    that another process is just writing from looking like one.
    """
    line = (json.dumps(value, separators=(",", ":")) + "\n").encode()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        with contextlib.suppress(OSError):  # a file system without locks: a single write is whole all the same
            fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            line = b"\n" + line
        os.write(handle, line)
    finally:
        os.close(handle)


def read_lines(path: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """The JSON objects written after byte `offset`, and the offset from which to read on.

    A last line without its newline is left for the next call; a broken line in the middle is skipped.
    No such file reads as nothing.
    """
    try:
        with open(path, "rb") as stream:
            stream.seek(offset)
            data = stream.read()
    except OSError:
        return [], offset
    end = data.rfind(b"\n") + 1
    records = []
    for line in data[:end].splitlines():
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            records.append(record)
    return records, offset + end


@contextlib.contextmanager
def held_lock(path: Path, patience_s: float = 2.0) -> Iterator[int]:
    """Hold an exclusive flock on `path`; yields its descriptor. Raises BlockingIOError when another holds it.

    Somebody who looks whether it is held (`is_held`) takes it for an instant, hence the patience.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + patience_s
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        yield handle
    finally:
        os.close(handle)


def is_held(path: Path) -> bool:
    """Whether a process holds the lock at `path`: the one proof that a run lives."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False
