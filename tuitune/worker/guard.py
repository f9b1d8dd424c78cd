"""Keeps a relaunched script from harming the searches that it follows.

The script is the user's own and unchanged: it may well begin with `shutil.rmtree("my_dir")`. In a relaunch that
would delete the parent project and the new one with it, so it is refused, through Python's audit events. What
native code deletes by itself is not seen.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Any, Collection, Tuple

from tuitune.worker.oracles import RefusalError

_REMOVING = frozenset({"shutil.rmtree", "os.remove", "os.rmdir", "os.rename"})
_CLAIM_PATIENCE_S = 2.0  # who takes a claim holds it alone for an instant
_LONGEST_NAME = 4096
_WRITING_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def protect(projects: Collection[str], script: str) -> None:
    """From now on this process can neither delete nor write anything in `projects` (real paths)."""

    def hook(event: str, arguments: Tuple[Any, ...]) -> None:
        if event == "open":
            path, flags = arguments[0], arguments[2]
            if not isinstance(flags, int) or not flags & _WRITING_FLAGS:
                return
            doing = "write"
        elif event in _REMOVING:
            path, doing = arguments[0], "remove"
        else:
            return
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        real = os.path.realpath(os.fsdecode(path))
        for project in projects:
            inside = real == project or real.startswith(project + os.sep)
            around = doing == "remove" and project.startswith(real.rstrip(os.sep) + os.sep)
            if inside or around:
                what = "which holds the project that this search follows" if around else "which a relaunch leaves alone"
                raise RefusalError("Refused", f"{Path(script).name} wants to {doing} {real}, {what}")

    sys.addaudithook(hook)


def claim(run_dir: Path, project: str) -> int:
    """Hold, until this process ends, the right of this run to search `project`. Its workers share it.

    Raises RefusalError where another run has it. The lock lies beside the runs, because the project's own directory
    may be deleted by `overwrite=True`.
    """
    name = hashlib.sha256(project.encode(errors="surrogateescape")).hexdigest()[:20]
    handle = os.open(str(run_dir.parent / f".search-{name}"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _share(handle, run_dir.name.encode()):
            os.close(handle)
            message = f"{project} is being searched by another run; stop that first (tuitune runs lists it)"
            raise RefusalError("Already searching", message)
    except OSError:
        pass  # a file system without locks: as it would be without tuitune
    return handle


def _share(handle: int, run: bytes) -> bool:
    """Share the lock with the other workers of `run`, whose name the file holds; False where it is another run's.

    The first to come holds it alone for as long as it takes to write the name. Raises OSError where nothing locks.
    """
    deadline = time.monotonic() + _CLAIM_PATIENCE_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with contextlib.suppress(OSError):  # a full disk: a name that cannot be written refuses nobody
                os.ftruncate(handle, 0)
                os.pwrite(handle, run, 0)
        except BlockingIOError:
            pass  # somebody holds it: whoever that is
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return os.pread(handle, _LONGEST_NAME, 0) in (run, b"")
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
