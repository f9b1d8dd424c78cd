"""The rounds of a family: projects beside each other, each narrowed from one before it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuitune.project.discover import natural
from tuitune.project.own import read_own_if_there
from tuitune.project.project import Project
from tuitune.project.sources import is_input, open_source

if TYPE_CHECKING:
    from typing import TypeGuard


def parent_name(origin: Mapping[str, Any]) -> str | None:
    """The directory, beside its own, of the project that a round was narrowed from; None where none is named."""
    name = origin.get("parent")
    return name if is_name(name) else None


def is_name(value: object) -> TypeGuard[str]:
    """Whether `value` names a directory beside another, and nothing elsewhere."""
    return isinstance(value, str) and value not in ("", ".", "..") and "/" not in value and "\0" not in value


def round_number(origin: Mapping[str, Any]) -> int:
    """The number of a round, as it was written down when it was made; 1 for what is no round."""
    number = origin.get("round")
    return number if isinstance(number, int) and not isinstance(number, bool) and 1 < number < 10**6 else 1


def parent_path(project: Project) -> Path | None:
    """The project that `project` was narrowed from; None where it is the first of its family, or that is gone."""
    name = parent_name(project.origin)
    if name is None:
        return None
    path = project.path.resolve().parent / name
    return path if path != project.path.resolve() and is_input(path) else None


def earlier_rounds(project: Project) -> list[Project]:
    """The rounds before `project`, the latest first."""
    rounds: list[Project] = []
    seen = {project.path.resolve()}
    path = parent_path(project)
    while path is not None and path.resolve() not in seen:
        seen.add(path.resolve())
        rounds.append(open_source(path).read())
        path = parent_path(rounds[-1])
    return rounds


def family(path: Path) -> list[Path]:
    """The projects of the family of `path`, itself among them, in the order in which they were made.

    Of the projects beside it only origin.json is read.
    """
    own = path.resolve()
    origins = _origins(own.parent)
    parents = {name: parent_name(origin) for name, origin in origins.items()}
    root = _first(own.name, parents)
    names = {own.name, root, *(name for name in parents if _first(name, parents) == root)}
    made = sorted(names, key=lambda name: _made(name, origins.get(name, {}), root))
    return [own.parent / name for name in made if name == own.name or is_input(own.parent / name)]


def families(projects: Sequence[Project]) -> list[list[Project]]:
    """Projects that were read, family by family: as `family` would find them among these."""
    grouped: dict[tuple[Path, str], list[Project]] = {}
    parents: dict[Path, dict[str, str | None]] = {}
    places = [(project.path.resolve(), project) for project in projects]
    for path, project in places:
        parents.setdefault(path.parent, {})[path.name] = parent_name(project.origin)
    for path, project in places:
        grouped.setdefault((path.parent, _first(path.name, parents[path.parent])), []).append(project)
    for (_, root), members in grouped.items():
        members.sort(key=lambda project: _made(project.name, project.origin, root))
    return list(grouped.values())


def _made(name: str, origin: Mapping[str, Any], root: str) -> tuple[bool, int, tuple[str, int]]:
    """Sorts the rounds of a family as they were made."""
    return (name != root, round_number(origin), natural(name))


def _origins(folder: Path) -> dict[str, Mapping[str, Any]]:
    """origin.json of each project in `folder` that has one."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_dir()]
    except OSError:
        return {}
    found = {name: read_own_if_there(folder / name, "origin.json") for name in names}
    return {name: origin for name, origin in found.items() if origin}


def _first(name: str, parents: Mapping[str, str | None]) -> str:
    """The first of the family; where the rounds go in a circle, the one whose name comes first."""
    seen = [name]
    while (parent := parents.get(seen[-1])) is not None:
        if parent in seen:
            return min(seen[seen.index(parent) :])
        seen.append(parent)
    return seen[-1]
