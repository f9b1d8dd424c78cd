"""Plays the user's script unchanged, as `__main__`, with its own arguments; says how that ended.

keras-tuner is hooked at the moment the script imports it, never before: a script may first choose its
backend or its GPUs in the environment.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import traceback
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, Callable, Dict, Optional, Sequence

from tuitune.launch import protocol
from tuitune.worker import guard
from tuitune.worker.ending import SearchEnded, StopRun, stop_watching
from tuitune.worker.hooks import Hooks
from tuitune.worker.output import survive_full_disks
from tuitune.worker.report import Report


def play(run_dir: Path, lifeline: int, worker: int, again: Optional[int] = None) -> int:
    """Run the spec of `run_dir` as its worker of that number; returns the exit status of the process.

    Args:
        run_dir: the directory of the run.
        lifeline: a descriptor whose end tells that the supervisor is gone.
        worker: the number of the worker, from 0.
        again: the number of the tuner to play, where the script was played to its end to find that out.
    """
    survive_full_disks()
    spec = protocol.read_spec(run_dir)
    report = Report(run_dir, spec, worker)
    hooks = Hooks(spec, report, run_dir, again)
    _die_with_supervisor(lifeline, hooks)
    signal.signal(signal.SIGTERM, _stop_soon(hooks))
    _give_children_their_sigterm()
    if find_spec("keras_tuner") is None:
        report.failed("No keras-tuner", f"{sys.executable} has no keras_tuner.")
        return protocol.WORKER_FAILED
    sys.meta_path.insert(0, _AfterImport("keras_tuner", hooks.install))
    ended = _play_script(spec, hooks)
    hooks.clear_up_at_last()
    if not hooks.searched and not isinstance(ended, (StopRun, hooks.refusal)):
        number = hooks.choice.best()
        if number is not None:
            _play_again(run_dir, lifeline, worker, number)
        if hooks.built and spec["kind"] == "relaunch" and not hooks.found_target:
            return _judge(spec, report, hooks)  # whatever was raised for want of a search
    return _status(ended, spec, report, hooks)


def _play_script(spec: Dict[str, Any], hooks: Hooks) -> Optional[BaseException]:
    """Play the script to its end; returns what it raised."""
    script = spec["script"]
    if spec["kind"] == "relaunch":
        guard.protect(hooks.left_alone, script)
    sys.argv = [script, *spec["argv"]]
    sys.path[0] = str(Path(script).parent)  # as `python script` has it
    try:
        runpy.run_path(script, run_name="__main__")
    except BaseException as error:
        stop_watching()
        if not isinstance(error, (SearchEnded, StopRun, SystemExit, hooks.refusal)):
            _print_from(script, error)
        return error
    return None


def _play_again(run_dir: Path, lifeline: int, worker: int, tuner: int) -> None:
    """Play the script anew, in this process, with the tuner of that number. Does not return."""
    print(f"tuitune: tuner {tuner} of the script is the one to search; it is played again for that.", flush=True)
    entry = str(Path(__file__).with_name("main.py"))
    arguments = [sys.executable, "-u", entry, str(run_dir), *map(str, (lifeline, worker, tuner))]
    os.execv(sys.executable, arguments)  # noqa: S606 - this very program


def _status(ended: Optional[BaseException], spec: Dict[str, Any], report: Report, hooks: Hooks) -> int:
    """The exit status for what the script raised, and a sentence where that is a failure."""
    script = spec["script"]
    if isinstance(ended, SearchEnded):
        return protocol.WORKER_STOPPED if hooks.stopped else protocol.WORKER_DONE
    if isinstance(ended, StopRun):
        return protocol.WORKER_STOPPED
    if isinstance(ended, SystemExit):
        if ended.code not in (None, 0) or hooks.is_searching:
            detail = f": {ended.code}" if isinstance(ended.code, str) else f" with status {ended.code or 0}"
            where = " in the middle of the search" if hooks.is_searching else ""
            report.failed("The script ended early", f"{Path(script).name} left{where}{detail}.")
            return protocol.WORKER_FAILED
    elif isinstance(ended, hooks.refusal):
        report.failed(ended.title, ended.message)
        return protocol.WORKER_FAILED
    elif ended is not None:
        report.failed("The script raised", _describe(ended, script))
        return protocol.WORKER_FAILED
    return _judge(spec, report, hooks)


def _judge(spec: Dict[str, Any], report: Report, hooks: Hooks) -> int:
    """The script came to its end: did it do what it was played for?"""
    name = Path(spec["script"]).name
    if hooks.searched:
        return protocol.WORKER_DONE
    if spec["kind"] == "run":
        what = "built a tuner but never called search()" if hooks.built else "built no keras-tuner tuner"
        report.failed("Nothing was searched", f"{name} ran to its end and {what}.")
    elif hooks.found_target:
        report.failed("Nothing was searched", f"{name} built the project's tuner but never called search().")
    elif hooks.built:
        others = ", ".join(hooks.built)
        message = f"{name} built a tuner of {others}, not of {spec['plays']}, and no model of it reads what that varied"
        report.failed("Another project's tuner", f"{message}: other arguments, or another --cwd, are needed.")
    else:
        report.failed("No tuner", f"{name} ran to its end and built no keras-tuner tuner.")
    return protocol.WORKER_FAILED


def _print_from(script: str, error: BaseException) -> None:
    """The traceback as plain `python script` would print it, without the frames that play the script."""
    entry = error.__traceback__
    while entry is not None and entry.tb_frame.f_code.co_filename != script:
        entry = entry.tb_next
    traceback.print_exception(type(error), error, entry or error.__traceback__)


def _describe(error: BaseException, script: str) -> str:
    """`train.py line 12: ValueError: …`: the deepest line of the script itself that led to the error."""
    lines = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == script]
    where = f"{Path(script).name}" + (f" line {lines[-1].lineno}" if lines else "")
    text = str(error).strip().splitlines()
    return f"{where}: {type(error).__name__}" + (f": {text[0][:300]}" if text else "")


def _stop_soon(hooks: Hooks) -> Callable[[int, Optional[FrameType]], None]:
    """Ends at the next safe point (the end of a batch): never in the middle of writing a file."""

    def on_sigterm(_number: int, _frame: Optional[FrameType]) -> None:
        hooks.is_to_stop = True

    return on_sigterm


def _give_children_their_sigterm() -> None:
    """A child that a trial forks is to end when the trial says so: our handler would make it wait for a batch.

    Python forgets a signal that comes right after the fork, so that it has to wait until the child is ready for it.
    """
    number = {signal.SIGTERM}
    masks: Dict[int, Any] = {}  # of threads that are forking, as they were

    def before() -> None:
        masks[threading.get_ident()] = signal.pthread_sigmask(signal.SIG_BLOCK, number)

    def after() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, masks.pop(threading.get_ident()))

    def in_child() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        after()

    os.register_at_fork(before=before, after_in_parent=after, after_in_child=in_child)


def _die_with_supervisor(lifeline: int, hooks: Hooks) -> None:
    """End this process group when the supervisor is gone: nobody would say what becomes of it."""

    def watch() -> None:
        os.read(lifeline, 1)  # returns at the end of the pipe, that is of the supervisor
        print("The supervisor is gone; the search ends here.", flush=True)
        if hooks.report.worker == 0:
            hooks.put_back_at_last()  # nobody else would
        os.killpg(os.getpgid(0), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True, name="lifeline").start()


class _AfterImport(MetaPathFinder):
    """Calls `then(module)` once, right after the module `name` has been imported for the first time.

    It stays until that import has succeeded: looking for the package, or failing to import it, changes nothing.
    """

    def __init__(self, name: str, then: Callable[[ModuleType], None]) -> None:
        self._name = name
        self._then = then
        self._looking = False

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]] = None, target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        """Part of the import protocol."""
        if fullname != self._name or self._looking:
            return None
        self._looking = True
        try:
            spec = find_spec(fullname)
        finally:
            self._looking = False
        if spec is not None and spec.loader is not None:
            spec.loader = _LoaderThen(spec.loader, self._imported)
        return spec

    def _imported(self, module: ModuleType) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)
            self._then(module)


class _LoaderThen(Loader):
    def __init__(self, loader: Loader, then: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> Optional[ModuleType]:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._then(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
