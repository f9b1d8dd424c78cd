"""The fold of a run's events, worker by worker: what is done, the pace, the best, the verdict."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from tests.launch.processes import event
from tuitune import files
from tuitune.launch import protocol
from tuitune.launch.events import EVENTS, RunStatus, append_event
from tuitune.launch.runs import now_line

PROJECT = "/searches/project"


def folded(*events: dict[str, Any], **spec: Any) -> RunStatus:
    """The run after these events."""
    status = RunStatus("run-1", Path("/runs/run-1"), {"kind": "relaunch", **spec}, None, planned=spec.get("planned"))
    for item in events:
        status.fold(item)
    return status


def begins(worker: int, at: float = 0.0, already: int = 0, best: float | None = None) -> list[dict[str, Any]]:
    """A worker starts, and announces the project."""
    project = event("project", at + 1, worker=worker, path=PROJECT, objective="val_loss", direction="min")
    return [
        event("worker_started", at, worker=worker, pid=100 + worker),
        {**project, "already": already, "best": best, "planned": None},
    ]


def trial(worker: int, trial_id: str, since: float, until: float, score: float | None) -> list[dict[str, Any]]:
    """A trial from its start to its end, one epoch between."""
    status = "FAILED" if score is None else "COMPLETED"
    return [
        event("trial_started", since, worker=worker, trial_id=trial_id),
        event("epoch", since + 1, worker=worker, trial_id=trial_id, execution=0, epoch=0),
        event("trial_ended", until, worker=worker, trial_id=trial_id, status=status, score=score),
    ]


def interleaved(*streams: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events of several workers in the order of their times, as one file holds them."""
    return sorted((item for stream in streams for item in stream), key=lambda item: item["time"])


def three_workers() -> list[dict[str, Any]]:
    """Worker 1 is killed in its second trial, comes back, and does that trial again; all come to the end."""
    crash = [
        event("trial_started", 120, worker=1, trial_id="04"),
        event("worker_ended", 130, worker=1, code=-9),
        *begins(1, 131),
        *trial(1, "04", 133, 193, 0.2),
    ]
    streams = [
        [event("started", 0, supervisor_pid=7)],
        [*begins(0), *trial(0, "00", 10, 110, 0.5), *trial(0, "03", 111, 211, 0.4)],
        [*begins(1), *trial(1, "01", 11, 119, 0.3), *crash],
        [*begins(2), *trial(2, "02", 12, 112, None), *trial(2, "05", 113, 213, 0.9)],
    ]  # fmt: skip
    ends = [
        [event("search_ended", 220 + n, worker=n), event("worker_ended", 221 + n, worker=n, code=0)] for n in range(3)
    ]
    return interleaved(*streams, *ends)


def test_three_workers_are_counted_together_and_one_that_comes_back_counts_on() -> None:
    """Six trials, one of them failed; the best of all; each in its own place, and the restart loses nothing."""
    status = folded(*three_workers(), planned=6)
    assert (status.done, status.best, status.objective) == (6, 0.2, "val_loss")
    assert sorted(status.workers) == [0, 1, 2]
    assert [worker.code for worker in status.workers.values()] == [0, 0, 0]
    assert status.verdict() == ("finished", "the search ended; 1 of 6 trials failed")


@pytest.mark.parametrize("at", [119.5, 125, 130.5, 132.5, 150])
def test_a_crash_resets_neither_what_is_done_nor_the_best(at: float) -> None:
    """Before, while and after worker 1 is away, the others' trials stay counted."""
    status = folded(*[item for item in three_workers() if item["time"] <= at], planned=6)
    assert (status.done, status.best) == (3, 0.3)


def test_what_each_of_them_does_is_told() -> None:
    """In the middle: one trains on, one is gone, one trains; the pace is of all, and shared by those at work."""
    status = folded(*[item for item in three_workers() if item["time"] <= 130], planned=6)
    assert status.workers[1].state == "ended"
    assert now_line(status) == "worker 0: trial 03, epoch 1; worker 1: ended; worker 2: trial 05, epoch 1"
    seconds = [100, 108, 100]
    pace = sum(seconds) / 3
    assert status.trial_seconds == pytest.approx(sorted(seconds), rel=0.1)
    behind = (130 - 111) + (130 - 113)
    assert status.eta_s(130) == pytest.approx((3 * pace - behind) / 2)


def test_a_worker_that_resumes_tells_what_had_ended_before() -> None:
    """The first says that five had ended; one that joins and does not know says none, and nothing is lost."""
    status = folded(*begins(0, already=5, best=0.7), *begins(1, 2), *trial(1, "05", 3, 9, 0.6))
    assert (status.done, status.best) == (6, 0.6)


def test_a_script_that_searches_twice_begins_to_count_again() -> None:
    """The same worker announces a project once more, without having been started again."""
    first = [*begins(0), *trial(0, "00", 2, 3, 0.1)]
    again = {**begins(0, 5)[1], "already": 0}
    status = folded(*first, again, *trial(0, "00", 7, 9, 0.5))
    assert (status.done, status.best) == (1, 0.5)


def test_a_trial_of_a_search_that_is_over_does_not_count() -> None:
    """Worker 1 ends a trial of the first project when worker 0 searches the second already."""
    second = {**begins(0, 5)[1], "path": "/searches/other"}
    late = trial(1, "01", 4, 8, 0.01)[2:]
    status = folded(*begins(0), *begins(1), second, *late)
    assert (status.done, status.best, status.project) == (0, None, Path("/searches/other"))


@pytest.mark.parametrize(
    ("ends", "state", "words"),
    [
        ([(0, 0, "")], "finished", "the search ended"),
        ([(0, 4, "")], "stopped", "the training process got SIGTERM, and not from tuitune"),
        ([(0, 1, "train.py line 3: ValueError")], "failed", "train.py line 3: ValueError"),
        ([(0, -9, "")], "failed", "killed by SIGKILL (often the kernel"),
        ([(0, -11, ""), (1, 3, "")], "failed", "worker 0: the training process was killed by SIGSEGV; worker 1: "),
        ([(0, 0, ""), (1, 0, ""), (2, -9, "")], "finished", "the search ended; worker 2: the training process was"),
        ([(0, 0, ""), (1, 4, "")], "stopped", "got SIGTERM"),
        ([], "failed", "no training process was started"),
    ],
)
def test_the_verdict_is_of_all_workers(ends: list[tuple[int, int, str]], state: str, words: str) -> None:
    """A search that one of them saw to its end has ended; it failed where none did."""
    events = []
    for worker, code, failure in ends:
        events += begins(worker)
        if failure:
            events.append(event("failed", 5, worker=worker, title="T", message=failure))
        events.append(event("worker_ended", 6, worker=worker, code=code))
    found, reason = folded(*events).verdict()
    assert (found, words in reason) == (state, True), reason


def test_a_failure_of_an_earlier_life_is_forgiven() -> None:
    """A worker that failed, was started again and came to the end is no failure."""
    end = event("worker_ended", 4, worker=0, code=1)
    failed = [*begins(0), event("failed", 3, worker=0, title="T", message="M"), end]
    well = [*begins(0, 5), event("worker_ended", 9, worker=0, code=0)]
    assert folded(*failed).verdict() == ("failed", "M")
    assert folded(*failed, *well).verdict() == ("finished", "the search ended")


def test_a_worker_may_speak_before_it_is_written_down_that_it_started() -> None:
    """Its last words count all the same, in its first life and in its second."""
    quick = [event("failed", 1, worker=0, title="T", message="M"), event("worker_started", 2, worker=0, pid=9)]
    end = event("worker_ended", 3, worker=0, code=1)
    assert folded(*quick, end).verdict() == ("failed", "M")
    began, project = begins(0)
    crash = [began, project, *trial(0, "00", 2, 3, 0.5), event("worker_ended", 4, worker=0, code=-9)]
    status = folded(*crash, {**project, "time": 5}, {**began, "time": 6}, *trial(0, "01", 7, 8, 0.4))
    assert (status.done, status.best, status.workers[0].pid, status.workers[0].code) == (2, 0.4, 100, None)


def test_a_late_line_of_a_worker_that_has_ended_well_changes_no_verdict() -> None:
    """A child that it left may still write an epoch."""
    late = event("epoch", 9, worker=0, trial_id="00", execution=0, epoch=7)
    status = folded(*begins(0), *trial(0, "00", 2, 3, 0.5), event("worker_ended", 4, worker=0, code=0), late)
    assert status.verdict() == ("finished", "the search ended")


def test_scores_that_are_no_numbers_are_no_best() -> None:
    """NaN and null count as done, and as nothing else."""
    status = folded(*begins(0), *trial(0, "00", 2, 3, math.nan), *trial(0, "01", 4, 5, None))
    assert (status.done, status.best) == (2, None)


@pytest.mark.parametrize(
    "odd",
    [{"event": []}, {"event": {}}, {"event": "project"},
     {"event": "trial_ended", "worker": "x"}, {"event": None}, {"event": "fold"}, {"event": 3},
     {"event": "worker_started", "worker": []}, {"event": "ended"}, {}],
    ids=str,
)  # fmt: skip
def test_events_of_another_release_or_of_a_hand_change_nothing(odd: dict[str, Any]) -> None:
    """They are passed over."""
    events = [*begins(0), *trial(0, "00", 2, 3, 0.5)]
    before, after = folded(*events), folded(*events, odd)
    assert (before.done, before.best, before.state) == (after.done, after.best, after.state)


def test_only_events_of_the_list_are_written(tmp_path: Path) -> None:
    """With their own fields, and with the number of a worker where it is a worker's."""
    for name, known in EVENTS.items():
        append_event(tmp_path, name, 2 if known.of_worker else None, **dict.fromkeys(known.fields))
    assert [line["event"] for line in files.read_lines(tmp_path / protocol.EVENTS)[0]] == list(EVENTS)
    for name, worker, field in (("nothing", 0, ""), ("epoch", 0, "loss"), ("epoch", None, ""), ("ended", 1, "")):
        with pytest.raises(KeyError):
            append_event(tmp_path, name, worker, **({field: 1} if field else {}))


def test_every_event_of_the_list_is_folded() -> None:
    """None is written in vain."""
    assert all(callable(getattr(RunStatus, f"_on_{name}", None)) for name in EVENTS)


@pytest.mark.parametrize(
    ("statuses", "state", "words"),
    [
        (["COMPLETED", "COMPLETED"], "finished", "the search ended"),
        (["COMPLETED", "FAILED", "INVALID"], "finished", "the search ended; 2 of 3 trials failed"),
        (["FAILED"], "failed", "no trial finished: the log and the trials say why; its only trial failed"),
        (["FAILED", "FAILED"], "failed", "no trial finished: the log and the trials say why; 2 of 2 trials failed"),
    ],
)
def test_failed_trials_are_counted_and_no_finished_one_is_no_success(
    statuses: list[str], state: str, words: str
) -> None:
    """However the process itself ended."""
    status = RunStatus("a", Path("a"), {}, None)
    status.fold(event("project", worker=0, path="/p", planned=3))
    for number, ended in enumerate(statuses):
        status.fold(event("trial_started", worker=0, trial_id=str(number)))
        score = 0.5 if ended == "COMPLETED" else None
        status.fold(event("trial_ended", worker=0, trial_id=str(number), status=ended, score=score))
    status.fold(event("worker_ended", worker=0, code=0))
    assert status.verdict() == (state, words)
    assert (status.done, status.failed) == (len(statuses), len(statuses) - statuses.count("COMPLETED"))


def test_a_resumed_search_that_had_finished_trials_may_fail_the_rest() -> None:
    """What it had before counts."""
    status = RunStatus("a", Path("a"), {}, None)
    status.fold(event("project", worker=0, path="/p", planned=3, already=2, best=0.5))
    status.fold(event("trial_ended", worker=0, trial_id="2", status="FAILED", score=None))
    status.fold(event("worker_ended", worker=0, code=0))
    assert status.verdict() == ("finished", "the search ended; 1 of 3 trials failed")


def test_a_stop_that_the_user_asked_for_is_told_from_a_signal_of_others() -> None:
    """The exit status of the process is the same."""
    status = RunStatus("a", Path("a"), {}, None)
    status.fold(event("worker_ended", worker=0, code=protocol.WORKER_STOPPED))
    status.stop_requested = protocol.STOP_AFTER_TRIAL
    assert status.verdict() == ("stopped", "stopped by the user after a trial")
