"""Where the callbacks of a relaunched script write: beside the new project, not over what the first search wrote."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any, Collection, Dict, Optional

# Callbacks that would write over what the same callback of the first search wrote.
_WRITING_CALLBACKS = (("TensorBoard", "log_dir"), ("CSVLogger", "filename"), ("ModelCheckpoint", "filepath"))


class Places:
    """Moves what callbacks write from the projects in `family` (real paths) to `project`."""

    def __init__(self, project: str, family: Collection[str]) -> None:
        self._project = project
        self._family = family

    def moved(self, callback: Any) -> Any:
        """A copy of a callback that writes beside the new project instead of into the parent's files."""
        changed: Dict[str, Any] = {}
        for name, value in list(getattr(callback, "__dict__", {}).items()):
            if isinstance(value, (str, os.PathLike)) and (path := self._new_place(callback, name, os.fspath(value))):
                changed[name] = path if isinstance(value, str) else Path(path)
        if not changed:
            return callback
        moved = copy.copy(callback)
        moved.__dict__.update(changed)
        return moved

    def _new_place(self, callback: Any, attribute: str, value: Any) -> Optional[str]:
        own_attribute = (type(callback).__name__, attribute) in _WRITING_CALLBACKS
        if not isinstance(value, str) or (os.sep not in value and not own_attribute):
            return None
        project = self._project
        for old_project in self._family:
            inside = os.path.relpath(os.path.realpath(value), old_project)
            if not inside.startswith(".."):
                return os.path.normpath(os.path.join(project, inside))
        if not own_attribute:
            return None
        suffix = _suffix(value) if attribute in ("filename", "filepath") else ""
        stem = value[: len(value) - len(suffix)].rstrip(os.sep)
        new = os.path.basename(project)
        folder, last = os.path.split(stem)
        if last in ("", ".", ".."):
            return os.path.join(stem, new) + suffix
        named_after = {os.path.basename(old_project) for old_project in self._family}
        return os.path.join(folder, new if last in named_after else f"{last}-{new}") + suffix


def _suffix(path: str) -> str:
    """The suffix that must stay at the end: Keras knows the kind of file by it."""
    for known in (".weights.h5", ".keras", ".h5"):
        if path.endswith(known):
            return known
    return os.path.splitext(path)[1]
