"""What is wrong with this box, or with a project on it, and what to do about it. Looks, and changes nothing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import platformdirs

from tuitune.errors import describe_os_error
from tuitune.launch.recorded import recorded_play
from tuitune.launch.runs import known_runs, runs_root
from tuitune.project.project import Project
from tuitune.project.sources import curve_source

OK, NOTE, PROBLEM = "ok", "note", "problem"
_LITTLE_SPACE = 1 << 30
_LOOKED_AT = 50  # trials whose curves are read
_REMOTE = ("nfs", "cifs", "smb", "sshfs", "fuse", "lustre", "gpfs", "beegfs", "ceph", "9p", "afs")
_NVIDIA_SMI = ["nvidia-smi", "--query-gpu=name,memory.used,memory.total", "--format=csv,noheader"]


class Finding(NamedTuple):
    """One thing looked at: its state (ok, note, problem), what was found, and what to do where something is wrong."""

    subject: str
    state: str
    found: str
    advice: str = ""


def examine_box() -> Iterator[Finding]:
    """The Python that tuitune runs in, what trains, the graphics cards, the directories it writes, old runs."""
    yield Finding("python", OK, f"{sys.version.split()[0]}, {sys.executable}")
    yield from _libraries()
    yield _graphics()
    yield from _directories()
    yield from _lost_runs()


def examine_project(project: Project) -> Iterator[Finding]:
    """The problems that its files tell of, its disk, the script that made it."""
    for problem in project.problems:
        yield Finding(problem.file or "project", PROBLEM, problem.problem)
    if not project.problems:
        yield Finding("files", OK, f"all {len(project.trials)} trials were read, and nothing is odd about them")
    if project.objective is None:
        names = ", ".join(candidate.name for candidate in project.candidates[:6])
        advice = f"say which metric it is: --objective NAME:max or NAME:min ({names})" if names else ""
        yield Finding("objective", NOTE, "no file holds it and the scores do not tell", advice)
    yield from _epochs(project)
    yield _disk(project.path)
    if not os.access(project.path, os.W_OK):
        advice = "it can be read and relaunched all the same; --objective and notes are not remembered"
        yield Finding("permission", NOTE, "the project cannot be written by you", advice)
    played = recorded_play(project)
    if played is not None and not played.script.is_file():
        yield Finding("script", PROBLEM, f"{played.script} is no longer there", "relaunch with --script")


def _epochs(project: Project) -> Iterator[Finding]:
    """Whether the trials trained the epochs that Hyperband gave them: more, or the same whatever it gave, is wrong.

    Fewer can be right: EarlyStopping is not told in the files.
    """
    reader = curve_source(project)
    trained: list[tuple[int, int]] = []  # given, done
    for trial in [trial for trial in project.trials if trial.epochs and trial.is_scored][:_LOOKED_AT]:
        last = reader.read(project, trial).last_epoch
        if last is not None:
            trained.append((int(trial.epochs or 0), last + 1))
    done = {epochs for _, epochs in trained}
    if any(epochs > given for given, epochs in trained):
        longest = max(epochs for given, epochs in trained if epochs > given)
        what = f"trials trained up to epoch {longest}, whatever Hyperband gave them"
    elif len(done) == 1 and len({given for given, _ in trained}) > 1:
        what = f"every trial trained up to epoch {done.pop()}, whatever Hyperband gave it"
    else:
        return
    advice = "the model's own fit() is to train the epochs that it is given, from initial_epoch on"
    yield Finding("epochs", PROBLEM, what, advice)


def _libraries() -> Iterator[Finding]:
    found = {name: _version(name) for name in ("keras_tuner", "keras", "tensorflow", "jax", "torch", "tensorboard")}
    there = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    if not found["keras_tuner"]:
        advice = "searches run in another Python: give it with --python, or install tuitune[search]"
        yield Finding("keras-tuner", NOTE, "not in this Python", advice)
        return
    if not any(found[name] for name in ("tensorflow", "jax", "torch")):
        yield Finding("keras-tuner", PROBLEM, there, "none of tensorflow, jax and torch is installed: Keras needs one")
        return
    yield Finding("keras-tuner", OK, there)
    if found["tensorflow"] and not found["tensorboard"]:
        advice = "pip install tensorboard, where the script has a TensorBoard callback"
        yield Finding("tensorboard", NOTE, "not installed: keras-tuner then fails every trial of such a script", advice)


def _version(module: str) -> str | None:
    if importlib.util.find_spec(module) is None:
        return None
    for name in (module.replace("_", "-"), f"{module}-cpu"):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "of unknown version"


def _graphics() -> Finding:
    if shutil.which(_NVIDIA_SMI[0]) is None:
        return Finding("gpu", NOTE, "no nvidia-smi: training runs on the processor, or on another kind of card")
    try:
        done = subprocess.run(_NVIDIA_SMI, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("gpu", PROBLEM, f"nvidia-smi does not answer: {error}", "the driver may hang; try it by hand")
    if done.returncode:
        return Finding("gpu", PROBLEM, done.stderr.strip() or done.stdout.strip(), "the driver does not work")
    return Finding("gpu", OK, "; ".join(line.strip() for line in done.stdout.splitlines()))


def _directories() -> Iterator[Finding]:
    for subject, path in (("runs", runs_root()), ("cache", platformdirs.user_cache_path("tuitune"))):
        there = next(folder for folder in (path, *path.parents) if folder.exists())
        if os.access(there, os.W_OK | os.X_OK):
            yield Finding(subject, OK, str(path))
        else:
            name = "XDG_STATE_HOME" if subject == "runs" else "XDG_CACHE_HOME"
            yield Finding(subject, PROBLEM, f"{there} cannot be written", f"set {name} to a directory that can")


def _lost_runs() -> Iterator[Finding]:
    for run in known_runs():
        if run.state == "interrupted":
            yield Finding(run.run, NOTE, f"was lost: {run.reason}", f"tuitune logs {run.run}")


def _disk(path: Path) -> Finding:
    kind = _file_system(path)
    remote = kind.startswith(_REMOTE)
    try:
        space = os.statvfs(path)
    except OSError as error:
        return Finding("disk", PROBLEM, f"{path}: {describe_os_error(error)}")
    free = space.f_bavail * space.f_frsize
    found = f"{free / (1 << 30):.1f} GiB free on {kind or 'a file system of unknown kind'}"
    if free < _LITTLE_SPACE or (space.f_files and not space.f_favail):
        return Finding("disk", PROBLEM, found, "a full disk tears the files of a search: make room before it goes on")
    note = "files are read many at once, and changes by others are found by looking" if remote else ""
    return Finding("disk", OK, f"{found}{', ' + note if note else ''}")


def _file_system(path: Path) -> str:
    """The kind of file system that holds `path`, as the kernel calls it; "" where it does not tell."""
    try:
        mounts = Path("/proc/self/mounts").read_text(errors="replace").splitlines()
    except OSError:
        return ""
    place = os.path.realpath(path)
    best = ("", "")
    for line in mounts:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        at = fields[1].replace("\\040", " ")
        inside = place == at or place.startswith(at.rstrip("/") + "/")
        if inside and len(at) >= len(best[0]):
            best = (at, fields[2])
    return best[1]
