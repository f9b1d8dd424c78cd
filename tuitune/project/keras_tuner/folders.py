"""Which trial directories a project has, and which of their files to look at next.

Looking at every file each second would cost as much as the search. keras-tuner writes a trial.json only while
the trial has not ended, a new directory moves the time of the project's own, and oracle.json is saved at each
start and end; so a tick looks at those, and everything else is swept slowly, a few at a time.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from tuitune import files
from tuitune.project.keras_tuner.scan import Read

RACY_S = 2.0  # a file written less than this before it was read may have changed again within the same instant
_TORN_S = 15.0  # a file that stays torn so long is not being written; a busy disk holds a writer up for seconds
_SWEEP_S = 120.0  # every file is looked at once in this time, where that costs little
_SWEEP_LEAST = 100.0  # files a second: to look at them costs a quarter of a millisecond on a local disk
_SWEEP_SHARE = 0.01  # of the time, at most
_RECENT, _ROTATING = 48, 16  # unsettled trials looked at in one tick: those that moved last, and some of the rest
_STATE_FILE = re.compile(r"(tuner\d*|chief|worker.*)\.json")


class Folder(msgspec.Struct, eq=False, gc=False):
    """A trial directory, or oracle.json, and what was last seen of its file. `row` is -1 until a reading was whole.

    `problem` is told to the user. A `suspicion` is not yet one: the file may just be written; `bad_since` is when
    it arose. A settled file is expected to stay as it is; the `digest` of the bytes of one that is not tells
    whether it changed where its time cannot. `is_recalled`: what is known of it was kept, and not read by us.
    """

    name: str
    inode: int = 0
    mtime_ns: int = 0
    size: int = -1
    row: int = -1
    problem: str | None = None
    suspicion: str | None = None
    bad_since: float = 0.0
    digest: int = 0
    is_final: bool = False
    is_calm: bool = False
    is_settled: bool = False
    is_gone: bool = False
    is_recalled: bool = False

    def forget(self) -> None:
        """There is no such file, or it is another one now."""
        self.mtime_ns, self.size, self.digest = 0, -1, 0
        self.problem, self.suspicion, self.bad_since = None, None, 0.0
        self.is_final = self.is_calm = self.is_settled = False

    @property
    def trial_id(self) -> str:
        """The id that the directory's name gives."""
        return self.name.removeprefix("trial_")

    @property
    def file(self) -> str:
        """Its trial.json, relative to the project; oracle.json for itself."""
        return self.name if self.name.endswith(".json") else f"{self.name}/trial.json"

    def takes(self, read: Read, now: float) -> bool:
        """Note the state of the file that was `read`; whether its bytes are other ones than those before."""
        # The clock of a server may be behind: what changed while we watched has to be seen twice.
        stays = self.size < 0 or (self.mtime_ns, self.size) == (read.mtime_ns, read.size)
        self.is_calm = stays and now - read.mtime_ns / 1e9 > RACY_S
        self.mtime_ns, self.size = read.mtime_ns, read.size
        if self.digest != hash(read.data):
            self.bad_since = 0.0  # somebody writes it: torn now, and torn before, are two moments of a whole file
        return self.digest == 0 or self.digest != hash(read.data)

    def unchanged(self, now: float, is_watched: bool) -> None:
        """The bytes are those that were read before."""
        if self.suspicion is None:
            self.accept()
        else:
            self.suspect(self.suspicion, now, is_watched)

    def accept(self) -> None:
        """What was read is whole."""
        self.problem, self.suspicion, self.bad_since = None, None, 0.0
        self.is_recalled = False
        self.is_settled = self.is_calm

    def suspect(self, problem: str, now: float, is_watched: bool) -> None:
        """What was read is not whole: a problem, unless somebody may be writing it this moment.

        While a project is watched its file times prove nothing: a network cuts a file that has grown at the size
        that it remembers, and tells the time that it remembers.
        """
        self.suspicion, self.is_settled = problem, False
        self.bad_since = self.bad_since or now
        is_watched = is_watched and not self.is_recalled
        if (self.is_calm and not is_watched) or now - self.bad_since > _TORN_S:
            self.problem = problem


class Listing(NamedTuple):
    """What a look at the project's directory found: directories that are gone, and whether there are new ones."""

    gone: list[Folder]
    new: bool


class Folders:
    """The trial directories of one project."""

    def __init__(self, root: str) -> None:
        self._root = root
        self.by_name: dict[str, Folder] = {}
        self.state_files: list[str] = []  # one for each tuner that took part
        self.to_read: deque[Folder] = deque()
        self._unsettled: dict[str, Folder] = {}
        self._listed: tuple[int, int] = (0, 0)  # mtime and inode of the project's directory when it was listed
        self._to_sweep: list[Folder] = []
        self._swept_at = 0.0

    # ------------------------------------------------------------------------------------------ what there is

    def list_again(self, now: float) -> Listing | None:
        """Look what directories there are, if that can have changed."""
        try:
            status = files.fresh_stat(self._root)
            listed = (status.st_mtime_ns, status.st_ino)
            moved_lately = now - status.st_mtime < RACY_S
        except (FileNotFoundError, NotADirectoryError, ValueError):
            listed, moved_lately = (0, 0), False
        except OSError:  # it is there, and says nothing this time
            return None
        if listed == self._listed and not moved_lately:
            return None
        self._listed = listed
        return self._compare(self._scan())

    def _scan(self) -> dict[str, int]:
        inodes: dict[str, int] = {}
        states = []
        try:
            with os.scandir(self._root) as entries:
                for entry in entries:
                    name = entry.name
                    if name.startswith("trial_"):
                        inodes[name] = entry.inode()
                    elif name.endswith(".json") and name != "oracle.json" and _is_state_file(entry):
                        states.append(name)
        except (OSError, ValueError):
            pass  # the directory vanished: an empty project, and the screen says so
        self.state_files = sorted(states)
        return inodes

    def _compare(self, inodes: dict[str, int]) -> Listing:
        gone = [self.by_name.pop(name) for name in self.by_name.keys() - inodes.keys()]
        for folder in gone:
            folder.is_gone = True
            self._unsettled.pop(folder.name, None)
        for name in self.by_name.keys() & inodes.keys():
            known = self.by_name[name]
            if known.inode != inodes[name]:  # deleted and made again under the same name
                known.forget()
                known.inode = inodes[name]
                self.to_read.append(known)
        new = [name for name in inodes if name not in self.by_name] if self.by_name else list(inodes)
        new.sort(key=None if len(set(map(len, new))) == 1 else folder_order)
        folders = list(map(Folder, new, map(inodes.__getitem__, new)))
        self.by_name.update(zip(new, folders, strict=True))
        self.to_read += folders
        return Listing(gone, bool(new))

    def restore(self, folders: Iterable[Folder], state_files: list[str]) -> None:
        """Begin with what was seen earlier; all of it has to be looked at again."""
        self.by_name = {folder.name: folder for folder in folders}
        self.state_files = state_files
        self.to_read = deque(self.by_name.values())
        self._unsettled = {folder.name: folder for folder in self.to_read if not folder.is_settled}

    def add(self, name: str, inode: int = 0) -> None:
        """A directory that was heard of."""
        if name not in self.by_name:
            folder = self.by_name[name] = Folder(name, inode)
            self.to_read.append(folder)

    # ------------------------------------------------------------------------------------- what to look at

    def settle(self, folder: Folder) -> None:
        """Leave `folder` to the sweep, or not, by what was last read of it."""
        folder.is_settled = folder.is_final and folder.is_calm and not folder.suspicion and not folder.problem
        if folder.is_settled:
            self._unsettled.pop(folder.name, None)
        else:
            self._unsettled[folder.name] = folder

    def unsettled(self, all_of_them: bool = True) -> list[Folder]:
        """Those that are not left to the sweep: all, or the part that is to be read in one tick."""
        folders = list(self._unsettled.values())
        if all_of_them or len(folders) <= _RECENT + _ROTATING:
            return folders
        recent = sorted(folders, key=lambda folder: -folder.mtime_ns)[:_RECENT]
        names = {folder.name for folder in recent}
        rotating = [folder for folder in folders if folder.name not in names][:_ROTATING]
        for folder in rotating:  # to the end of the line
            del self._unsettled[folder.name]
            self._unsettled[folder.name] = folder
        return recent + rotating

    def sweep(self, now: float, call_s: float) -> list[Folder]:
        """A few settled ones: a hundred a second, or all every two minutes, or as many as 1 % of the time allows."""
        passed = min(now - self._swept_at, 10.0) if self._swept_at else 0.0
        self._swept_at = now
        if not self._to_sweep:
            self._to_sweep = list(self.by_name.values())
        wanted = max(len(self.by_name) / _SWEEP_S, _SWEEP_LEAST)
        count = passed * min(wanted, _SWEEP_SHARE / max(call_s, 1e-6))
        part = [self._to_sweep.pop() for _ in range(min(int(count + 0.99), len(self._to_sweep)))]
        return [folder for folder in part if folder.is_settled and not folder.is_gone]

    def require_own(self, folder: Folder, trial_id: str) -> None:
        """`folder` says that it is `trial_id`. Raises files.UnreadableFile where it is a copy of that one."""
        if trial_id != folder.trial_id and f"trial_{trial_id}" in self.by_name:
            raise files.UnreadableFile(f"is a copy of trial {trial_id}, which is there too: left out")

    def take(self, most: int) -> list[Folder]:
        """The next of those that were never read or have to be looked at again."""
        folders: dict[Folder, None] = {}  # one that was made again while it waited is there twice
        while self.to_read and len(folders) < most:
            folder = self.to_read.popleft()
            if not folder.is_gone:
                folders[folder] = None
        return list(folders)

    def read_first(self, ids: Iterable[str]) -> None:
        """Put what is still to be read into the order of these trials; the rest follows."""
        ids = [f"trial_{trial_id}" for trial_id in ids]
        if ids == [folder.name for folder in self.to_read]:
            return
        waiting = {folder.name: folder for folder in self.to_read}
        first = {name: folder for name in ids if (folder := waiting.get(name)) is not None}
        self.to_read = deque((first | waiting).values())


def _is_state_file(entry: os.DirEntry[str]) -> bool:
    """Whether a tuner keeps its own state in it: nearly always `{}`, under the tuner's id."""
    if _STATE_FILE.fullmatch(entry.name):
        return True
    try:
        return entry.is_file() and entry.stat().st_size == 2
    except OSError:
        return False


def folder_order(name: str) -> tuple[int, int, str]:
    """trial_2 before trial_0010: ids are numbers padded to widths that vary."""
    number = name.removeprefix("trial_")
    return (0, int(number), name) if number.isdecimal() and len(number) < 16 else (1, 0, name)
