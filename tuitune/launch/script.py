"""Which script is played, with what and where: as the user says, else as recorded. Nothing is run to find out."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tuitune.errors import TuituneError
from tuitune.launch import environment
from tuitune.launch.guess import guess_scripts
from tuitune.launch.interpreter import existing_python
from tuitune.launch.recorded import recorded_play
from tuitune.launch.request import Request
from tuitune.project.project import Project

TITLE = "Cannot relaunch"


class Played(NamedTuple):
    """How a script is played: interpreter, script, its arguments, working directory, what decides how Keras trains.

    `unproved`: which of these come from the project's own files alone, which anybody may have written.
    """

    python: str
    script: Path
    arguments: list[str]
    cwd: Path
    environment: Mapping[str, str]
    unproved: tuple[str, ...] = ()
    is_recorded: bool = False  # whether it is the script that made the project

    @property
    def command(self) -> list[str]:
        """The command as a shell would take it, one word an entry."""
        return [self.python, str(self.script), *self.arguments]


def how_to_play(project: Project, request: Request) -> Played:
    """What would be played, in which Python and where. Executes nothing. Raises TuituneError.

    What the request leaves open is as the last run of `project` was started; else as its own files say. Its script is
    a path relative to the present directory.
    """
    script, arguments, cwd, python = request.script, request.arguments, request.cwd, request.python
    known = recorded_play(project)
    if script is None and known is None:
        near = guess_scripts(project.path)
        hint = f"Say which: --script {near[0].script if near else 'train.py'} -- ARGUMENTS"
        hint += f" (a guess: it {near[0].reason})" if near else ""
        raise TuituneError(TITLE, f"it is not recorded which script made {project.name}.", hint, 2)
    claimed: list[str] = []
    if script is not None or known is None:
        path = existing_script(str(script), Path.cwd())
        folder = _default_cwd(path, project.path)
    else:
        path, folder = existing_script(str(known.script), Path("/")), known.cwd
        claimed += ["script"]
        if arguments is None:
            arguments = known.arguments
            claimed += ["arguments"] * bool(arguments)
        claimed += ["directory"] * (cwd is None)
    if cwd is not None:
        folder = Path(cwd)
    if not os.path.isdir(folder):
        raise TuituneError(TITLE, f"the working directory {folder} does not exist.", "Say another: --cwd DIRECTORY")
    if python is None and known is not None and known.python is not None and (script is None or known.is_proved):
        python = known.python
        claimed += ["Python"]
    variables = environment.deciding(os.environ)
    if known is not None and known.environment is not None and (script is None or known.is_proved):
        claimed += ["environment"] * (known.environment != variables)
        variables = dict(known.environment)
    variables.update(request.environment)
    return Played(
        python=existing_python(python or sys.executable),
        script=path,
        arguments=list(arguments or ()),
        cwd=folder.resolve(),
        environment={name: value for name, value in variables.items() if value},
        unproved=() if known is None or known.is_proved else tuple(claimed),
        is_recorded=known is not None and known.script == path,
    )


def _default_cwd(script: Path, project: Path) -> Path:
    """Where people start such a script: its own directory if the project lies under it, else here."""
    return script.parent if script.parent in project.resolve().parents else Path.cwd()


def existing_script(text: str, base: Path) -> Path:
    path = Path(os.path.normpath(base / text))
    if not os.path.isfile(path):
        kind = "is a directory" if os.path.isdir(path) else "does not exist"
        raise TuituneError("No such script", f"{path} {kind}.", "Give the Python file that runs the search.")
    if path.suffix == ".ipynb":
        hint = f"jupyter nbconvert --to script {shlex.quote(path.name)} makes one."
        raise TuituneError("No such script", f"{path} is a notebook, and no script.", hint, 2)
    if not os.access(path, os.R_OK):
        raise TuituneError("No such script", f"{path} cannot be read: permission denied.")
    return path
