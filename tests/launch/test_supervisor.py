"""The supervisor and its worker, as processes: liveness, stopping, and what is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.launch.processes import Launch, ended, eventually, is_gone, number_in, state_of
from tuitune import files
from tuitune.errors import TuituneError
from tuitune.launch import protocol, supervisor
from tuitune.launch.plan import Plan
from tuitune.launch.runs import is_held_up, now_line, request_stop, runs_root
from tuitune.launch.start import start

LONG = "exec sleep 600"
STUBBORN = 'trap "" TERM; echo $$ > "$3/pid"; while :; do sleep 1; done'
WITH_CHILD = 'sleep 600 & echo $! > "$3/child.tmp"; mv "$3/child.tmp" "$3/child"'


def test_a_run_lives_as_long_as_its_lock_is_held(launch: Launch) -> None:
    """Once `start` returns, the supervisor holds the lock, and the run reads as running with its worker's pid."""
    run_dir = launch(LONG)
    assert files.is_held(run_dir / protocol.LOCK)
    status = eventually(lambda: (found := state_of(run_dir)).workers and found)
    assert status.state == "running"
    assert status.supervisor_pid is not None
    assert not is_gone(status.supervisor_pid)
    assert not is_gone(status.workers[0].pid)


def test_the_lock_is_free_when_the_run_has_ended(launch: Launch) -> None:
    """An ended run holds nothing, and its supervisor is gone."""
    run_dir = launch("exit 0")
    status = ended(run_dir)
    assert (status.state, status.reason) == ("finished", "the search ended")
    eventually(lambda: not files.is_held(run_dir / protocol.LOCK))
    eventually(lambda: is_gone(status.supervisor_pid or 0))


def test_the_supervisor_leaves_the_terminals_session(launch: Launch) -> None:
    """Supervisor and worker are in sessions of their own, so that a hang-up does not reach them."""
    run_dir = launch(LONG)
    status = eventually(lambda: (found := state_of(run_dir)).workers and found)
    sessions = {os.getsid(0), os.getsid(status.supervisor_pid), os.getsid(status.workers[0].pid)}
    assert len(sessions) == 3


def test_a_hang_up_does_not_end_the_run(launch: Launch, tmp_path: Path) -> None:
    """A supervisor that is sent SIGHUP goes on until its worker ends."""
    run_dir = launch(f"while [ ! -e {tmp_path}/go ]; do sleep 0.05; done")
    pid = eventually(lambda: state_of(run_dir).workers and state_of(run_dir).supervisor_pid)
    os.kill(pid, signal.SIGHUP)
    (tmp_path / "go").touch()
    assert ended(run_dir).state == "finished"


def test_stop_now_is_polite_first(launch: Launch) -> None:
    """The worker gets SIGTERM and the time to end by itself."""
    run_dir = launch('trap \'echo asked > "$3/asked"; exit 4\' TERM; touch "$3/ready"; while :; do sleep 0.05; done')
    eventually((run_dir / "ready").exists)
    request_stop(state_of(run_dir), after_trial=False)
    status = ended(run_dir)
    assert (status.state, status.reason) == ("stopped", "stopped by the user")
    assert (run_dir / "asked").exists()


def test_a_worker_that_ignores_the_polite_signal_is_killed(plan: Callable[..., Plan], tmp_path: Path) -> None:
    """After the grace the worker and its children are killed, and the run reads stopped."""
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{STUBBORN}\n")
    python.chmod(0o755)
    run_dir = runs_root() / "stubborn"
    run_dir.mkdir(parents=True)
    files.write_atomic(run_dir / protocol.SPEC, plan("run", python=str(python)).spec)
    hasty = "from tuitune.launch import supervisor; supervisor._GRACE_S = 0.3; supervisor.main()"
    subprocess.run([sys.executable, "-c", hasty, str(run_dir)], check=True, timeout=60, stdout=subprocess.DEVNULL)
    pid = number_in(run_dir / "pid")
    request_stop(state_of(run_dir), after_trial=False)
    assert ended(run_dir).state == "stopped"
    assert is_gone(pid)
    assert [e["code"] for e in files.read_lines(run_dir / protocol.EVENTS)[0] if e["event"] == "worker_ended"] == [-9]


def test_stopping_ends_the_workers_children_too(launch: Launch) -> None:
    """Data loaders that a training started do not outlive a stop."""
    run_dir = launch(f"{WITH_CHILD}; wait")
    child = number_in(run_dir / "child")
    request_stop(state_of(run_dir), after_trial=False)
    assert ended(run_dir).state == "stopped"
    eventually(lambda: is_gone(child))


def test_children_that_a_worker_forgot_are_ended(launch: Launch) -> None:
    """A search that ended by itself leaves no process of its own behind."""
    run_dir = launch(f"{WITH_CHILD}; exit 0")
    assert ended(run_dir).state == "finished"
    eventually(lambda: is_gone(number_in(run_dir / "child")))


def test_ending_the_supervisor_stops_the_run(launch: Launch) -> None:
    """SIGTERM to the supervisor, as at a shutdown, stops the worker and says why the run ended."""
    run_dir = launch(LONG)
    status = eventually(lambda: (found := state_of(run_dir)).workers and found)
    os.kill(status.supervisor_pid, signal.SIGTERM)
    after = ended(run_dir)
    assert (after.state, after.reason) == ("stopped", "the supervisor got SIGTERM")
    assert is_gone(status.workers[0].pid)


def test_killing_the_supervisor_kills_the_worker(launch: Launch, tmp_path: Path) -> None:
    """The real worker notices the end of its lifeline, ends with all its children, and the run reads interrupted."""
    (tmp_path / "long.py").write_text(
        "import os, pathlib, subprocess, sys, time\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "pathlib.Path('pids.tmp').write_text(f'{os.getpid()} {child.pid}')\n"
        "os.rename('pids.tmp', 'pids')\n"
        "time.sleep(600)\n"
    )
    run_dir = launch("", python=sys.executable, script=str(tmp_path / "long.py"))
    eventually((tmp_path / "pids").exists)
    worker, child = map(int, (tmp_path / "pids").read_text().split())
    pid = state_of(run_dir).supervisor_pid
    assert pid is not None
    assert state_of(run_dir).workers[0].pid == worker
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: is_gone(worker))
    eventually(lambda: is_gone(child))
    status = ended(run_dir)
    assert status.state == "interrupted"
    assert status.reason == "its supervisor is gone without a word: the machine or a person ended it"
    assert status.workers[0].state == "gone"


@pytest.mark.parametrize(
    ("shell", "reason"),
    [
        ("exit 1", "the training process ended with exit status 1; its log says more"),
        ("exit 77", "the training process ended with exit status 77; its log says more"),
        ("kill -SEGV $$", "the training process was killed by SIGSEGV"),
        ("kill -KILL $$", "the training process was killed by SIGKILL (often the kernel, when memory runs out)"),
    ],
)
def test_a_worker_that_ends_badly_fails_the_run(launch: Launch, shell: str, reason: str) -> None:
    """An exit status or a signal that nobody asked for becomes the reason of the failure."""
    status = ended(launch(shell))
    assert (status.state, status.reason) == ("failed", reason)


def test_a_workers_last_words_are_the_reason(launch: Launch) -> None:
    """What the worker says about its failure counts for more than its exit status."""
    line = '{"time":1,"event":"failed","message":"train.py line 3: OSError: no data"}'
    status = ended(launch(f"echo '{line}' >> \"$3/events.jsonl\"; exit 1"))
    assert (status.state, status.reason) == ("failed", "train.py line 3: OSError: no data")


def test_a_worker_that_stopped_after_a_trial_says_so(launch: Launch) -> None:
    """The exit status of a worker that was asked to stop after a trial reads as stopped, not failed."""
    asked = f'echo \'{{"action":"{protocol.STOP_AFTER_TRIAL}"}}\' >> "$3/control.jsonl"; '
    status = ended(launch(f"{asked}exit {protocol.WORKER_STOPPED}"))
    assert (status.state, status.reason) == ("stopped", "stopped by the user after a trial")


def test_a_worker_that_somebody_else_ended_is_not_said_to_be_stopped_by_the_user(launch: Launch) -> None:
    """SIGTERM from a scheduler, or from a hand."""
    status = ended(launch(f"exit {protocol.WORKER_STOPPED}"))
    assert (status.state, status.reason) == ("stopped", "the training process got SIGTERM, and not from tuitune")


def test_a_python_that_cannot_be_started_fails_the_run(launch: Launch, tmp_path: Path) -> None:
    """A Python that vanished between plan and start is named in the reason, and the new project is gone."""
    status = ended(launch("", python=str(tmp_path / "nowhere")))
    assert status.state == "failed"
    assert status.reason == f"the training cannot be started: {tmp_path / 'nowhere'}: no such file or directory"
    assert not (tmp_path / "searches" / "project-2").exists()


def test_a_working_directory_that_vanished_is_named(launch: Launch, tmp_path: Path) -> None:
    """Where the directory to train in is gone, the reason names it and not the Python."""
    status = ended(launch("exit 0", cwd=str(tmp_path / "gone")))
    assert (status.state, status.reason) == (
        "failed",
        f"the training cannot be started: {tmp_path / 'gone'}: no such file or directory",
    )


@pytest.mark.parametrize("shell", ["exit 1", f"exit {protocol.WORKER_STOPPED}"])
def test_a_run_without_trials_removes_its_new_project(launch: Launch, tmp_path: Path, shell: str) -> None:
    """A failure or a stop before the first trial leaves no half-made project, though keras-tuner wrote its state."""
    project = tmp_path / "searches" / "project-2"
    ended(launch(f"touch {project}/oracle.json {project}/tuner0.json; {shell}"))
    assert not project.exists()


def test_a_failed_run_keeps_a_project_that_has_trials(launch: Launch, tmp_path: Path) -> None:
    """What was searched before the failure stays."""
    project = tmp_path / "searches" / "project-2"
    ended(launch(f"mkdir {project}/trial_0; echo '{{}}' > {project}/trial_0/trial.json; exit 1"))
    assert (project / "trial_0" / "trial.json").is_file()
    assert (project / ".tuitune" / "origin.json").is_file()


def test_a_failed_first_search_removes_nothing(launch: Launch, tmp_path: Path) -> None:
    """The project of a `tuitune run` is the script's own affair."""
    (tmp_path / "searches").mkdir()
    (tmp_path / "searches" / "mine").mkdir()
    assert ended(launch("exit 1", "run", project=str(tmp_path / "searches" / "mine"))).state == "failed"
    assert (tmp_path / "searches" / "mine").is_dir()


def test_a_second_supervisor_refuses(launch: Launch) -> None:
    """Two supervisors never share a run: the second says so, ends with status 1, and changes nothing."""
    run_dir = launch(LONG)
    eventually(lambda: state_of(run_dir).workers)
    before = (run_dir / protocol.EVENTS).read_bytes()
    second = subprocess.run(supervisor.command(run_dir), capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert second.stderr.strip() == f"{run_dir} is already supervised."
    assert (run_dir / protocol.EVENTS).read_bytes() == before
    assert state_of(run_dir).state == "running"


def test_the_worker_is_started_as_its_spec_says(
    launch: Launch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It works in the spec's directory, prints into its log, reads nothing, and is no part of another search."""
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "chief")
    monkeypatch.setenv("OF_THE_USER", "kept")
    (tmp_path / "work").mkdir()
    shell = 'pwd; echo "tuner ${KERASTUNER_TUNER_ID-none}, $OF_THE_USER" >&2; read line || echo "nothing to read"'
    run_dir = launch(shell, cwd=str(tmp_path / "work"))
    assert ended(run_dir).state == "finished"
    log = (run_dir / protocol.worker_log(0)).read_text().splitlines()
    assert log == [str(tmp_path / "work"), "tuner none, kept", "nothing to read"]


def test_a_file_in_the_current_directory_does_not_stand_in_for_a_module(
    plan: Callable[..., Plan], shell_python: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal.py of the user's own, where the command is typed, does not disturb the supervisor."""
    for name in ("signal.py", "tuitune.py", "shutil.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong module')")
    monkeypatch.chdir(tmp_path)
    run_dir = runs_root() / start(plan(python=shell_python("exit 0")))
    assert ended(run_dir).state == "finished"


def test_a_full_state_disk_delays_words_and_loses_none(run_dir: Callable[..., Path]) -> None:
    """What cannot be written down is written when there is room, with the time at which it happened."""
    directory = run_dir("full")
    (directory / protocol.EVENTS).symlink_to("/dev/full")
    watching = supervisor.Supervisor(directory)
    before = time.time()
    watching._say("started", supervisor_pid=7)
    watching._say("worker_started", worker=0, pid=8)
    after = time.time()
    (directory / protocol.EVENTS).unlink()
    watching._say("worker_ended", worker=0, code=0)
    events = files.read_lines(directory / protocol.EVENTS)[0]
    assert [event["event"] for event in events] == ["started", "worker_started", "worker_ended"]
    assert before <= events[0]["time"] <= events[1]["time"] <= after


def test_a_supervisor_that_is_stopped_is_told_and_makes_no_promise(launch: Launch) -> None:
    """SIGSTOP, or a debugger: it lives and hears nothing. Once it goes on, it can be stopped."""
    run_dir = launch(LONG)
    pid = eventually(lambda: state_of(run_dir).workers and state_of(run_dir).supervisor_pid)
    os.kill(pid, signal.SIGSTOP)
    try:
        eventually(lambda: is_held_up(state_of(run_dir)))
        assert f"kill -CONT {pid}" in now_line(state_of(run_dir))
        with pytest.raises(TuituneError, match="is itself stopped"):
            request_stop(state_of(run_dir), after_trial=False)
        assert not (run_dir / protocol.CONTROL).exists()
    finally:
        os.kill(pid, signal.SIGCONT)
    eventually(lambda: not is_held_up(state_of(run_dir)))
    request_stop(state_of(run_dir), after_trial=False)
    assert ended(run_dir).state == "stopped"
