"""Files as tuitune reads and writes them: tolerant JSON, atomic writes, JSON lines, a lock that is held.

Standard library only (the supervisor and the worker use it), and no knowledge of what the files mean.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import secrets
import stat
import time
from pathlib import Path
from typing import Any, Iterator

from tuitune.errors import describe_os_error

_SMALL_READ = 64 * 1024  # larger buffers are mapped one by one by the allocator, and cost four times as much
READ_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe must not keep us waiting
MOST_BYTES = 512 << 20  # an oracle.json of a million trials is a third of it; more is no JSON of keras-tuner
MOST_NOTE_BYTES = 16 << 20  # of a file that tuitune itself writes beside a project
MOST_LINES_BYTES = 8 << 20  # of JSON lines that are read at once; a longer line is none of ours


class UnreadableFile(Exception):
    """A file that holds no usable JSON. `problem` says why, in words for the user.

    `torn`: the file is empty or ends in the middle, as one that is just being written does.
    """

    def __init__(self, problem: str, torn: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.torn = torn


def read_bytes(path: str | os.PathLike[str], most: int = MOST_BYTES) -> bytes:
    """The whole file. Raises OSError, also for what is no file or holds more than `most` bytes."""
    return read_stamped(path, most)[0]


def fresh_stat(path: str | os.PathLike[str]) -> os.stat_result:
    """The state of a file or directory, as its server has it. Raises OSError, ValueError.

    A network file system answers os.stat from what it remembers, for up to a minute; at an open it asks.
    """
    handle = os.open(path, READ_FLAGS)
    try:
        return os.fstat(handle)
    finally:
        os.close(handle)


def read_stamped(
    path: str | os.PathLike[str], most: int = MOST_BYTES, known: tuple[int, int] | None = None
) -> tuple[bytes, os.stat_result]:
    """As `read_bytes`, with the state of the file when it was opened.

    Of a file whose time (ns) and size are `known`, nothing is read: then it is a `fresh_stat`, and no more.
    """
    handle = os.open(path, READ_FLAGS)
    try:
        status = os.fstat(handle)
        if known == (status.st_mtime_ns, status.st_size):
            return b"", status
        if not stat.S_ISREG(status.st_mode):
            is_folder = stat.S_ISDIR(status.st_mode)
            raise OSError(errno.EISDIR if is_folder else errno.EINVAL, "is a directory" if is_folder else "is no file")
        if status.st_size > most:
            raise OSError(errno.EFBIG, f"holds {status.st_size >> 20} MiB; the limit is {most >> 20} MiB")
        # One byte more than there should be tells whether it has grown, and saves the read that finds the end.
        wanted = min(status.st_size + 1, _SMALL_READ)
        data = os.read(handle, wanted)
        if len(data) < wanted:
            return data, status
        chunks, size = [data], len(data)
        while chunk := os.read(handle, _SMALL_READ):
            chunks.append(chunk)
            size += len(chunk)
            if size > most:
                raise OSError(errno.EFBIG, f"holds more than {most >> 20} MiB")
        return b"".join(chunks), status
    finally:
        os.close(handle)


_NO_JSON = (
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself: git lfs pull brings it"),
    (b"<<<<<<< ", "Git left a merge conflict in it: settle that, or check out one of the two"),
)


def parse_object(data: bytes) -> dict[str, Any]:
    """The JSON object in `data`, NaN and Infinity tokens allowed. Raises UnreadableFile."""
    if not data.strip():
        raise UnreadableFile("the file is empty: just being written, or cut off by a full disk or a kill", True)
    for beginning, what in _NO_JSON:
        if data.startswith(beginning):
            raise UnreadableFile(what)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        if not isinstance(error, ValueError):
            raise UnreadableFile("not whole JSON (nested too deeply): not keras-tuner's") from None
        if _ends_early(data, error):
            problem = f"cut off after {len(data)} bytes: the disk was full, or the writer was killed in the middle"
            raise UnreadableFile(f"not whole JSON, {problem}", True) from None
        if b"\n<<<<<<< " in data and b"\n>>>>>>> " in data:
            raise UnreadableFile(_NO_JSON[1][1]) from None
        raise UnreadableFile(f"not whole JSON ({error}): torn, or not keras-tuner's") from None
    if not isinstance(value, dict):
        raise UnreadableFile(f"holds a JSON {type(value).__name__}, expected an object: not keras-tuner's")
    return value


def _ends_early(data: bytes, error: ValueError) -> bool:
    """Whether JSON went wrong only because the data ends."""
    if isinstance(error, json.JSONDecodeError):
        rest = error.doc[error.pos :].strip()
        cut_word = any(word.startswith(rest) for word in ("true", "false", "null", "NaN", "Infinity", "-Infinity"))
        return cut_word or "Unterminated" in error.msg or ("escape" in error.msg and len(rest) < 7)
    return False


def read_object(path: Path, most: int = MOST_BYTES) -> dict[str, Any]:
    """The JSON object in the file at `path`. Raises UnreadableFile, also where the file cannot be read."""
    try:
        data = read_bytes(path, most)
    except (OSError, ValueError) as error:
        raise UnreadableFile(describe_os_error(error)) from None
    return parse_object(data)


def read_object_if_there(path: Path) -> dict[str, Any] | None:
    """As `read_object`, or None where there is no such file or it cannot be used."""
    try:
        return read_object(path)
    except UnreadableFile:
        return None


def write_atomic(path: Path, value: Any) -> None:
    """Write `value` as JSON so that a reader sees the old file or the new one, never a part. Raises OSError."""
    write_bytes_atomic(path, (json.dumps(value, indent=1, allow_nan=True) + "\n").encode())


def write_bytes_atomic(path: Path, data: bytes) -> None:
    """The same with bytes as they are. Raises OSError."""
    temporary = str(path.with_name(f".{path.name}.{os.getpid():x}-{secrets.token_hex(4)}"))
    # With the user's umask: who may read the directory of a group may read this, and nobody else.
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
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
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
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

    At most `MOST_LINES_BYTES` are read: where that offset has moved, there may be more. A last line without its newline
    is left for the next call; a broken line in the middle, or one that is longer, is skipped. No such file reads as
    nothing.
    """
    try:
        handle = os.open(path, READ_FLAGS)
        with open(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return [], offset
            stream.seek(offset)
            data = stream.read(MOST_LINES_BYTES)
    except (OSError, ValueError):
        return [], offset
    end = data.rfind(b"\n") + 1
    if not end and len(data) == MOST_LINES_BYTES:
        return [], offset + len(data)
    records = []
    for line in data[:end].splitlines():
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            records.append(record)
    return records, offset + end


def each_line(path: Path, offset: int = 0) -> Iterator[dict[str, Any]]:
    """Every JSON object after byte `offset`, as `read_lines` gives them, part by part."""
    while True:
        records, after = read_lines(path, offset)
        yield from records
        if after == offset:
            return
        offset = after


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
