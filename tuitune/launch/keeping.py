"""What puts the parent of a relaunch back, whatever the script does to it: in Python, in a shell, in native code.

Before the script begins, the files of the family are copied to a place of their own; those that are too large are
linked there, which saves them from removal. Afterwards the family is compared with that, and what is missing, or has
lost something, is put back. Standard library only: the supervisor keeps, the worker compares.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from pathlib import Path
from typing import Any, NamedTuple

from tuitune import files
from tuitune.launch.events import append_event
from tuitune.launch.protocol import SPEC

KEPT = "kept.json"  # in the run directory: what is kept, and where
FAMILY, OWN, NEIGHBOUR = "family", "own", "neighbour"
_PART = 1 << 20  # bytes compared at a time


class Entry(NamedTuple):
    """One file, folder or link, by its path below the directory of the family.

    `role`: FAMILY counts until the end, OWN (the project that is searched) until its tuner is built, NEIGHBOUR where
    the family was removed with it. `number` names the copy of a file; `target` is where a link leads.
    """

    path: str
    role: str
    mode: int
    size: int = 0
    mtime_ns: int = 0
    number: int = -1
    target: str = ""
    ctime_ns: int = 0


class PutBack(NamedTuple):
    """What a comparison found, by path: what was put back, and what could not be."""

    restored: list[str]
    lost: list[str]

    def sentence(self, script: str) -> str:
        """What happened, for the user; "" where nothing did."""
        said = []
        for paths, what in (
            (self.restored, "put back"),
            (self.lost, "not put back: overwritten in place, or there is no room"),
        ):
            projects = sorted({path.split(os.sep)[0] for path in paths})
            names = ", ".join(projects[:3]) + (" and others" if len(projects) > 3 else "")
            if paths:
                said.append(f"{len(paths)} files of {names} that {Path(script).name} removed or overwrote: {what}")
        return "; ".join(said)


class Keeping:
    """What is kept of the projects in `base`; `place` holds the copies, each under the number of its entry."""

    def __init__(self, base: Path, place: Path, entries: list[Entry]) -> None:
        self.base, self.place = base, place
        self._entries = {entry.path: entry for entry in entries}

    @classmethod
    def of_run(cls, run_dir: Path) -> Keeping | None:
        """What the run keeps; None where it keeps nothing."""
        content = files.read_object_if_there(run_dir / KEPT)
        if content is None:
            return None
        return cls(Path(content["base"]), Path(content["place"]), [Entry(*item) for item in content["entries"]])

    def family(self) -> set[str]:
        """The real paths of the projects that a search leaves alone."""
        names = {entry.path.split(os.sep)[0] for entry in self._entries.values() if entry.role == FAMILY}
        return {os.path.realpath(str(self.base / name)) for name in names}

    def compare(self, is_first: bool = False) -> PutBack:
        """Put back what is missing of the family or has lost something.

        `is_first`: nothing was searched yet, so that the own project counts, too, and what lay beside a family that
        the script has cleared away.
        """
        found = PutBack([], [])
        for entry in list(self._entries.values()):
            if entry.role == FAMILY or (is_first and entry.role == OWN):
                self._compare(entry, found)
        if is_first and found.restored:
            for entry in self._entries.values():
                if entry.role == NEIGHBOUR and not os.path.lexists(self.base / entry.path):
                    self._restore(entry, found)
        return found

    def drop(self, run_dir: Path) -> None:
        """Nothing is to be put back any more."""
        shutil.rmtree(str(self.place), ignore_errors=True)
        with contextlib.suppress(OSError):
            (run_dir / KEPT).unlink()

    def _compare(self, entry: Entry, found: PutBack) -> None:
        place = self.base / entry.path
        try:
            status = os.lstat(str(place))
        except OSError:
            self._restore(entry, found)
            return
        is_folder = entry.number < 0 and not entry.target
        if is_folder != stat.S_ISDIR(status.st_mode) and not entry.target:
            self._set_aside(place)
            self._restore(entry, found)
            return
        seems_the_same = (status.st_size, status.st_mtime_ns) == (entry.size, entry.mtime_ns)
        if entry.number < 0 or (seems_the_same and status.st_ctime_ns == entry.ctime_ns):
            return
        kept = self.place / str(entry.number)
        if seems_the_same and _same_bytes(kept, place):  # its permissions, or a link to it: a time can be set, too
            self._entries[entry.path] = entry._replace(ctime_ns=status.st_ctime_ns)
            return
        trial = self._trial_of(entry.path)
        if os.path.exists(str(place)) and os.path.samefile(str(kept), str(place)):
            if _is_ended(trial):
                found.lost.append(entry.path)
                self._entries[entry.path] = entry._replace(
                    size=status.st_size, mtime_ns=status.st_mtime_ns
                )  # said once
        elif _has_lost(kept, place, trial):
            self._restore(entry, found)

    def _trial_of(self, path: str) -> dict[str, Any] | None:
        """The kept trial.json of the trial to which a file belongs."""
        parts = path.split(os.sep)
        at = next((i for i, part in enumerate(parts[:-1]) if part.startswith("trial_")), None)
        entry = None if at is None else self._entries.get(os.sep.join([*parts[: at + 1], "trial.json"]))
        return None if entry is None else files.read_object_if_there(self.place / str(entry.number))

    def _set_aside(self, place: Path) -> None:
        """What stands where something of another kind was is no loss to make: it gets another name."""
        for number in range(100):
            aside = place.with_name(f"{place.name}.set-aside-{number}")
            if not os.path.lexists(str(aside)):
                with contextlib.suppress(OSError):
                    os.rename(str(place), str(aside))
                return

    def _restore(self, entry: Entry, found: PutBack) -> None:
        place = self.base / entry.path
        try:
            if entry.number >= 0:
                place.parent.mkdir(parents=True, exist_ok=True)
                temporary = place.with_name(f".{place.name}.put-back")
                copy_bytes(self.place / str(entry.number), temporary)
                os.chmod(str(temporary), entry.mode)
                os.utime(str(temporary), ns=(entry.mtime_ns, entry.mtime_ns))
                os.replace(str(temporary), str(place))
            elif entry.target:
                place.parent.mkdir(parents=True, exist_ok=True)
                os.symlink(entry.target, str(place))
            else:
                place.mkdir(parents=True, exist_ok=True)
                os.chmod(str(place), entry.mode)
                return
            found.restored.append(entry.path)
        except OSError:
            found.lost.append(entry.path)
            with contextlib.suppress(OSError):
                place.with_name(f".{place.name}.put-back").unlink()


def put_back_after_death(run_dir: Path, base: Path) -> None:
    """Of a run whose supervisor died before it could, and that kept what lies in `base`: compare, keep no longer."""
    keeping = Keeping.of_run(run_dir)
    if keeping is None or keeping.base != base:
        return
    found = keeping.compare()
    keeping.drop(run_dir)
    if found.restored or found.lost:
        says = found.sentence(files.read_object(run_dir / SPEC)["script"])
        append_event(run_dir, "put_back", says=says, restored=len(found.restored), lost=len(found.lost))


def copy_bytes(path: Path, new: Path) -> None:
    """The bytes alone; a file system that can shares them between the two."""
    with open(str(path), "rb") as source, open(str(new), "wb") as target:
        left = os.fstat(source.fileno()).st_size
        with contextlib.suppress(OSError, AttributeError):
            while left > 0:
                done = os.copy_file_range(source.fileno(), target.fileno(), left)
                if done == 0:
                    break
                left -= done
        if left > 0:
            shutil.copyfileobj(source, target)


def _same_bytes(one: Path, other: Path) -> bool:
    try:
        with open(str(one), "rb") as first, open(str(other), "rb") as second:
            while True:
                part = first.read(_PART)
                if part != second.read(_PART):
                    return False
                if not part:
                    return True
    except OSError:
        return False


def _is_ended(trial: dict[str, Any] | None) -> bool:
    return trial is not None and trial.get("status") == "COMPLETED"


def _has_lost(kept: Path, now: Path, trial: dict[str, Any] | None) -> bool:
    """Whether a file that changed has lost what it held. A search that goes on beside us only adds."""
    if now.suffix != ".json" or not now.is_file():
        return trial is None or _is_ended(trial)
    old, new = files.read_object_if_there(kept), files.read_object_if_there(now)
    if old is None:
        return False
    if new is None:
        return True
    if now.name == "trial.json":
        return _is_ended(old) and old != new
    if now.name == "oracle.json":
        ended = old.get("end_order") or []
        return (new.get("end_order") or [])[: len(ended)] != ended
    return False
