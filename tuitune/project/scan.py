"""Reads and looks at many small files, on a local disk one after another, on a slow file system many at once.

Threads cost more than they bring where a file is read in microseconds, and hide the waiting where each call
travels over a network. Which it is, is measured while it goes.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

import msgspec

from tuitune import files

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

SLOW_S = 0.0003  # a file that takes longer waits for something else than this machine's memory
_PROBES, _PROBES_OF_SLOW = 32, 4
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


class Scanner:
    """Looks at files under one directory. Remembers how long a call takes there."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._pool: ThreadPoolExecutor | None = None
        self.call_s = 0.0  # the time that one file takes, as last measured

    @property
    def is_slow(self) -> bool:
        """Whether the files lie on something slower than a local disk."""
        return self.call_s > SLOW_S

    def read(self, names: Sequence[str]) -> Iterator[Read]:
        """The file of each name, in the same order."""
        return self._each(self._read_one, names, self._read_plain)

    def stamps(self, names: Sequence[str]) -> Iterator[tuple[int, int] | None]:
        """Modification time (ns) and size of each file; None where there is none."""
        return self._each(self._stamp_one, names)

    def close(self) -> None:
        """Let the threads go."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def _each(
        self,
        look: Callable[[str], _Answer],
        names: Sequence[str],
        look_at_all: Callable[[Sequence[str]], Iterable[_Answer]] | None = None,
    ) -> Iterator[_Answer]:
        """`look` at each; on a local disk `look_at_all`, which answers the same with less ado."""
        done = 0
        while done < len(names):
            # A few one after the other tell what a call costs now: a network can become fast, a disk slow.
            size = _PROBES_OF_SLOW if self.is_slow else _CHUNK if self.call_s else _PROBES
            chunk = names[done : done + size]
            began = time.perf_counter()
            answers = list(look_at_all(chunk) if look_at_all and not self.is_slow else map(look, chunk))
            self.call_s = (time.perf_counter() - began) / len(chunk)
            yield from answers
            done += len(chunk)
            if self.is_slow:
                yield from self._threads().map(look, names[done : done + _AT_ONCE])
                done += _AT_ONCE

    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(_THREADS, "tuitune-scan")
        return self._pool

    def _read_one(self, name: str) -> Read:
        try:
            data, status = files.read_stamped(f"{self._root}/{name}", _MOST_BYTES)
        except (FileNotFoundError, NotADirectoryError):
            return Read(problem=None)
        except (OSError, ValueError) as error:
            return Read(problem=files.describe_os_error(error))
        return Read(data, status.st_mtime_ns, status.st_size)

    def _read_plain(self, names: Sequence[str]) -> list[Read]:
        """As `_read_one` for each name, but in one stride: calls would cost as much as a small file does."""
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
