"""Makes the copies by which what a script takes from its family can be put back.

Standard library only, for the worker's Python.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tuitune import files
from tuitune.launch.keeping import FAMILY, KEPT, NEIGHBOUR, OWN, Entry, Keeping, copy_bytes
from tuitune.project import TUITUNE_FOLDER

_SMALL = 1 << 20  # bytes of a file that is always copied
_COPIED = 1 << 30  # bytes of larger files that are copied, all together; the rest is linked
_MOST_NEIGHBOURS = 20_000  # files beside the family


def keep(run_dir: Path, spec: dict[str, Any]) -> Keeping | None:
    """Keep what lies beside the project of a relaunch, before its script begins. Raises OSError.

    Every project there is family: a script may reach them all. Of a first search that goes on only its own project is
    kept, until its tuner is built. None where there is nothing to keep.
    """
    project = spec.get("resume") or spec.get("project")
    if not project or (spec.get("kind") != "relaunch" and not spec.get("resume")):
        return None
    base, new = Path(project).parent, Path(project).name
    if not base.is_dir():
        return None
    place = _place_for(run_dir, base)
    content = {"base": str(base), "place": str(place), "entries": []}
    files.write_atomic(run_dir / KEPT, content)  # whoever dies in the middle leaves nothing that nobody knows of
    place.mkdir(mode=0o700)
    keeper = _Keeper(base, place)
    try:
        beside = [name for name in _names(base) if name not in (new, place.name)]
        if spec.get("resume"):
            beside = []
        family = [name for name in beside if _is_project(base / name)]
        for name in family:
            keeper.keep(name, FAMILY)
        keeper.keep(new, OWN)
        keeper.keep_neighbours([name for name in beside if name not in family])
        files.write_atomic(run_dir / KEPT, {**content, "entries": keeper.entries})
    except BaseException:
        Keeping(base, place, []).drop(run_dir)
        raise
    return Keeping(base, place, keeper.entries)


class _Keeper:
    """Makes the copies."""

    def __init__(self, base: Path, place: Path) -> None:
        self.entries: list[Entry] = []
        self._base, self._place = base, place
        self._may_copy = _COPIED

    def keep(self, name: str, role: str) -> None:
        """One entry of the directory, and all below it."""
        for path in _walk(self._base / name):
            with contextlib.suppress(FileNotFoundError):  # a search that goes on beside us
                self._keep_one(path, role)

    def keep_neighbours(self, names: list[str]) -> None:
        """What is no project; nothing of it where it is too much."""
        before = len(self.entries)
        for name in names:
            for path in _walk(self._base / name):
                with contextlib.suppress(FileNotFoundError):
                    self._keep_one(path, NEIGHBOUR)
                if len(self.entries) - before > _MOST_NEIGHBOURS:
                    del self.entries[before:]
                    return

    def _keep_one(self, path: Path, role: str) -> None:
        relative = str(path.relative_to(self._base))
        status = os.lstat(str(path))
        mode = stat.S_IMODE(status.st_mode)
        if stat.S_ISLNK(status.st_mode):
            self.entries.append(Entry(relative, role, mode, target=os.readlink(str(path))))
        elif stat.S_ISDIR(status.st_mode):
            self.entries.append(Entry(relative, role, mode))
        elif stat.S_ISREG(status.st_mode) and self._keep_file(path, status.st_size, role):
            number = len(self.entries)
            changed_ns = os.lstat(str(path)).st_ctime_ns  # to link it has changed that
            entry = Entry(relative, role, mode, status.st_size, status.st_mtime_ns, number, ctime_ns=changed_ns)
            self.entries.append(entry)

    def _keep_file(self, path: Path, size: int, role: str) -> bool:
        """Copy it where it is small, or there is room for it; else link it. Whether it is kept."""
        kept = self._place / str(len(self.entries))
        is_large = size > _SMALL
        if role == NEIGHBOUR or (is_large and size > self._may_copy):
            with contextlib.suppress(OSError):
                os.link(str(path), str(kept), follow_symlinks=False)
                return True
            if is_large:
                return False  # on another device
        elif is_large:
            self._may_copy -= size
        copy_bytes(path, kept)
        return True


def _place_for(run_dir: Path, base: Path) -> Path:
    """Where copies are put: beside the run where links work from there, else as far above the family as they do."""
    device = os.stat(str(base)).st_dev
    if os.stat(str(run_dir)).st_dev == device:
        return run_dir / "kept"
    best = None
    for folder in base.parents:
        if os.stat(str(folder)).st_dev != device:
            break
        if os.access(str(folder), os.W_OK | os.X_OK):
            best = folder
    return run_dir / "kept" if best is None else best / f".tuitune-{run_dir.name}"


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(str(folder)) as entries:
            return sorted(entry.name for entry in entries)
    except OSError:
        return []


def _is_project(folder: Path) -> bool:
    if not folder.is_dir() or folder.is_symlink():
        return False
    names = _names(folder)
    return "oracle.json" in names or TUITUNE_FOLDER in names or any(name.startswith("trial_") for name in names)


def _walk(top: Path) -> Iterator[Path]:
    """`top` and all below it, parents first; links are not followed."""
    yield top
    if top.is_dir() and not top.is_symlink():
        for folder, folders, names in os.walk(str(top)):
            for name in (*folders, *names):
                yield Path(folder, name)
