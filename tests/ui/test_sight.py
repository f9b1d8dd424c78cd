"""The first sight of a project: kept when the screen is at rest, shown the next time, only where it still holds."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from rich.console import Console
from rich.style import Style
from rich.text import Text
from textual.app import App

from tests.samples import MakeProject, trial_file
from tests.ui.keys import press, send, write
from tests.ui.samples import NASTY, add_trial, choice_hp, float_hp
from tests.ui.screen import (
    NARROW,
    WIDE,
    AnyPilot,
    opened,
    screen_text,
    settle,
    squeezed,
    style_at,
    text_of,
    wait_for,
    wait_no_text,
    wait_text,
)
from tests.ui.tables import ids, rows, table
from tuitune.project.notes import remember_objective
from tuitune.project.trials import Objective
from tuitune.ui.app import make_app
from tuitune.ui.feeds import project as feeds
from tuitune.ui.feeds.project import Feed
from tuitune.ui.messages import AtRest
from tuitune.ui.screen_cache import SavedScreen, as_line, as_text, load_screen, stamp_of
from tuitune.ui.screens.project import ProjectScreen
from tuitune.ui.widgets.detail import TrialDetail

SPACE = [float_hp("lr", 0.0, 1.0), choice_hp("act", "relu", "tanh")]
CONSOLE = Console(color_system="truecolor")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Projects are read every moment, or each test would wait for a second."""
    monkeypatch.setattr(feeds, "READ_EVERY_S", 0.1)


def small(make_project: MakeProject) -> Path:
    """Three trials whose files came to rest long ago; the best one is not the first."""
    scores = (("0", 0.5), ("1", 0.25), ("2", 0.75))
    trials = [trial_file(name, {"lr": score, "act": "relu"}, score) for name, score in scores]
    return aged(make_project(trials, SPACE))


def aged(project: Path) -> Path:
    """Let all that is there be an hour old."""
    for path in (*project.rglob("*"), project):
        status = path.stat()
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - 3600 * 10**9))
    return project


def kept() -> list[Path]:
    """The files that hold sights."""
    return sorted((platformdirs.user_cache_path("tuitune") / "projects").glob("*.json"))


async def see(project: Path) -> Path:
    """Open the project, leave it when its sight was kept; returns the file."""
    async with opened(project) as pilot:
        await wait_for(pilot, kept, "a sight to be kept")
    [file] = kept()
    return file


async def come_to_rest(pilot: AnyPilot) -> None:
    """Tell the screen that all was read and nothing changed."""
    screen = pilot.app.screen
    assert isinstance(screen, ProjectScreen)
    screen.post_message(AtRest(stamp_of(screen._feed.path)))
    await settle(pilot)
    writers = [worker for worker in screen.workers if worker.group == "keep"]
    if writers:
        await screen.workers.wait_for_complete(writers)


def loaded(project: Path) -> SavedScreen:
    """The sight that is there."""
    sight = load_screen(project)
    assert sight is not None
    return sight


def plain(sight: SavedScreen) -> dict[str, list[str]]:
    """The texts of each column."""
    return {column.name: column.cells for column in sight.columns}


@contextmanager
def reading_stopped(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Nothing is read before the event is set: the screen shows the sight, and nothing else."""
    may_read, read = threading.Event(), Feed.project
    monkeypatch.setattr(Feed, "project", lambda self: (may_read.wait(60), read(self))[1])
    try:
        yield may_read
    finally:
        may_read.set()


def rewrite_in_place(file: Path, content: dict[str, Any]) -> None:
    """As keras-tuner does: neither the directory nor the inode changes."""
    before = file.parent.stat().st_mtime_ns, file.stat().st_ino
    file.write_text(json.dumps(content))
    assert (file.parent.stat().st_mtime_ns, file.stat().st_ino) == before


# ------------------------------------------------------------------------------------------------ what is kept


async def test_what_is_kept_is_what_was_on_the_screen(make_project: MakeProject) -> None:
    """Heading, rows in their order, the best one's class, the count, the trial beside them."""
    project = small(make_project)
    async with opened(project) as pilot:
        await wait_for(pilot, kept, "a sight to be kept")
        sight = loaded(project)
        assert as_text(sight.heading).plain in screen_text(pilot.app)
        assert as_text(sight.count).plain in screen_text(pilot.app)
        shown = [line.plain for line in sight.detail_lines()]
        beside = text_of(pilot.app.screen.query_one(TrialDetail)).rstrip().splitlines()
        assert [line.rstrip() for line in beside] == [line.rstrip() for line in shown]
    assert as_text(sight.heading).plain.startswith(" project   RandomSearch  val_loss min (inferred)  3 trials")
    assert as_text(sight.count).plain == "3 of 3"
    assert "Trial 1 ★ best  COMPLETED  score 0.25" in shown
    assert plain(sight)["trial_id"] == ["★1", " 0", " 2"]
    assert plain(sight)["score"] == ["0.25", "0.5", "0.75"]
    assert plain(sight)["act"] == ["relu", "relu", "relu"]
    assert (sight.keys, sight.total) == (["1", "0", "2"], 3)
    assert sight.row_classes == ["table--best", None, None]
    assert sight.marks == {"score": "▲"}


async def test_the_next_time_it_is_there_before_anything_is_read(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole screen is the one that was left, styles included; when it was read nothing moves."""
    project = small(make_project)
    async with opened(project) as pilot:
        await wait_for(pilot, kept, "a sight to be kept")
        left = screen_text(pilot.app)
        styles = [style_at(pilot.app, text) for text in ("★1", "best 0.25", "Trial 1 ★", "3 of 3", "score▲")]
    with reading_stopped(monkeypatch) as may_read:
        app = make_app(str(project))
        async with app.run_test(size=WIDE) as pilot:
            await wait_text(pilot, "Trial 1 ★ best")
            await settle(pilot)
            assert screen_text(app) == left
            again = [style_at(app, text) for text in ("★1", "best 0.25", "Trial 1 ★", "3 of 3", "score▲")]
            assert again == styles
            may_read.set()
            await press(pilot, "down")
            await wait_text(pilot, "Trial 0 ")


async def test_only_the_first_rows_are_kept_and_the_others_are_blank(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More rows than a terminal shows: the table is as long as it was, and can be scrolled before it is read."""
    trials = [trial_file(f"{n:03}", {"lr": n / 150}, n / 150) for n in range(150)]
    project = aged(make_project(trials, SPACE[:1]))
    await see(project)
    sight = loaded(project)
    assert (len(sight.keys), sight.total) == (100, 150)
    assert as_text(sight.count).plain == "150 of 150"
    with reading_stopped(monkeypatch) as may_read:
        app = make_app(str(project))
        async with app.run_test(size=WIDE) as pilot:
            await wait_text(pilot, "150 of 150")
            assert ids(app)[:3] == ["000", "001", "002"]
            table(app).scroll_end(animate=False, immediate=True)
            await settle(pilot)
            assert rows(app) == []
            may_read.set()
            await wait_for(pilot, lambda: rows(app), "the rows that were not kept")
            assert ids(app)[-1] == "149"


async def test_keys_on_what_is_only_recalled_wait_until_it_was_read(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are no values yet, only their texts: somebody who is faster gets what was asked for, a moment later."""
    project = small(make_project)
    await see(project)
    with reading_stopped(monkeypatch) as may_read:
        app = make_app(str(project))
        async with app.run_test(size=WIDE) as pilot:
            await wait_text(pilot, "Trial 1 ★ best")
            for key in ("down", "right", "right", "right", "equals_sign", "m", "S"):
                send(pilot, key)
            await pilot.pause(0.2)
            assert table(app).cursor_row == 0
            assert ids(app) == ["1", "0", "2"]
            may_read.set()
            await wait_text(pilot, "1 of 3, 2 hidden", "filter lr == 0.5", "Trial 0 ")
            assert ids(app) == ["0"]


async def test_keys_typed_ahead_of_the_first_frame_wait_until_it_was_read(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are not done on the sight either."""
    project = small(make_project)
    await see(project)
    with reading_stopped(monkeypatch) as may_read:
        app = make_app(str(project))
        async with app.run_test(size=WIDE) as pilot:
            for key in ("right", "equals_sign", "down"):
                send(pilot, key)
            await wait_text(pilot, "Trial 1 ★ best")
            await pilot.pause(0.2)
            assert table(app).cursor_row == 0
            may_read.set()
            await wait_text(pilot, "3 of 3", "filter status == 'COMPLETED'", "Trial 0 ")


async def test_a_filter_typed_on_what_is_only_recalled_waits_too(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key that opens the field has the right of way over others, but not over the reading."""
    project = small(make_project)
    await see(project)
    with reading_stopped(monkeypatch) as may_read:
        app = make_app(str(project))
        async with app.run_test(size=WIDE) as pilot:
            await wait_text(pilot, "Trial 1 ★ best")
            for key in ("slash", *"lr > 0.3"):
                send(pilot, key)
            await pilot.pause(0.2)
            assert app.focused is table(app)
            may_read.set()
            await wait_text(pilot, "filter lr > 0.3 2 of 3, 1 hidden")
            assert ids(app) == ["0", "2"]


async def test_a_trial_that_was_hidden_is_not_kept(make_project: MakeProject) -> None:
    """Only what is on the screen is."""
    project = small(make_project)
    async with opened(project) as pilot:
        await wait_for(pilot, kept, "a sight to be kept")
        assert loaded(project).detail
        await press(pilot, "enter")
        await come_to_rest(pilot)
        assert loaded(project).detail == []
        assert plain(loaded(project))["trial_id"] == ["★1", " 0", " 2"]


async def test_at_80_columns_the_table_is_kept_without_the_trial(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There was none on the screen; the next time at 120 columns its place is empty until it was read."""
    project = small(make_project)
    async with opened(project, size=NARROW) as pilot:
        await wait_for(pilot, kept, "a sight to be kept")
    assert loaded(project).detail == []
    with reading_stopped(monkeypatch) as may_read:
        app = make_app(str(project))
        async with app.run_test(size=WIDE) as pilot:
            await wait_text(pilot, "3 of 3")
            assert ids(app) == ["1", "0", "2"]
            assert "Trial 1" not in screen_text(app)
            may_read.set()
            await wait_text(pilot, "Trial 1 ★ best")
            await wait_for(pilot, lambda: len(kept()) == 1 and loaded(project).keys, "the sight")


# ------------------------------------------------------------------------------------------- where it holds no more


def change_oracle(project: Path) -> None:
    """The search wrote its state."""
    oracle = project / "oracle.json"
    oracle.write_text(oracle.read_text() + " ")


def touch_oracle(project: Path) -> None:
    """The same bytes again, at another time."""
    oracle = project / "oracle.json"
    oracle.write_text(oracle.read_text())


def begin_trial(project: Path) -> None:
    """The search made a trial's directory."""
    (project / "trial_3").mkdir()


def drop_trial(project: Path) -> None:
    """Somebody moved a trial away."""
    (project / "trial_0").rename(project.parent / "trial_0")


def say_objective(project: Path) -> None:
    """Somebody said the objective, for the second time."""
    assert remember_objective(project, Objective("val_loss", "max", inferred=False))


def other_project(project: Path) -> None:
    """Another search stands in its place, with the same names and times."""
    shutil.copytree(project, project.parent / "new")
    project.rename(project.parent / "old")
    (project.parent / "new").rename(project)


CHANGES = [change_oracle, touch_oracle, begin_trial, drop_trial, say_objective, other_project]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_what_changed_since_is_not_recalled(make_project: MakeProject, change: Callable[[Path], None]) -> None:
    """There is no sight of it, until the project was seen again."""
    project = small(make_project)
    remember_objective(project, Objective("val_loss", "min", inferred=False))
    aged(project)
    await see(project)
    assert load_screen(project) is not None
    change(project)
    assert load_screen(project) is None


async def test_what_changed_since_is_seen_anew(make_project: MakeProject) -> None:
    """The sight is another after the project was open again."""
    project = small(make_project)
    file = await see(project)
    before = file.read_bytes()
    add_trial(project, trial_file("3", {"lr": 0.1, "act": "tanh"}, 0.125))
    async with opened(project, ready="4 trials") as pilot:
        assert rows(pilot.app)[0].startswith("★3")
        await wait_for(pilot, lambda: load_screen(project), "a sight to be kept")
    assert file.read_bytes() != before
    assert plain(loaded(project))["trial_id"] == ["★3", " 1", " 0", " 2"]


async def test_a_score_that_was_written_in_place_is_on_the_screen_in_the_end(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No directory and no oracle.json tells of it: the old score is seen for a moment, then what is true."""
    project = small(make_project)
    await see(project)
    rewrite_in_place(project / "trial_2" / "trial.json", trial_file("2", {"lr": 0.75, "act": "tanh"}, 0.0625))
    with reading_stopped(monkeypatch) as may_read:
        app = make_app(str(project))
        async with app.run_test(size=WIDE) as pilot:
            await wait_text(pilot, "best 0.25", "Trial 1 ★ best")
            assert ids(app) == ["1", "0", "2"]
            may_read.set()
            await wait_text(pilot, "best 0.0625", "Trial 2 ★ best")
            assert ids(app) == ["2", "1", "0"]
            assert "tanh" in rows(app)[0]
            await wait_for(pilot, lambda: plain(loaded(project))["score"][0] == "0.0625", "the sight to follow")


async def test_a_sight_of_another_project_is_not_shown(make_project: MakeProject) -> None:
    """Two paths can share one file: it says whose it is."""
    project = small(make_project)
    file = await see(project)
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, "path": str(project.parent / "other")}))
    assert load_screen(project) is None


async def test_a_project_is_the_same_by_a_link(make_project: MakeProject) -> None:
    """Whatever way leads there."""
    project = small(make_project)
    await see(project)
    (project.parent / "link").symlink_to(project)
    assert plain(loaded(project.parent / "link"))["score"] == ["0.25", "0.5", "0.75"]


# ------------------------------------------------------------------------------------------------------- damage


def test_there_is_none_of_a_project_that_was_never_seen(make_project: MakeProject) -> None:
    """Nor of a directory that is not there."""
    project = small(make_project)
    assert load_screen(project) is None
    assert load_screen(project / "nowhere") is None


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data[:-20], id="cut off"),
        pytest.param(lambda data: data + b"}", id="too long"),
        pytest.param(lambda data: b"\xff" + data, id="no text"),
        pytest.param(lambda data: data.replace(b"relu", b"re\xfflu"), id="no text within"),
        pytest.param(lambda data: b"[]", id="a list"),
        pytest.param(lambda data: b"null", id="nothing"),
        pytest.param(lambda data: b"[" * 100_000, id="deep"),
        pytest.param(lambda data: data.replace(b'"total":3', b'"total":"3"'), id="a text for a number"),
        pytest.param(lambda data: data.replace(b'"total":3', b'"total":2'), id="fewer rows in all"),
        pytest.param(lambda data: data.replace(b'"count"', b'"amount"'), id="no count"),
        pytest.param(lambda data: data.replace(b'"format":', b'"format":9'), id="another format"),
    ],
)
async def test_a_damaged_sight_is_thrown_away(make_project: MakeProject, damage: Callable[[bytes], bytes]) -> None:
    """The file goes, and the project is opened as if it had never been seen."""
    project = small(make_project)
    file = await see(project)
    assert damage(file.read_bytes()) != file.read_bytes()
    file.write_bytes(damage(file.read_bytes()))
    assert load_screen(project) is None
    assert kept() == []


@pytest.mark.parametrize("lost", ["cells", "classes", "keys", "row_classes"])
@pytest.mark.parametrize("more", [True, False], ids=["one more", "one less"])
async def test_columns_of_unequal_length_are_thrown_away(make_project: MakeProject, lost: str, more: bool) -> None:
    """A whole file that is not whole inside."""
    project = small(make_project)
    file = await see(project)
    content = json.loads(file.read_text())
    owner = content["columns"][2] if lost in ("cells", "classes") else content
    owner[lost] = [*owner[lost], "x"] if more else owner[lost][:-1]
    file.write_text(json.dumps(content))
    assert load_screen(project) is None
    assert kept() == []


async def test_the_screen_opens_over_a_damaged_sight_and_keeps_a_new_one(make_project: MakeProject) -> None:
    """Nobody notices."""
    project = small(make_project)
    file = await see(project)
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    assert await see(project) == file
    async with opened(project) as pilot:
        await wait_for(pilot, lambda: kept() and file.read_bytes() == whole, "a whole sight")
        assert ids(pilot.app) == ["1", "0", "2"]


async def test_a_cache_that_cannot_be_written_is_no_harm(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file where the directory should be."""
    (tmp_path / "nowhere").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "nowhere"))
    async with opened(small(make_project)) as pilot:
        await come_to_rest(pilot)
        assert ids(pilot.app) == ["1", "0", "2"]


# ------------------------------------------------------------------------------------------- what is not kept


async def check_only_without(pilot: AnyPilot, *undo: str) -> None:
    """At rest nothing is kept, and something is after the keys `undo`."""
    for file in kept():
        file.unlink()
    await come_to_rest(pilot)
    assert kept() == []
    await press(pilot, *undo)
    await come_to_rest(pilot)
    assert len(kept()) == 1


async def test_nothing_is_kept_while_a_filter_is_in_force(make_project: MakeProject) -> None:
    """The next time there is none."""
    async with opened(small(make_project)) as pilot:
        await wait_for(pilot, kept, "a sight to be kept")
        await press(pilot, "slash")
        await write(pilot, "lr > 0.3")
        await press(pilot, "escape")
        assert "2 of 3" in screen_text(pilot.app)
        await check_only_without(pilot, "backspace")


async def test_nothing_is_kept_while_a_filter_cannot_be_read(make_project: MakeProject) -> None:
    """All rows are there, but the count says what is wrong."""
    async with opened(small(make_project)) as pilot:
        await wait_for(pilot, kept, "a sight to be kept")
        await press(pilot, "slash")
        await write(pilot, "speed")
        await press(pilot, "escape")
        assert "3 of 3" in screen_text(pilot.app)
        await check_only_without(pilot, "backspace")


async def test_nothing_is_kept_while_the_table_is_sorted_otherwise(make_project: MakeProject) -> None:
    """The user's order is not the one that the next screen begins with."""
    async with opened(small(make_project)) as pilot:
        await wait_for(pilot, kept, "a sight to be kept")
        await press(pilot, "s")
        assert ids(pilot.app) == ["0", "1", "2"]
        for file in kept():
            file.unlink()
        await come_to_rest(pilot)
        assert kept() == []


async def test_another_trial_than_the_first_is_not_kept(make_project: MakeProject) -> None:
    """The next screen begins at the first row: the rows are kept, the trial beside them only where it is that one's."""
    project = small(make_project)
    async with opened(project) as pilot:
        await wait_for(pilot, kept, "a sight to be kept")
        whole = loaded(project)
        await press(pilot, "down")
        await wait_text(pilot, "Trial 0 ")
        await come_to_rest(pilot)
        assert loaded(project).detail == []
        assert plain(loaded(project)) == plain(whole)
        await press(pilot, "up")
        await wait_text(pilot, "Trial 1 ★ best")
        await come_to_rest(pilot)
        assert loaded(project) == whole


async def test_a_screen_is_kept_only_when_the_curves_are_on_it(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are read behind the rows: however long that takes, no screen without them is kept."""
    project, may_read, read = small(make_project), threading.Event(), Feed.curves
    monkeypatch.setattr(Feed, "curves", lambda self, *of: (may_read.wait(60), read(self, *of))[1])
    try:
        async with opened(project) as pilot:
            await come_to_rest(pilot)
            await pilot.pause(0.3)
            assert kept() == []
            may_read.set()
            await wait_for(pilot, kept, "a screen to be kept")
    finally:
        may_read.set()
    assert "No curve was recorded" in "\n".join(line.plain for line in loaded(project).detail_lines())


async def test_what_was_written_after_the_last_look_makes_the_sight_worthless(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the stamp of before that look, so it does not stand for what came later."""
    project = small(make_project)
    async with opened(project) as pilot:
        await wait_for(pilot, kept, "a sight to be kept")
        monkeypatch.setattr(Feed, "project", lambda self: None)  # nothing is read from now on
        stamp = stamp_of(project)
        change_oracle(project)
        assert load_screen(project) is None
        for file in kept():
            file.unlink()
        pilot.app.screen.post_message(AtRest(stamp))
        await wait_for(pilot, kept, "a sight to be kept")
        assert load_screen(project) is None
        await come_to_rest(pilot)
        assert load_screen(project) is not None


def half_done(make_project: MakeProject) -> Path:
    """A search that goes on: one trial is done, one is running."""
    done = trial_file("0", {"lr": 0.5, "act": "relu"}, 0.5)
    return make_project([done, trial_file("1", {"lr": 0.25, "act": "relu"}, status="RUNNING")], SPACE)


async def test_nothing_is_kept_while_a_trial_is_open(make_project: MakeProject) -> None:
    """A search goes on: what is on the screen will not be true. Once it is over and opened again, it is kept."""
    project = half_done(make_project)
    async with opened(project, ready="▶ running") as pilot:
        await come_to_rest(pilot)
        await pilot.pause(0.5)
        await come_to_rest(pilot)
        assert kept() == []
    add_trial(project, trial_file("1", {"lr": 0.25, "act": "relu"}, 0.25))
    await see(project)
    assert plain(loaded(project))["trial_id"] == ["★1", " 0"]


async def test_a_sight_is_kept_when_the_last_trial_ends_while_it_is_watched(make_project: MakeProject) -> None:
    """The search is over, the screen at rest: the next time it is there at once."""
    project = half_done(make_project)
    async with opened(project, ready="▶ running") as pilot:
        add_trial(project, trial_file("1", {"lr": 0.25, "act": "relu"}, 0.25))
        await wait_text(pilot, "best 0.25", "Trial 1 ★ best")
        for _ in range(20):
            await pilot.pause(0.1)
            await come_to_rest(pilot)
        assert len(kept()) == 1


async def test_nothing_is_kept_of_a_project_without_trials(make_project: MakeProject) -> None:
    """There is nothing to show."""
    project = make_project([], SPACE)
    async with opened(project, ready="No trials yet.") as pilot:
        await come_to_rest(pilot)
        assert kept() == []
        add_trial(project, trial_file("0", {"lr": 0.5, "act": "relu"}, 0.5))
        await wait_for(pilot, kept, "a sight to be kept")


# ------------------------------------------------------------------------------------------- names and styles


def check_inert(app: App[Any]) -> None:
    """Nothing on the screen steers a terminal, or turns the direction of the line."""
    assert not {char for char in screen_text(app) if char < " " and char != "\n"}
    assert not set(screen_text(app)) & {"\u202e", "\x7f", "\x9b"}


@pytest.mark.parametrize("kind", [kind for kind in NASTY if kind != "lone surrogate"])
async def test_any_name_and_value_is_kept_as_text(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """What is recalled of a project with hostile words is what was on the screen, letter by letter."""
    text = NASTY[kind]
    trials = [trial_file(str(n), {text: text, "lr": n / 4}, n / 8, objective=f"val {text}") for n in range(3)]
    project = aged(make_project(trials, [choice_hp(text, text, "x"), float_hp("lr", 0.0, 1.0)]))
    async with opened(project, ready="3 of 3") as pilot:
        await wait_for(pilot, kept, "a sight to be kept")
        left = screen_text(pilot.app)
    with reading_stopped(monkeypatch):
        app = make_app(str(project))
        async with app.run_test(size=WIDE) as pilot:
            await wait_text(pilot, "Trial 0 ★ best")
            await settle(pilot)
            assert screen_text(app) == left
            check_inert(app)


@pytest.mark.parametrize("place", ["project", "trial", "hyperparameter"])
async def test_names_that_are_no_text_at_all_do_no_harm(make_project: MakeProject, place: str) -> None:
    """A directory may have any bytes for its name, JSON may hold half a character: the screen stays, both times."""
    name = os.fsdecode(b"caf\xe9")
    project, trial_id, hp = (name if place == where else where for where in ("project", "trial", "hyperparameter"))
    path = aged(make_project([trial_file(trial_id, {hp: 0.5}, 0.5)], [float_hp(hp, 0.0, 1.0)], project))
    for _ in range(2):
        async with opened(path, ready="1 of 1") as pilot:
            await come_to_rest(pilot)
            assert "caf�" in squeezed(pilot.app)
            assert "1 of 1" in screen_text(pilot.app)
            check_inert(pilot.app)


async def test_what_is_recalled_goes_when_the_project_is_gone(make_project: MakeProject) -> None:
    """Its sight holds no more where its trials were moved away meanwhile; none of them is shown."""
    project = small(make_project)
    await see(project)
    for name in ("trial_0", "trial_1", "trial_2"):
        (project / name).rename(project.parent / name)
    async with opened(project, ready="No trials yet.") as pilot:
        await wait_no_text(pilot, "Trial 1")
        assert table(pilot.app).highlighted is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(Text(), id="empty"),
        pytest.param(Text("plain"), id="plain"),
        pytest.param(Text("[bold]no markup[/] [/foo]"), id="brackets"),
        pytest.param(Text("all of it", style="bold red"), id="one style"),
        pytest.param(Text.assemble("a", ("b", "bold"), ("c", "dim italic"), "d"), id="parts"),
        pytest.param(Text("nested").copy().append("!", style="reverse"), id="appended"),
        pytest.param(Text.assemble(("x", Style(color="#102030", bgcolor="color(17)", underline=True))), id="colors"),
        pytest.param(Text("超参数 ▲▼ e\u0301", style="not bold yellow on default"), id="wide"),
        pytest.param(Text("  blanks  stay  "), id="blanks"),
    ],
)
def test_a_line_keeps_its_text_and_its_styles(text: Text) -> None:
    """What is read from the file is painted as what went into it."""
    again = as_text(as_line(text, CONSOLE))
    assert again.plain == text.plain
    assert [painted(again, at) for at in range(len(text))] == [painted(text, at) for at in range(len(text))]


def test_a_line_keeps_styles_that_overlap() -> None:
    """Each character has what all spans over it say."""
    text = Text("abcdef", style="on blue")
    text.stylize("bold", 0, 4)
    text.stylize("not bold red", 2, 6)
    again = as_text(as_line(text, CONSOLE))
    assert [painted(again, at) for at in range(6)] == [painted(text, at) for at in range(6)]
    assert painted(again, 1) != painted(again, 2)


def painted(text: Text, at: int) -> Style:
    """The style of one character."""
    return text.get_style_at_offset(CONSOLE, at)
