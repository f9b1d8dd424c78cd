"""Starts a planned search: makes its directories, writes its spec, leaves the supervisor behind."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from tuitune import files
from tuitune.analysis.text import printable
from tuitune.errors import TuituneError, describe_os_error
from tuitune.launch import protocol, supervisor
from tuitune.launch.interpreter import require_python
from tuitune.launch.keeping import KEPT, put_back_after_death
from tuitune.launch.plan import Plan
from tuitune.launch.runs import runs_root
from tuitune.project.own import write_own

TITLE = "Cannot start"


def begin(plan: Plan, is_agreed: bool = False) -> str:
    """As `require_startable`, then `start`."""
    require_startable(plan, is_agreed)
    return start(plan)


def require_startable(plan: Plan, is_agreed: bool) -> None:
    """Look at what a plan would execute, and ask its Python what it has. Raises TuituneError.

    `is_agreed`: a person has seen the command, and where it comes from, and said yes; without that a plan with a doubt
    is refused, and nothing is executed, its Python neither.
    """
    if plan.doubt() and not is_agreed:
        details = [plan.command_line(), f"in {printable(str(plan.cwd))}"]
        hint = "--yes runs that. Or say what to run: --script SCRIPT --python PATH -- ARGUMENTS"
        raise TuituneError("Not started", plan.doubt(), hint, 2, details)
    require_python(plan.command[0], plan.algorithm)


def start(plan: Plan) -> str:
    """Start it, whatever it executes; returns the run's id once the supervisor holds its lock.

    Raises TuituneError, with nothing left behind.
    """
    if plan.project is not None:
        _tend_the_dead(plan.project.parent)
    run_dir = _make_run_dir(plan)
    made_project = False
    try:
        if plan.project is not None:
            if not plan.resumes:
                plan.project.mkdir()
                made_project = True
                write_own(plan.project, "origin.json", {**plan.origin, "run": run_dir.name})
            if plan.spec["kind"] == "relaunch":
                write_own(plan.project, protocol.ROUND, plan.spec)
        files.write_atomic(run_dir / protocol.SPEC, {"run": run_dir.name, **plan.spec})
        _start_supervisor(run_dir)
    except BaseException as error:
        if files.is_held(run_dir / protocol.LOCK):
            raise  # interrupted, but the search lives already: it stays as it is
        with contextlib.suppress(OSError):
            shutil.rmtree(run_dir)
        if made_project and plan.project is not None:
            with contextlib.suppress(OSError):
                shutil.rmtree(plan.project)
        if isinstance(error, FileExistsError):
            raise TuituneError(TITLE, f"{plan.project} was made by somebody else just now.", "Try again.") from None
        if isinstance(error, subprocess.SubprocessError):
            raise TuituneError(TITLE, "the supervisor did not come up within a minute.", "Try again.") from None
        if isinstance(error, OSError):
            where = error.filename or plan.project or run_dir
            raise TuituneError(TITLE, f"{where} cannot be written: {describe_os_error(error)}.") from None
        raise
    return run_dir.name


def _tend_the_dead(base: Path) -> None:
    """What runs of this family kept whose machine went down: it is put back where it is needed, and kept no longer."""
    for place in runs_root().glob(f"*/{KEPT}"):
        if not files.is_held(place.parent / protocol.LOCK):
            with contextlib.suppress(OSError, KeyError, TypeError):
                put_back_after_death(place.parent, base)


def _make_run_dir(plan: Plan) -> Path:
    """A new directory for the run: the time, then the project's or the script's name."""
    root = runs_root()
    name = plan.project.name if plan.project is not None else Path(plan.spec["script"]).stem
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{re.sub(r'[^A-Za-z0-9._-]+', '_', name)[:60]}"
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for number in range(1, 1000):
            run_dir = root / (stem if number == 1 else f"{stem}.{number}")
            with contextlib.suppress(FileExistsError):
                run_dir.mkdir(mode=0o700)
                return run_dir
    except OSError as error:
        message = f"{root} cannot be written: {describe_os_error(error)}."
        raise TuituneError(TITLE, message, "Set XDG_STATE_HOME to a directory of yours.") from None
    raise TuituneError(TITLE, f"{root} holds too many runs of this second.")


def _start_supervisor(run_dir: Path) -> None:
    with open(run_dir / protocol.SUPERVISOR_LOG, "ab") as log:
        done = subprocess.run(
            supervisor.command(run_dir),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=run_dir,
            env=dict(os.environ),
            timeout=60,
            check=False,
        )
    if done.returncode != 0:
        last = files.read_bytes(run_dir / protocol.SUPERVISOR_LOG).decode(errors="replace").strip().splitlines()[-1:]
        raise TuituneError(TITLE, f"the supervisor ended at once: {' '.join(last) or done.returncode}.")
