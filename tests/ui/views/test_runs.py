"""The Runs view: progress, epoch, rest of the time, log and reason; stopping, by files alone."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.samples import MakeProject, trial_file
from tests.ui.keys import key_of, press, repeat
from tests.ui.samples import FakeRun, float_hp
from tests.ui.screen import NARROW, WIDE, notices, opened, screen_text, squeezed, wait_for, wait_no_text, wait_text
from tests.ui.tables import rows, table
from tuitune import files
from tuitune.launch import protocol

SPACE = [float_hp("lr", 0.0, 1.0)]


def project_in(make_project: MakeProject, name: str = "project") -> Path:
    """A project with one trial."""
    return make_project([trial_file("0", {"lr": 0.5}, 0.5)], SPACE, name)


def in_training(project: Path, name: str = "run-1") -> FakeRun:
    """A run whose third trial of ten is in its fourth epoch; the first two took a minute each."""
    run = FakeRun(name, project, 10)
    began = time.time() - 130

    def at(seconds: float, event: str, **fields: object) -> None:
        files.append_line(run.path / protocol.EVENTS, {"time": began + seconds, "event": event, **fields})

    at(0, "started", supervisor_pid=1)
    at(0, "worker_started", worker=0, pid=2)
    at(1, "project", worker=0, path=str(project), planned=10, objective="val_loss", direction="min")
    for number, score in enumerate((0.5, 0.25)):
        at(5 + 60 * number, "trial_started", worker=0, trial_id=str(number))
        at(65 + 60 * number, "trial_ended", worker=0, trial_id=str(number), status="COMPLETED", score=score)
    at(126, "trial_started", worker=0, trial_id="2")
    at(128, "epoch", worker=0, trial_id="2", execution=0, epoch=3)
    run.log("Search: Running Trial #3\nEpoch 4/9\n\x1b[1m10/10\x1b[0m loss: 0.25\rdone with it\n")
    return run


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
async def test_a_running_run_shows_how_far_it_is(make_project: MakeProject, size: tuple[int, int]) -> None:
    """N of M, trial and epoch, the time to go, the best so far, and the end of the log."""
    project = project_in(make_project)
    run = in_training(project)
    with run.alive():
        async with opened(project, size=size, ready="▶ 2 of 10 trials, trial 2, epoch 4") as pilot:
            await press(pilot, key_of("runs"))
            await wait_text(pilot, "2 of 10 trials about 7m", "trial 2, epoch 4", "best val_loss 0.25", "done with it")
            assert rows(pilot.app)[0].split()[:5] == ["run-1", "running", "2", "of", "10"]
            assert "████████░░░░" in screen_text(pilot.app)
            assert "Epoch 4/9" in screen_text(pilot.app)
            assert "10/10" not in screen_text(pilot.app), "a progress bar counts as the line that it ends on"


async def test_the_view_follows_the_run(make_project: MakeProject) -> None:
    """A trial ends, an epoch passes, the log grows: all of it comes by itself."""
    project = project_in(make_project)
    run = in_training(project)
    with run.alive():
        async with opened(project, ready="▶ 2 of 10 trials") as pilot:
            await press(pilot, key_of("runs"))
            await wait_text(pilot, "done with it")
            run.event("trial_ended", worker=0, trial_id="2", status="COMPLETED", score=0.125)
            run.event("trial_started", worker=0, trial_id="3")
            run.event("epoch", worker=0, trial_id="3", execution=1, epoch=0)
            run.log("a new line\n")
            await wait_text(pilot, "3 of 10 trials", "trial 3, epoch 1, execution 2", "0.125", "a new line")


@pytest.mark.parametrize(
    ("state", "reason"),
    [("finished", "every planned trial has ended"), ("stopped", "the user stopped it"), ("failed", "exit status 1")],
)
async def test_an_ended_run_says_how_it_ended(make_project: MakeProject, state: str, reason: str) -> None:
    """State and reason, and no time to go."""
    project = project_in(make_project)
    run = in_training(project)
    run.event("ended", state=state, reason=reason)
    async with opened(project) as pilot:
        await press(pilot, key_of("runs"))
        await wait_text(pilot, f"{state}: {reason}")
        assert "to go" not in screen_text(pilot.app)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_what_the_user_should_know_of_a_run_is_shown(make_project: MakeProject, size: tuple[int, int]) -> None:
    """Warnings and what was put back, as they come, each once; text from them is text."""
    project = project_in(make_project)
    run = in_training(project)
    with run.alive():
        async with opened(project, size=size, ready="▶ 2 of 10 trials, trial 2, epoch 4") as pilot:
            await press(pilot, key_of("runs"))
            for _ in range(2):
                run.event("warned", says="trial 0 trained [red]too\x1b[31m long " + "and on " * 15 + "to the end")
            run.event("put_back", says="1 file was put back", restored=1, lost=0)
            await wait_text(pilot, "! 1 file was put back", "! trial 0 trained [red]too␛[31m long", "to the end")
            assert screen_text(pilot.app).count("! trial 0") == 1


async def test_a_run_whose_supervisor_is_gone_reads_interrupted(make_project: MakeProject) -> None:
    """Nobody holds the lock and no end was written: the heading and the view say so."""
    project = project_in(make_project)
    in_training(project)
    async with opened(project, ready="interrupted: its supervisor is gone") as pilot:
        await press(pilot, key_of("runs"))
        await wait_text(pilot, "2 of 10 trials")
        assert rows(pilot.app)[0].split()[1] == "interrupted"
        assert "▶" not in screen_text(pilot.app)


async def test_a_run_that_dies_while_it_is_watched_becomes_interrupted(make_project: MakeProject) -> None:
    """The lock is let go: within a moment the screen no longer says that it runs."""
    project = project_in(make_project)
    run = in_training(project)
    with run.alive():
        async with opened(project, ready="▶ 2 of 10 trials") as pilot:
            assert "interrupted" not in screen_text(pilot.app)
            run.event("ended", state="stopped", reason="asked to")
            await wait_text(pilot, "stopped: asked to")
            await wait_for(pilot, lambda: "run-1: stopped" in notices(pilot.app), "the notice")
            assert "▶ 2 of" not in screen_text(pilot.app)


async def test_x_asks_the_run_to_stop_after_its_trial(make_project: MakeProject) -> None:
    """One line in control.jsonl; the view says what will happen."""
    project = project_in(make_project)
    run = in_training(project)
    with run.alive():
        async with opened(project, ready="▶ 2 of 10 trials") as pilot:
            await press(pilot, key_of("runs"))
            await wait_text(pilot, "done with it")
            assert run.asked == []
            await press(pilot, "x")
            assert run.asked == [protocol.STOP_AFTER_TRIAL]
            await wait_text(pilot, "will stop after this trial")


async def test_shift_x_stops_only_after_a_yes(make_project: MakeProject) -> None:
    """Esc, n and the Cancel button write nothing; y writes the one line."""
    project = project_in(make_project)
    run = in_training(project)
    with run.alive():
        async with opened(project, ready="▶ 2 of 10 trials") as pilot:
            await press(pilot, key_of("runs"))
            await wait_text(pilot, "done with it")
            for no in ("escape", "n"):
                await press(pilot, "X")
                await wait_text(pilot, "Stop run-1 now? The trial that is being trained is lost")
                await press(pilot, no)
                await wait_no_text(pilot, "is being trained is lost")
            await press(pilot, "X")
            await wait_text(pilot, "Stop run-1 now?")
            await pilot.click("#no")
            await wait_no_text(pilot, "is being trained is lost")
            assert run.asked == []
            await press(pilot, "X", "y")
            assert run.asked == [protocol.STOP_NOW]
            await wait_text(pilot, "stopping now")


@pytest.mark.parametrize("key", ["x", "X"])
async def test_a_run_that_has_ended_cannot_be_stopped(make_project: MakeProject, key: str) -> None:
    """The key says so, and writes nothing."""
    project = project_in(make_project)
    run = in_training(project)
    run.event("ended", state="finished", reason="done")
    async with opened(project) as pilot:
        await press(pilot, key_of("runs"))
        await wait_text(pilot, "finished: done")
        await press(pilot, key)
        await wait_for(pilot, lambda: "Nothing to stop" in notices(pilot.app), "the notice")
        assert run.asked == []


async def test_r_says_why_a_run_cannot_go_on(make_project: MakeProject) -> None:
    """What was no round of tuitune's has nothing to go on with."""
    project = project_in(make_project)
    in_training(project).event("ended", state="stopped", reason="stopped by the user")
    async with opened(project) as pilot:
        await press(pilot, key_of("runs"))
        await wait_text(pilot, "stopped by the user")
        await press(pilot, "r")
        await wait_for(pilot, lambda: "Cannot resume" in notices(pilot.app), "the notice")


async def test_without_runs_the_view_says_how_to_make_one(make_project: MakeProject) -> None:
    """An empty list explains itself; its keys do no harm."""
    async with opened(project_in(make_project)) as pilot:
        await press(pilot, key_of("runs"))
        await wait_text(pilot, "No runs yet")
        await press(pilot, "x", "X", "o", "down")
        assert "No runs yet" in screen_text(pilot.app)


async def test_the_run_of_the_opened_project_comes_first_and_o_opens_another(make_project: MakeProject) -> None:
    """Newer runs of other projects stand below; o goes into one, esc comes back."""
    mine, other = project_in(make_project, "mine"), project_in(make_project, "other")
    FakeRun("2024-a", mine, 10).event("ended", state="finished", reason="done")
    newer = FakeRun("2025-b", other, 10)
    newer.event("ended", state="stopped", reason="asked to")
    newer.log("of the other\n")
    async with opened(mine) as pilot:
        await press(pilot, key_of("runs"))
        await wait_for(pilot, lambda: len(rows(pilot.app)) == 2, "two runs")
        assert [row.split()[0] for row in rows(pilot.app)] == ["2024-a", "2025-b"]
        await repeat(pilot, "down", 1)
        await wait_text(pilot, "of the other")
        assert table(pilot.app).highlighted_key == "2025-b"
        await press(pilot, "o")
        await wait_for(pilot, lambda: screen_text(pilot.app).startswith(" other "), "the other project")
        await press(pilot, "escape")
        await wait_for(pilot, lambda: screen_text(pilot.app).startswith(" mine "), "the first project")


async def test_a_run_without_its_project_says_so_when_it_is_opened(make_project: MakeProject) -> None:
    """The project was deleted since: a notice, no empty screen."""
    project = project_in(make_project)
    FakeRun("2024-a", project.parent / "gone", 10).event("ended", state="finished", reason="done")
    async with opened(project) as pilot:
        await press(pilot, key_of("runs"))
        await wait_for(pilot, lambda: rows(pilot.app)[0].startswith("2024-a"), "the run")
        await press(pilot, "o")
        await wait_for(pilot, lambda: "has no project to open" in notices(pilot.app), "the notice")


async def test_a_run_directory_that_cannot_be_read_is_left_out(make_project: MakeProject) -> None:
    """Half a spec and foreign events cost that run; the others are listed."""
    project = project_in(make_project)
    (FakeRun("broken", project).path / protocol.SPEC).write_text('{"run": ')
    FakeRun("2024-a", project, 10).event("ended", state="finished", reason="done")
    async with opened(project) as pilot:
        await press(pilot, key_of("runs"))
        await wait_text(pilot, "finished: done")
        assert len(rows(pilot.app)) == 1
        assert "broken" not in squeezed(pilot.app)
