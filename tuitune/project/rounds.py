"""The rounds of a family: projects beside each other, each narrowed from the one before it."""

from __future__ import annotations

from pathlib import Path

from tuitune.project.discover import is_project
from tuitune.project.project import Project
from tuitune.project.reader import ProjectReader


def parent_path(project: Project) -> Path | None:
    """The project that `project` was narrowed from; None where it is the first of its family, or that is gone."""
    name = project.origin.get("parent")
    if not isinstance(name, str) or not name or name in (".", "..") or "/" in name or "\0" in name:
        return None
    path = project.path.resolve().parent / name
    return path if path != project.path.resolve() and is_project(path) else None


def earlier_rounds(project: Project) -> list[Project]:
    """The rounds before `project`, the latest first."""
    rounds: list[Project] = []
    seen = {project.path.resolve()}
    path = parent_path(project)
    while path is not None and path.resolve() not in seen:
        seen.add(path.resolve())
        rounds.append(ProjectReader(path).read())
        path = parent_path(rounds[-1])
    return rounds
