"""How a run stands, folded from its events; finding and stopping one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.launch.processes import event
from tuitune import files
from tuitune.errors import TuituneError
from tuitune.launch import protocol
from tuitune.launch.events import EVENTS
from tuitune.launch.recorded import recorded_play
from tuitune.launch.runs import (
    RunBook,
    RunFollower,
    find_run,
    is_held_up,
    is_running,
    list_runs,
    log_path,
    now_line,
    request_stop,
    run_of_project,
    runs_root,
)
from tuitune.project.sources import open_source
from tuitune.ui.views.runs import describe_run

MakeRun = Callable[..., Path]

STARTED = event("started", 1000.0, supervisor_pid=11)
SEARCHING = (
    STARTED,
    event("worker_started", 1001.0, worker=0, pid=12),
    event("project", 1005.0, worker=0, path="/searches/one", objective="val_loss", direction="min", planned=4),
)


def trial(trial_id: str, at: float, score: float | None, status: str = "COMPLETED") -> tuple[dict[str, Any], ...]:
    """The events of a trial that took ten seconds."""
    return (
        event("trial_started", at, worker=0, trial_id=trial_id),
        event("trial_ended", at + 10, worker=0, trial_id=trial_id, status=status, score=score),
    )


@pytest.mark.parametrize("kind", ["run", "relaunch"])
def test_a_search_that_goes_on_counts_what_it_had(run_dir: MakeRun, kind: str) -> None:
    """Its trials and its best, so that it ends with as many as were planned."""
    found = event("project", 1005.0, path="/p", objective="o", direction="min", planned=4, already=3, best=0.25)
    directory = run_dir("a", STARTED, found, *trial("3", 1010.0, 0.5), kind=kind)
    status = RunFollower(directory).refresh()
    assert (status.done, status.best) == (4, 0.25)


def test_a_run_is_read_from_its_events(run_dir: MakeRun) -> None:
    """Project, plan, progress and the worker's trial and epoch come from what was appended."""
    directory = run_dir(
        "a",
        *SEARCHING,
        *trial("0", 1010.0, 0.5),
        event("trial_started", 1020.0, worker=0, trial_id="1"),
        event("epoch", 1022.0, worker=0, trial_id="1", execution=1, epoch=3),
    )
    with files.held_lock(directory / protocol.LOCK):
        status = RunFollower(directory).refresh()
    worker = status.workers[0]
    assert (status.state, status.reason, status.done, status.planned) == ("running", "", 1, 4)
    assert (status.project, status.objective, status.best) == (Path("/searches/one"), "val_loss", 0.5)
    assert (status.started, status.supervisor_pid) == (1000.0, 11)
    assert (worker.pid, worker.state, worker.trial_id, worker.execution, worker.epoch) == (12, "training", "1", 1, 3)


def test_a_trial_that_begins_forgets_the_epoch_before(run_dir: MakeRun) -> None:
    """Between two trials, and until its first epoch has ended, a worker shows no epoch."""
    epoch = event("epoch", 1011.0, worker=0, trial_id="0", execution=0, epoch=7)
    follower = RunFollower(run_dir("a", *SEARCHING, trial("0", 1010.0, 0.5)[0], epoch))
    assert follower.refresh().workers[0].epoch == 7
    files.append_line(follower.status.directory / protocol.EVENTS, trial("0", 1010.0, 0.5)[1])
    worker = follower.refresh().workers[0]
    assert (worker.trial_id, worker.epoch) == (None, None)
    files.append_line(follower.status.directory / protocol.EVENTS, trial("1", 1020.0, 0.5)[0])
    worker = follower.refresh().workers[0]
    assert (worker.trial_id, worker.epoch) == ("1", None)


@pytest.mark.parametrize("state", ["finished", "stopped", "failed"])
def test_a_run_that_said_how_it_ended_has_ended(run_dir: MakeRun, state: str) -> None:
    """State, reason and time are those of its last word."""
    directory = run_dir("a", *SEARCHING, event("ended", 2000.0, state=state, reason="because"))
    status = RunFollower(directory).refresh()
    assert (status.state, status.reason, status.ended) == (state, "because", 2000.0)


def test_a_run_without_its_last_word_was_interrupted(run_dir: MakeRun) -> None:
    """The lock is free and no end was written: nothing runs, whatever pids and trials the events name."""
    status = RunFollower(run_dir("a", *SEARCHING, event("trial_started", worker=0, trial_id="0"))).refresh()
    assert status.state == "interrupted"
    assert status.workers[0].state == "gone"
    assert status.ended is None


def test_a_run_without_a_word_is_running_while_its_lock_is_held(run_dir: MakeRun) -> None:
    """The lock alone proves that a run lives, before anything was written."""
    directory = run_dir("a")
    with files.held_lock(directory / protocol.LOCK):
        assert RunFollower(directory).refresh().state == "running"
    assert RunFollower(directory).refresh().state == "interrupted"


def test_a_retried_trial_is_not_done(run_dir: MakeRun) -> None:
    """A trial that keras-tuner will try again does not count, its last attempt does."""
    attempts = (*trial("0", 1010.0, None, "RETRY"), *trial("0", 1030.0, 0.5))
    assert RunFollower(run_dir("a", *SEARCHING, *attempts)).refresh().done == 1


@pytest.mark.parametrize(("direction", "best"), [("min", 0.25), ("max", 4.0)])
def test_best_follows_the_direction(run_dir: MakeRun, direction: str, best: float) -> None:
    """The best so far is the smallest or the greatest score; a failed trial and NaN are none."""
    project = event("project", path="/p", objective="o", direction=direction, planned=9)
    scores = [1.0, None, float("nan"), 4.0, 0.25]
    ends = [
        event("trial_ended", 1010.0 + n, trial_id=str(n), status="COMPLETED", score=s) for n, s in enumerate(scores)
    ]
    status = RunFollower(run_dir("a", STARTED, project, *ends)).refresh()
    assert status.best == best
    assert status.done == 5


def test_the_plan_of_the_spec_counts_for_more_than_the_workers(run_dir: MakeRun) -> None:
    """A relaunch planned its trials before the script was asked."""
    assert RunFollower(run_dir("a", *SEARCHING, planned_trials=7)).refresh().planned == 7


def test_events_are_read_once_and_torn_tails_later(run_dir: MakeRun) -> None:
    """A line that is still being written waits for its newline; what was read is not counted again."""
    directory = run_dir("a", *SEARCHING, *trial("0", 1010.0, 0.5))
    follower = RunFollower(directory)
    with open(directory / protocol.EVENTS, "a") as stream:
        stream.write('{"time": 1030.0, "event": "trial_ended", "worker": 0,')
        stream.flush()
        assert follower.refresh().done == 1
        stream.write(' "trial_id": "1", "status": "COMPLETED", "score": 0.1}\n')
        stream.flush()
    assert follower.refresh().done == 2
    assert follower.refresh().done == 2


def test_events_of_a_newer_tuitune_are_passed_over(run_dir: MakeRun) -> None:
    """An event of an unknown name changes nothing."""
    assert RunFollower(run_dir("a", *SEARCHING, event("paused"), *trial("0", 1010.0, 0.5))).refresh().done == 1


def test_time_to_go_is_the_pace_of_the_last_ten(run_dir: MakeRun) -> None:
    """Remaining trials at the average of the last ten, less what the current one has used."""
    slow = [e for n in range(5) for e in trial(str(n), 1000.0 + 10 * n, 0.5)]
    quick = [
        e
        for n in range(10)
        for e in (
            event("trial_started", 2000.0 + 2 * n, trial_id=str(5 + n)),
            event("trial_ended", 2002.0 + 2 * n, trial_id=str(5 + n), status="COMPLETED", score=0.5),
        )
    ]
    directory = run_dir("a", STARTED, *slow, *quick, event("trial_started", 3000.0, trial_id="15"), planned_trials=20)
    with files.held_lock(directory / protocol.LOCK):
        status = RunFollower(directory).refresh()
    assert status.eta_s(now=3000.5) == pytest.approx(5 * 2.0 - 0.5)
    assert status.eta_s(now=9999.0) == pytest.approx(4 * 2.0)


def test_time_to_go_is_unknown_without_pace_or_plan(run_dir: MakeRun) -> None:
    """No trial has ended, nothing is planned, or nothing runs: no guess."""
    young, boundless, over = (
        run_dir("a", STARTED, planned_trials=3),
        run_dir("b", STARTED, *trial("0", 1000.0, 0.5)),
        run_dir("c", STARTED, *trial("0", 1000.0, 0.5), planned_trials=3),
    )
    with files.held_lock(young / protocol.LOCK), files.held_lock(boundless / protocol.LOCK):
        assert RunFollower(young).refresh().eta_s() is None
        assert RunFollower(boundless).refresh().eta_s() is None
    assert RunFollower(over).refresh().eta_s() is None


def test_a_request_is_shown_until_it_has_happened(run_dir: MakeRun) -> None:
    """What the user asked for is told while the run still runs, not afterwards."""
    directory = run_dir("a", STARTED)
    follower = RunFollower(directory)
    with files.held_lock(directory / protocol.LOCK):
        request_stop(follower.refresh(), after_trial=True)
        assert follower.refresh().stop_requested == protocol.STOP_AFTER_TRIAL
        request_stop(follower.refresh(), after_trial=False)
        assert follower.refresh().stop_requested == protocol.STOP_NOW
    assert follower.refresh().stop_requested is None


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        ((event("ended", state="finished", reason="the search ended"),), "run a is finished: the search ended."),
        ((), "run a is interrupted: its supervisor is gone without a word: the machine or a person ended it."),
    ],
)
def test_a_run_that_does_not_run_cannot_be_stopped(
    run_dir: MakeRun, last: tuple[dict[str, Any]], sentence: str
) -> None:
    """The refusal says how the run stands, and nothing is asked."""
    status = RunFollower(run_dir("a", STARTED, *last)).refresh()
    with pytest.raises(TuituneError) as caught:
        request_stop(status, after_trial=False)
    assert str(caught.value) == f"Nothing to stop: {sentence}"
    assert not (status.directory / protocol.CONTROL).exists()


def test_runs_are_listed_newest_first_without_what_is_none(run_dir: MakeRun) -> None:
    """Directories that hold no spec, or none that can be read, are left out."""
    for name in ("20260101-a", "20260301-c", "20260201-b"):
        run_dir(name, STARTED)
    (runs_root() / "20260401-being-made").mkdir()
    (runs_root() / "20260402-torn").mkdir()
    (runs_root() / "20260402-torn" / protocol.SPEC).write_text('{"run": ')
    assert [run.run for run in list_runs()] == ["20260301-c", "20260201-b", "20260101-a"]


def test_no_state_directory_means_no_runs() -> None:
    """Somebody who never started a run has none, and nothing is made by asking."""
    assert list_runs() == []
    assert not runs_root().exists()


def test_a_book_of_runs_follows_them(run_dir: MakeRun) -> None:
    """A refresh sees new runs, new events of old ones, and forgets what was deleted."""
    book = RunBook()
    first = run_dir("a", *SEARCHING)
    assert [(run.run, run.done) for run in book.refresh()] == [("a", 0)]
    files.append_line(first / protocol.EVENTS, trial("0", 1010.0, 0.5)[1])
    run_dir("b", STARTED)
    assert [(run.run, run.done) for run in book.refresh()] == [("b", 0), ("a", 1)]
    first.rename(first.parent.parent / "elsewhere")
    assert [run.run for run in book.refresh()] == ["b"]


def test_a_snapshot_does_not_change_with_the_run(run_dir: MakeRun) -> None:
    """What a screen was shown stays as it was."""
    follower = RunFollower(run_dir("a", *SEARCHING))
    before = follower.refresh().snapshot()
    files.append_line(follower.status.directory / protocol.EVENTS, trial("0", 1010.0, 0.5)[0])
    follower.refresh()
    assert before.workers[0].trial_id is None
    assert follower.status.workers[0].trial_id == "0"


def test_a_run_is_found_by_id_part_or_project(run_dir: MakeRun, tmp_path: Path) -> None:
    """The whole id, a part that only it has, or the path of its project; of several rounds of a path the newest."""
    project = tmp_path / "searches" / "one"
    project.mkdir(parents=True)
    run_dir("20260101-one", STARTED, project=str(project))
    run_dir("20260102-one", STARTED, project=str(project))
    run_dir("20260103-two", STARTED)
    assert find_run("20260101-one").run == "20260101-one"
    assert find_run("two").run == "20260103-two"
    assert find_run(str(project / ".." / "one")).run == "20260102-one"


def test_an_id_that_is_part_of_another_is_found_itself(run_dir: MakeRun) -> None:
    """`…-one` and `…-one.2` exist: the whole id means the first alone."""
    run_dir("20260101-one", STARTED)
    run_dir("20260101-one.2", STARTED)
    assert find_run("20260101-one").run == "20260101-one"


def test_a_part_that_fits_several_runs_is_refused(run_dir: MakeRun) -> None:
    """The runs that it fits are named; exit status 2."""
    run_dir("20260101-one", STARTED)
    run_dir("20260102-one", STARTED)
    with pytest.raises(TuituneError) as caught:
        find_run("one")
    assert str(caught.value) == ("Which run?: 'one' fits 2 runs: 20260102-one, 20260101-one.\nGive more of its id.")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["nothing", "", "/no/such/project"])
def test_an_unknown_run_is_refused(run_dir: MakeRun, text: str) -> None:
    """A text that fits no run is told so."""
    run_dir("20260101-one", STARTED)
    with pytest.raises(TuituneError) as caught:
        find_run(text)
    assert str(caught.value) == f"No such run: no run is called {text!r}.\ntuitune runs lists them."


def test_whether_a_project_is_being_written(run_dir: MakeRun, tmp_path: Path) -> None:
    """Only a run that holds its lock writes its project; RUNNING in a file proves nothing."""
    directory = run_dir("a", STARTED, project=str(tmp_path))
    assert run_of_project(tmp_path) is not None
    assert not is_running(tmp_path)
    with files.held_lock(directory / protocol.LOCK):
        assert is_running(tmp_path)
        assert not is_running(tmp_path / "other")


def test_runs_as_json_keep_the_contract(run_dir: MakeRun) -> None:
    """The keys that scripts rely on are all there, with null for what is unknown."""
    status = RunFollower(run_dir("a", *SEARCHING, event("ended", 9.0, state="finished", reason="r"))).refresh()
    told = status.to_json()
    contract = {"run", "project", "state", "reason", "done", "planned", "started", "ended", "host", "supervisor_pid"}
    assert contract <= told.keys()
    assert told["workers"] == [{"id": 0, "pid": 12, "state": "searching", "trial_id": None, "epoch": None}]
    assert log_path(status).name == "worker-0.log"


ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(["a\0b", "half\ud83d", "\x1b[2J", 10**400, -1, "running", "finished"]),
    st.lists(st.text(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
ODD_EVENTS = st.fixed_dictionaries(
    {"event": st.sampled_from(sorted(EVENTS)), "time": st.one_of(st.floats(1, 2), ODD_VALUES)},
    optional={"worker": ODD_VALUES, **{name: ODD_VALUES for event in EVENTS.values() for name in event.fields}},
)
ODD_SPEC = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ["kind", "host", "script", "cwd", "python", "project", "argv", "planned_trials", "workers"], ODD_VALUES
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ODD_SPEC, st.lists(ODD_EVENTS, max_size=6))
def test_whatever_the_files_of_a_run_hold_it_is_told_or_left_out(
    tmp_path: Path, odd_spec: dict[str, Any], odd_events: list[dict[str, Any]]
) -> None:
    """Lists of runs, and all that names a project by its runs, go on; none of it is a crash."""
    directory = runs_root() / "odd"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    (directory / protocol.SPEC).write_text(json.dumps({"run": "odd", **odd_spec}))
    (directory / protocol.EVENTS).write_text("".join(json.dumps(odd) + "\n" for odd in odd_events))
    book = RunBook()
    for run in book.refresh():
        json.dumps(run.to_json())
        now_line(run)
        run.verdict()
        is_held_up(run)
        assert describe_run(run).plain
    assert len(book.problems) + len(list_runs()) == 1
    run_of_project(tmp_path)
    assert recorded_play(open_source(tmp_path, may_be_empty=True).read()) is None


def test_a_spec_with_a_null_byte_is_left_out_and_said(run_dir: MakeRun) -> None:
    """It ends neither `ls` nor the screen."""
    run_dir("good", event("started", supervisor_pid=1))
    bad = run_dir("bad", event("started", supervisor_pid=1), project="/a\0b")
    book = RunBook()
    assert [run.run for run in book.refresh()] == ["good"]
    assert book.problems == [
        f"{bad / protocol.SPEC}: its project cannot be what a run was started with: not tuitune's."
    ]


def test_events_of_any_size_are_read_part_by_part(run_dir: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part ends within a line; a line longer than a part is passed over."""
    monkeypatch.setattr(files, "MOST_LINES_BYTES", 300)
    lines = [event("trial_started", worker=0, trial_id=str(n)) for n in range(50)]
    directory = run_dir("a", *lines, {"event": "x", "long": "y" * 1000}, *lines)
    follower = RunFollower(directory)
    assert follower.refresh().workers[0].trial_id == "49"
    assert len(list(files.each_line(directory / protocol.EVENTS))) == 100
