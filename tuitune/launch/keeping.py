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
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from tuitune import files
from tuitune.errors import describe_os_error
from tuitune.launch.events import append_event
from tuitune.launch.losses import has_lost, is_ended
from tuitune.launch.protocol import SPEC

KEPT = "kept.json"  # in the run directory: what is kept, and where
LOST = "lost"  # there, too: copies of what could not be put back
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
    reasons: list[str]  # why not, of each that is lost

    def sentence(self, script: str, run_dir: Path | None = None) -> str:
        """What happened, for the user; "" where nothing did. `run_dir`: where copies of what is lost are left."""
        said = []
        why = f"not put back: {self.reasons[0]}" if self.reasons else ""
        for paths, what in ((self.restored, "put back"), (self.lost, why)):
            projects = sorted({path.split(os.sep)[0] for path in paths})
            names = ", ".join(projects[:3]) + (" and others" if len(projects) > 3 else "")
            if paths:
                files_ = "1 file" if len(paths) == 1 else f"{len(paths)} files"
                said.append(f"{files_} of {names} that {Path(script).name} removed or overwrote: {what}")
        if self.lost and run_dir is not None:
            said.append(f"what there is of it lies in {run_dir / LOST}")
        return "; ".join(said)


class Keeping:
    """What is kept of the projects in `base`; `place` holds the copies, each under the number of its entry."""

    def __init__(self, base: Path, place: Path, entries: list[Entry]) -> None:
        self.base, self.place = base, place
        self._entries = {entry.path: entry for entry in entries}
        self._lost: dict[str, Entry] = {}

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
        found = PutBack([], [], [])
        for entry in list(self._entries.values()):
            if entry.role == FAMILY or (is_first and entry.role == OWN):
                self._compare(entry, found)
        if is_first and found.restored:
            for entry in self._entries.values():
                if entry.role == NEIGHBOUR and not os.path.lexists(self.base / entry.path):
                    self._restore(entry, found)
        self._set_strangers_aside(found)
        return found

    def drop(self, run_dir: Path) -> None:
        """Nothing is to be put back any more. What could not be is left in the run's directory, under `lost`."""
        for path, entry in self._lost.items():
            kept = self.place / str(entry.number)
            if entry.number >= 0 and not _is_the_same(kept, self.base / path):
                saved = run_dir / LOST / path
                with contextlib.suppress(OSError):
                    saved.parent.mkdir(parents=True, exist_ok=True)
                    shutil.move(str(kept), str(saved))
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
        if not _is_of_its_kind(entry, place, status.st_mode):
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
        if os.path.samefile(str(kept), str(place)):
            if is_ended(trial):
                self._lose(entry, found, "it was overwritten in place, and was too large to be copied")
        elif has_lost(kept, place, trial):
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
            aside = place.with_name(f"set-aside-{number}.{place.name}")
            if not os.path.lexists(str(aside)):
                with contextlib.suppress(OSError):
                    os.rename(str(place), str(aside))
                return

    def _set_strangers_aside(self, found: PutBack) -> None:
        """Where another search took a project's place, its trials do not stay among those that were put back."""
        for path in found.restored:
            if os.path.basename(path) != "oracle.json" or path.count(os.sep) != 1:
                continue
            project = self.base / os.path.dirname(path)
            for name in os.listdir(str(project)):
                if name.startswith("trial_") and os.path.join(project.name, name) not in self._entries:
                    self._set_aside(project / name)

    def _restore(self, entry: Entry, found: PutBack) -> None:
        place = self.base / entry.path
        temporary = None
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            if entry.number >= 0:
                handle, temporary = tempfile.mkstemp(prefix=".put-back-", dir=str(place.parent))
                os.close(handle)
                copy_bytes(self.place / str(entry.number), Path(temporary))
                os.chmod(temporary, entry.mode)
                os.utime(temporary, ns=(entry.mtime_ns, entry.mtime_ns))
                os.replace(temporary, str(place))
            elif entry.target:
                os.symlink(entry.target, str(place))
            else:
                place.mkdir(exist_ok=True)
                os.chmod(str(place), entry.mode)
                return
            self._lost.pop(entry.path, None)
            found.restored.append(entry.path)
        except OSError as error:
            if temporary is not None:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
            self._lose(entry, found, describe_os_error(error))

    def _lose(self, entry: Entry, found: PutBack, why: str) -> None:
        """What cannot be put back is told once, and kept when the rest no longer is."""
        if entry.path not in self._lost:
            found.lost.append(entry.path)
            found.reasons.append(why)
        self._lost[entry.path] = entry


def put_back_after_death(run_dir: Path, base: Path) -> None:
    """Of a run whose supervisor died before it could, and that kept what lies in `base`: compare, keep no longer."""
    keeping = Keeping.of_run(run_dir)
    if keeping is None or keeping.base != base:
        return
    found = keeping.compare()
    keeping.drop(run_dir)
    if found.restored or found.lost:
        says = found.sentence(files.read_object(run_dir / SPEC)["script"], run_dir)
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


def _is_the_same(kept: Path, place: Path) -> bool:
    """Whether the two are one file, which was linked."""
    try:
        return os.path.samefile(str(kept), str(place))
    except OSError:
        return False


def _is_of_its_kind(entry: Entry, place: Path, mode: int) -> bool:
    """Whether what stands at `place`, of that mode, is still a file, a folder, or a link to the same."""
    if entry.target:
        return stat.S_ISLNK(mode) and os.readlink(str(place)) == entry.target
    return stat.S_ISREG(mode) if entry.number >= 0 else stat.S_ISDIR(mode)
