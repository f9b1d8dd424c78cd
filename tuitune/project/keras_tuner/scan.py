"""Reads and looks at many small files, on a local disk one after another, on a slow file system many at once.

Threads cost more than they bring where a file is read in microseconds, and hide the waiting where each call
travels over a network. Which it is, is measured while it goes.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

import msgspec

from tuitune import files
from tuitune.errors import describe_os_error

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

SLOW_S = 0.0003  # a file that takes longer waits for something else than this machine's memory
_PROBES, _PROBES_OF_SLOW = 8, 4
_THREADS, _AT_ONCE = 32, 2048
_CHUNK = 64  # what is read together stays in the processor's cache
_MOST_BYTES = 64 << 20  # of one trial.json
_PLAIN_BYTES = 32 << 10

_Answer = TypeVar("_Answer")


class Read(msgspec.Struct, gc=False):
    """One file: its bytes and when they were written, or why there are none.

    `problem` is "" where the file was read, None where there is no such file.
    """

    data: bytes = b""
    mtime_ns: int = 0
    size: int = 0
    problem: str | None = ""


class Pace:
    """How long it takes to ask for one file, as last measured."""

    def __init__(self) -> None:
        self.call_s = 0.0
        self._slow_in_a_row = 0
        self._is_known = False

    @property
    def is_slow(self) -> bool:
        """Whether the files lie on something slower than a local disk. One slow answer can be another thread's work."""
        return self._slow_in_a_row > 1

    @property
    def chunk(self) -> int:
        """How many files to ask for one after the other, until it is told again how long that took."""
        if self.is_slow:
            return _PROBES_OF_SLOW
        return _CHUNK if self._is_known and not self._slow_in_a_row else _PROBES

    def note(self, seconds: float, count: int) -> None:
        """`count` files took so long, one after the other."""
        self.call_s = seconds / count
        self._is_known |= count >= _PROBES
        self._slow_in_a_row = self._slow_in_a_row + 1 if self.call_s > SLOW_S else 0


class Scanner:
    """Looks at files under one directory. Remembers how long that takes there."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._pool: ThreadPoolExecutor | None = None
        # On a network the one can be answered from a cache while the other travels.
        self.reading, self.stamping, self._asking = Pace(), Pace(), Pace()

    @property
    def is_remote(self) -> bool:
        """Whether what was asked last had to travel."""
        return self._asking.is_slow

    def read(self, names: Sequence[str]) -> Iterator[Read]:
        """The file of each name, in the same order."""
        return self._each(self.reading, self._read_plain, self._read_one, names)

    def stamps(self, names: Sequence[str]) -> Iterator[tuple[int, int] | None]:
        """Modification time (ns) and size of each file; None where there is none."""
        return self._each(self.stamping, lambda chunk: list(map(self._stamp_one, chunk)), self._stamp_one, names)

    def read_if_changed(self, name: str, known: tuple[int, int] | None) -> Read | None:
        """The file, or None where its modification time (ns) and size are those `known`, as the server has them."""
        began = time.perf_counter()
        read = self._read_one(name, files.MOST_BYTES, known)
        is_known = known == (read.mtime_ns, read.size) and read.problem == ""
        if is_known or len(read.data) <= _PLAIN_BYTES:
            self._asking.note(time.perf_counter() - began, 1)
        return None if is_known else read

    def close(self) -> None:
        """Let the threads go."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def _each(
        self,
        pace: Pace,
        look_at_all: Callable[[Sequence[str]], list[_Answer]],
        look: Callable[[str], _Answer],
        names: Sequence[str],
    ) -> Iterator[_Answer]:
        """The answers for `names`: of `look_at_all` for a few each, or of `look` in threads where that is slow."""
        done = 0
        while done < len(names):
            # A few tell what a call costs now: a network can become fast, a disk slow.
            chunk = names[done : done + pace.chunk]
            began = time.perf_counter()
            answers = look_at_all(chunk)
            pace.note(time.perf_counter() - began, len(chunk))
            yield from answers
            done += len(chunk)
            if pace.is_slow:
                yield from self._threads().map(look, names[done : done + _AT_ONCE])
                done += _AT_ONCE

    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(_THREADS, "tuitune-scan")
        return self._pool

    def _read_one(self, name: str, most: int = _MOST_BYTES, known: tuple[int, int] | None = None) -> Read:
        try:
            data, status = files.read_stamped(f"{self._root}/{name}", most, known)
        except (FileNotFoundError, NotADirectoryError):
            return Read(problem=None)
        except (OSError, ValueError) as error:
            return Read(problem=describe_os_error(error))
        return Read(data, status.st_mtime_ns, status.st_size)

    def _read_plain(self, names: Sequence[str]) -> list[Read]:
        """As `_read_one` for each name, in one loop without calls: a call costs as much as reading a small file."""
        try:
            root = os.open(self._root, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        except (OSError, ValueError):
            return list(map(self._read_one, names))
        found = []
        try:
            for name in names:
                data, size = b"", -1
                try:
                    handle = os.open(name, files.READ_FLAGS, dir_fd=root)
                    try:
                        status = os.fstat(handle)
                        if status.st_size <= _PLAIN_BYTES and stat.S_ISREG(status.st_mode):
                            size = status.st_size
                            data = os.read(handle, size + 1)  # one byte more tells whether it has grown
                    finally:
                        os.close(handle)
                except (OSError, ValueError):
                    size = -1
                plain = len(data) == size
                found.append(Read(data, status.st_mtime_ns, size) if plain else self._read_one(name))
        finally:
            os.close(root)
        return found

    def _stamp_one(self, name: str) -> tuple[int, int] | None:
        try:
            status = os.stat(f"{self._root}/{name}")
        except (OSError, ValueError):
            return None
        return status.st_mtime_ns, status.st_size
