"""The kinds of input that tuitune opens, in the order in which they are asked, and what opens each.

A new kind is a file with a class that fulfils `Source`, and a line of `KINDS`. The first frame waits for
`kind_of`, so a kind is recognised with os calls alone, and its class is loaded only when it is opened.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from tuitune.errors import TuituneError, describe_os_error
from tuitune.project.keras_tuner import recognize as keras_tuner

if TYPE_CHECKING:
    from tuitune.project.curves import Curves
    from tuitune.project.project import Abilities, Project
    from tuitune.project.trials import Objective, Trial


class Kind(NamedTuple):
    """One kind of input.

    `recognizes`: whether a path is one, by os calls alone; must not raise.
    `opens`: "module:Class", called as `Class(path, is_running)`; the result is a `Source`.
    `curves`: "module:Class", called without arguments; the result is a `CurveSource`.
    `lacks`: what a path that is none of them holds not, for the sentence that says so.
    `stamped`: names below the path (or "" for itself) whose times tell whether it changed since it was last open.
    """

    name: str
    recognizes: Callable[[Path], bool]
    opens: str
    curves: str = "tuitune.project.curves:NoCurves"
    lacks: str = ""
    stamped: tuple[str, ...] = ("",)


KINDS: list[Kind] = [
    Kind(
        "keras-tuner project",
        keras_tuner.is_project,
        "tuitune.project.keras_tuner.reader:ProjectReader",
        "tuitune.project.keras_tuner.curves:CurveReader",
        keras_tuner.SIGNS,
        keras_tuner.STAMPED,
    ),
]


class Source(Protocol):
    """Reads one input, and reads it again when it has changed. Called from one thread at a time.

    `can` says what is possible beside looking (narrow, relaunch, watch): where it cannot be watched, nobody calls
    `refresh` again once it has been read whole. `objective` is the user's word for what is optimized, which counts
    more than anything in the files; None where nothing was said.
    """

    path: Path
    can: Abilities
    objective: Objective | None

    def read(self) -> Project:
        """All of it, as it is on disk now."""
        ...

    def refresh(self, patience_s: float = ...) -> Project | None:
        """As it is now, or None where nothing changed since the last call; at most `patience_s` seconds of work."""
        ...

    def recall(self) -> Project | None:
        """What an earlier program kept of it, before anything is read; None where nothing was kept."""
        ...

    def keep(self) -> None:
        """Keep what was read, for `recall` of the next program."""
        ...

    def remember_objective(self, objective: Objective) -> bool:
        """Write down what the user says is optimized; whether that was possible."""
        ...

    def close(self) -> None:
        """Let go of threads and files."""
        ...

    @property
    def is_behind(self) -> bool:
        """Whether `refresh` ran out of patience: the next call should follow at once."""
        ...

    @property
    def is_remote(self) -> bool:
        """Whether it lies on something slower than a local disk."""
        ...


class CurveSource(Protocol):
    """Reads curves, of one project after the other or of many trials of one."""

    def read(self, project: Project, trial: Trial) -> Curves:
        """The curves of `trial`; empty where none was recorded."""
        ...


def kind_of(path: Path) -> Kind | None:
    """The kind of the input at `path`; None where it is none. Asks the file system, and loads nothing."""
    return next((kind for kind in KINDS if kind.recognizes(path)), None)


def is_input(path: Path) -> bool:
    """Whether `path` is an input of any kind."""
    return kind_of(path) is not None


def open_source(path: Path, is_running: Callable[[], bool] = lambda: False, *, may_be_empty: bool = False) -> Source:
    """What reads the input at `path`. Raises TuituneError where there is none.

    Args:
        is_running: whether a search of ours writes it now; asked whenever that matters.
        may_be_empty: a path where there is nothing (any more, or as yet) is watched for a project of the first kind.
    """
    kind = kind_of(path)
    if not may_be_empty:
        _require_readable(path)
        if kind is None:
            raise nothing_at(path)
    kind = kind or KINDS[0]
    source: Source = _load(kind.opens)(path, is_running)
    return source


def curve_source(project: Project) -> CurveSource:
    """What reads the curves of `project`. It remembers where they lie, so it is worth keeping."""
    source: CurveSource = _load((kind_of(project.path) or KINDS[0]).curves)()
    return source


def stamped_names(path: Path) -> tuple[str, ...]:
    """Names below `path` whose times tell whether the input changed."""
    return (kind_of(path) or KINDS[0]).stamped


def nothing_at(path: Path, also: str = "") -> TuituneError:
    """The error that `path` is no input of any kind; `also`: what else was looked for, as a clause."""
    names = " or ".join(kind.name for kind in KINDS)
    lacks = "; ".join(kind.lacks for kind in KINDS if kind.lacks)
    return TuituneError(
        f"Not a {names}",
        f"{path} holds {lacks}{also}.",
        "Give the directory that the tuner wrote: <directory>/<project_name>.",
    )


def _require_readable(path: Path) -> None:
    """Raises TuituneError where nothing can be read at `path`, whatever kind it is of."""
    try:
        if not os.path.lexists(path):
            raise TuituneError("No such path", f"{path} does not exist.", "Give the directory of a search.")
        if path.is_dir():
            os.listdir(path)
        elif kind_of(path) is None:
            raise TuituneError("Not a directory", f"{path} is a file; a project is a directory.")
    except OSError as error:
        raise TuituneError("Cannot be read", f"{path}: {describe_os_error(error)}.") from None


def _load(name: str) -> Any:
    """What `module:Class` names."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
