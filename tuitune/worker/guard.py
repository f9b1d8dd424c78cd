"""Keeps a relaunched script from harming the searches that it follows.

The script is the user's own and unchanged: it may well begin with `shutil.rmtree("my_dir")`. In a relaunch that
would delete the parent project and the new one with it, so it does nothing there. What a shell or native code deletes
is not seen here; `launch/keeping.py` puts it back.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any, Callable, Collection, Iterator, Optional, Set, Tuple

from tuitune.worker.oracles import RefusalError

_CLAIM_PATIENCE_S = 2.0  # who takes a claim holds it alone for an instant
_LONGEST_NAME = 4096
_guard: Optional[_Guard] = None
_WRITING_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def protect(projects: Collection[str], script: str) -> None:
    """From now on nothing that this process does in Python deletes or writes anything in `projects` (real paths).

    A deletion does nothing, and is told: the script goes on as if it had its way. A write is refused.
    """
    global _guard
    guard = _guard = _Guard(projects, Path(script).name)
    for name in ("remove", "unlink", "rmdir", "removedirs", "rename", "renames", "replace"):
        setattr(os, name, guard.spares(getattr(os, name)))
    for name in ("rmtree", "move"):
        setattr(shutil, name, guard.spares(getattr(shutil, name)))
    os.mkdir = guard.makes(os.mkdir)
    sys.addaudithook(guard.on_event)


@contextlib.contextmanager
def lifted() -> Iterator[None]:
    """While what was taken from the projects is put back."""
    if _guard is not None:
        _guard.is_lifted = True
    try:
        yield
    finally:
        if _guard is not None:
            _guard.is_lifted = False


class _Guard:
    """What is left alone, and what the script believes to have deleted."""

    def __init__(self, projects: Collection[str], script: str) -> None:
        self._projects = projects
        self._script = script
        self._believed_gone: Set[str] = set()
        self._told: Set[str] = set()
        self.is_lifted = False

    def spares(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function` as it is, but for what would take something away from the projects."""

        @functools.wraps(function)
        def spare(path: Any, *arguments: Any, **more: Any) -> Any:
            where = None if self.is_lifted or "dir_fd" in more or "src_dir_fd" in more else _real_path(path)
            why = None if where is None else self._why_not(where, removes=True)
            if where is None or why is None:
                return function(path, *arguments, **more)
            self._believed_gone.add(where)
            self._tell_once(where, why)
            return None

        return spare

    def _tell_once(self, where: str, why: str) -> None:
        """One line a project, however many files of it the script goes through."""
        about = next((project for project in self._projects if where.startswith(project + os.sep)), where)
        if about not in self._told:
            self._told.add(about)
            said = f"{self._script} wants to remove {where}, {why}: nothing is removed there"
            print(f"tuitune: {said}.", file=sys.stderr, flush=True)

    def makes(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`os.mkdir`, which finds nothing where the script believes to have deleted what was there."""

        @functools.wraps(function)
        def make(path: Any, *arguments: Any, **more: Any) -> Any:
            where = _real_path(path)
            if where is not None and where in self._believed_gone and os.path.isdir(where):
                self._believed_gone.discard(where)
                return None
            return function(path, *arguments, **more)

        return make

    def on_event(self, event: str, arguments: Tuple[Any, ...]) -> None:
        """The audit hook: it sees what does not come through the functions above. Raises RefusalError."""
        if self.is_lifted:
            return
        if event == "open":
            path, flags = arguments[0], arguments[2]
            if isinstance(flags, int) and flags & _WRITING_FLAGS:
                self._refuse(path, -1, removes=False)
        elif event == "os.rename":
            self._refuse(arguments[0], arguments[2], removes=True)
            self._refuse(arguments[1], arguments[3], removes=False)
        elif event in ("os.remove", "os.rmdir"):
            self._refuse(arguments[0], arguments[1], removes=True)
        elif event == "shutil.rmtree":
            self._refuse(arguments[0], -1, removes=True)

    def _refuse(self, path: Any, folder: Any, removes: bool) -> None:
        real = _real_path(path, folder)
        why = None if real is None else self._why_not(real, removes)
        if why is not None:
            raise RefusalError("Refused", f"{self._script} wants to {'remove' if removes else 'write'} {real}, {why}")

    def _why_not(self, real: str, removes: bool) -> Optional[str]:
        for project in self._projects:
            if real == project or real.startswith(project + os.sep):
                return "which a relaunch leaves alone"
            if removes and project.startswith(real.rstrip(os.sep) + os.sep):
                return "which holds a project that this search leaves alone"
        return None


def _real_path(path: Any, folder: Any = -1) -> Optional[str]:
    """Where `path` leads; from the open directory `folder` where it is relative to one."""
    if not isinstance(path, (str, bytes, os.PathLike)):
        return None
    name = os.fsdecode(path)
    if isinstance(folder, int) and folder >= 0:
        name = os.path.join(f"/proc/self/fd/{folder}", name)
    return os.path.realpath(name)


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
