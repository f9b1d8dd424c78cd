"""Watching a project: what is looked at, when something counts as changed, what a torn file does."""

from __future__ import annotations

import errno
import json
import math
import os
import shutil
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.benchmarks.generate import generate
from tests.samples import MakeProject, trial_file
from tuitune.project.keras_tuner import folders as tiers
from tuitune.project.keras_tuner.reader import ProjectReader
from tuitune.project.keras_tuner.scan import Scanner

HOUR_NS = 3600 * 10**9


def write(path: Path, trial: dict[str, Any], age_ns: int = 0) -> None:
    """Write a trial.json, as old as said."""
    folder = path / f"trial_{trial['trial_id']}"
    folder.mkdir(exist_ok=True)
    (folder / "trial.json").write_text(json.dumps(trial))
    now = time.time_ns()
    os.utime(folder / "trial.json", ns=(now, now - age_ns))


def start_trial(path: Path, trial_id: str) -> dict[str, Any]:
    """Start a trial as an oracle does; what oracle.json holds now."""
    write(path, trial_file(trial_id, {"x": 1}, status="RUNNING"))
    oracle: dict[str, Any] = json.loads((path / "oracle.json").read_text())
    oracle["start_order"].append(trial_id)
    (path / "oracle.json").write_text(json.dumps(oracle))
    return oracle


@pytest.fixture
def at_rest(make_project: MakeProject) -> Path:
    """Thirty finished trials that nobody has written for an hour."""
    path = make_project([trial_file(f"{n:02}", {"x": n}, n / 30) for n in range(30)])
    for file in [*path.glob("trial_*/trial.json"), path / "oracle.json", path]:
        os.utime(file, ns=(time.time_ns(), time.time_ns() - HOUR_NS))
    return path


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read or looked at."""
    names: list[str] = []
    for method in ("read", "stamps"):
        plain = getattr(Scanner, method)

        def spy(self: Scanner, wanted: list[str], plain: Any = plain) -> Any:
            names.extend(wanted)
            return plain(self, wanted)

        monkeypatch.setattr(Scanner, method, spy)
    asked = Scanner.read_if_changed

    def spy_asked(self: Scanner, name: str, known: tuple[int, int] | None) -> Any:
        names.append(name)
        return asked(self, name, known)

    monkeypatch.setattr(Scanner, "read_if_changed", spy_asked)
    return names


def test_a_tick_looks_at_the_oracle_and_at_few_settled_trials(at_rest: Path, looked: list[str]) -> None:
    """What has ended is left to a slow sweep."""
    reader = ProjectReader(at_rest)
    assert reader.refresh() is not None
    looked.clear()
    for _ in range(5):
        assert reader.refresh() is None
    trials = [name for name in looked if name != "oracle.json"]
    assert looked.count("oracle.json") == 5
    assert len(trials) <= 10


def test_the_sweep_finds_a_settled_trial_that_changed_after_all(at_rest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copied over by hand: nothing else tells of it."""
    reader = ProjectReader(at_rest)
    reader.refresh()
    write(at_rest, trial_file("07", {"x": 7}, 99.0), HOUR_NS // 2)
    clock = time.time()
    monkeypatch.setattr("tuitune.project.keras_tuner.reader.time.time", lambda: clock)
    found = None
    for _ in range(20):
        clock += 8.0
        found = reader.refresh() or found
    assert found is not None
    trial = found.trial("07")
    assert trial is not None
    assert trial.score == 99.0


def test_results_that_are_copied_over_a_small_project_show_at_the_next_tick(at_rest: Path) -> None:
    """keras-tuner never writes a trial again that has ended; a person may."""
    reader = ProjectReader(at_rest)
    reader.refresh()
    time.sleep(0.5)
    write(at_rest, trial_file("07", {"x": 7}, 99.0), HOUR_NS // 2)
    found = reader.refresh()
    assert found is not None
    assert found.trials[7].score == 99.0


def test_a_project_that_was_handed_out_never_changes(at_rest: Path) -> None:
    """The screen shows it while the next one is read in a thread: whatever happens on the disk, it stays."""
    write(at_rest, trial_file("30", {"x": 1}, status="RUNNING"))
    reader = ProjectReader(at_rest)
    seen: list[tuple[Any, bytes]] = []

    def look() -> None:
        found = reader.refresh()
        assert found is not None
        seen.append((found.trials.columns, msgspec.msgpack.encode(found.trials.columns)))

    look()
    write(at_rest, trial_file("30", {"x": 1, "new": 2}, 0.5))
    look()
    write(at_rest, trial_file("31", {"x": 3}, 0.1, metrics={"f1": 0.5}), HOUR_NS)
    look()
    shutil.rmtree(at_rest / "trial_02")
    look()
    oracle = json.loads((at_rest / "oracle.json").read_text())
    oracle["start_order"] = ["31", *oracle["start_order"]]
    oracle["display"]["trial_start"] = {"31": "2026-01-02T03:04:05"}
    (at_rest / "oracle.json").write_text(json.dumps(oracle))
    look()
    write(at_rest, trial_file("32", {"x": 3}, status="RUNNING"))
    look()
    reader.keep()
    assert len({content for _, content in seen}) == len(seen)
    for columns, content in seen:
        assert msgspec.msgpack.encode(columns) == content


def test_a_running_trial_is_read_at_every_tick(at_rest: Path) -> None:
    """Also where its file keeps its time and its size, as on file systems with coarse clocks."""
    write(at_rest, trial_file("30", {"x": 1}, status="RUNNING"))
    reader = ProjectReader(at_rest)
    reader.refresh()
    file = at_rest / "trial_30" / "trial.json"
    status = file.stat()
    file.write_text(file.read_text().replace('"x": 1', '"x": 5'))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    found = reader.refresh()
    assert found is not None
    trial = found.trial("30")
    assert trial is not None
    assert trial.values == {"x": 5}


def test_a_trial_that_ends_is_not_listened_to_any_more(at_rest: Path) -> None:
    """Its row no longer runs, and nobody asks when it was last heard of."""
    write(at_rest, trial_file("30", {"x": 1}, status="RUNNING"))
    reader = ProjectReader(at_rest)
    found = reader.refresh()
    assert found is not None
    assert [trial.trial_id for trial in found.trials if trial.active] == ["30"]
    write(at_rest, trial_file("30", {"x": 1}, 0.5))
    found = reader.refresh()
    assert found is not None
    assert [trial.trial_id for trial in found.trials if trial.active or trial.heard] == []
    assert (found.trials.columns.active, found.trials.columns.heard) == (set(), {})


def test_a_trial_is_found_by_the_oracle_where_the_listing_is_late(
    at_rest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a network the directory's own time and listing may be half a minute old."""
    reader = ProjectReader(at_rest)
    reader.refresh()
    monkeypatch.setattr(tiers.Folders, "list_again", lambda self, now: None)
    start_trial(at_rest, "30")
    found = reader.refresh()
    assert found is not None
    assert found.trials[-1].trial_id == "30"


def test_what_a_network_remembers_of_files_hides_nothing(at_rest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NFS and SSHFS answer os.stat from what they knew up to a minute ago; at an open they ask the server."""
    plain = os.stat
    remembered: dict[str, os.stat_result] = {}

    def remembering(path: Any, **more: Any) -> os.stat_result:
        return remembered.setdefault(os.fspath(path), plain(path, **more))

    monkeypatch.setattr(os, "stat", remembering)
    reader = ProjectReader(at_rest)
    reader.refresh()
    start_trial(at_rest, "30")
    found = reader.refresh()
    assert found is not None
    assert found.trials[-1].status == "RUNNING"
    write(at_rest, trial_file("30", {"x": 1}, 0.5))
    found = reader.refresh()
    assert found is not None
    assert found.trials[-1].score == 0.5


def test_a_file_that_a_network_cuts_where_it_ended_before_is_no_problem(at_rest: Path) -> None:
    """It has grown; the size and the time that the client remembers are older by up to a second."""
    start_trial(at_rest, "30")
    write(at_rest, trial_file("30", {"x": 1}, status="RUNNING"), HOUR_NS)
    reader = ProjectReader(at_rest)
    reader.refresh()
    file = at_rest / "trial_30" / "trial.json"
    status, longer = file.stat(), json.dumps(trial_file("30", {"x": 1}, 0.5)).encode()
    file.write_bytes(longer[: status.st_size])
    os.utime(file, ns=(status.st_mtime_ns, status.st_mtime_ns))
    for found in (reader.refresh(), reader.refresh()):
        assert found is None or not found.problems
    file.write_bytes(longer)
    found = reader.refresh()
    assert found is not None
    assert (found.trials[-1].score, found.problems) == (0.5, ())


def test_a_trial_that_shows_before_the_oracle_tells_of_it_is_no_problem_yet(
    at_rest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a network the change of one file is seen a moment before that of another. When all rests, it is one."""
    reader = ProjectReader(at_rest)
    reader.refresh()
    clock = time.time()
    monkeypatch.setattr("tuitune.project.keras_tuner.reader.time.time", lambda: clock)
    write(at_rest, trial_file("30", {"x": 1}, 0.5), HOUR_NS)
    found = reader.refresh()
    assert found is not None
    assert (len(found.trials), found.problems) == (31, ())
    clock += 5.0
    found = reader.refresh()
    assert found is not None
    assert len(found.problems) == 1


def test_a_second_change_within_a_second_of_a_late_clock_is_seen(at_rest: Path) -> None:
    """The clock of a server may be minutes behind, and its file system may keep whole seconds."""
    reader = ProjectReader(at_rest)
    reader.refresh()
    minutes_ago = time.time_ns() // 10**9 * 10**9 - 300 * 10**9
    for trial_id in ("30", "31"):
        oracle = start_trial(at_rest, trial_id)
        oracle["start_order"] = [trial_id]
        (at_rest / "oracle.json").write_text(json.dumps(oracle))
        os.utime(at_rest / "oracle.json", ns=(minutes_ago, minutes_ago))
        assert reader.refresh() is not None
        assert reader.state.oracle.start_order == [trial_id]


def test_a_trial_whose_files_move_runs_whatever_the_clock_of_their_server_says(at_rest: Path) -> None:
    """Ten minutes old by our clock, but written between two looks."""
    reader = ProjectReader(at_rest)
    for minutes, runs in ((11, False), (10, True)):
        write(at_rest, trial_file("30", {"x": minutes}, status="RUNNING"), minutes * 60 * 10**9)
        found = reader.refresh()
        assert found is not None
        assert bool(found.trials.columns.active) is runs


@pytest.mark.parametrize("stuck", ["", "oracle.json"])
def test_a_failure_that_passes_leaves_nothing_behind(
    at_rest: Path, monkeypatch: pytest.MonkeyPatch, stuck: str
) -> None:
    """A server that answers a question with an error once: no trial is lost, no problem stays."""
    reader = ProjectReader(at_rest)
    before = reader.refresh()
    assert before is not None
    plain = os.open

    def failing(path: Any, *arguments: Any, **more: Any) -> int:
        if str(path) == str(at_rest / stuck):
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return plain(path, *arguments, **more)

    with monkeypatch.context() as once:
        once.setattr(os, "open", failing)
        during = reader.refresh() or before
    assert len(during.trials) == 30
    after = reader.refresh() or during
    assert (len(after.trials), after.problems) == (30, before.problems)


def test_an_answer_that_fails_makes_no_dead_trial_run(at_rest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its checkpoint, which is newer than its file, could not be asked for once: that is no sign of life."""
    write(at_rest, trial_file("30", {"x": 1}, status="RUNNING"), HOUR_NS)
    checkpoint = at_rest / "trial_30" / "checkpoint"
    checkpoint.touch()
    os.utime(checkpoint, ns=(time.time_ns() - HOUR_NS // 2,) * 2)
    reader = ProjectReader(at_rest)
    reader.refresh()
    plain = os.scandir

    def failing(path: Any) -> Any:
        if "trial_" in str(path):
            raise OSError(errno.ESTALE, "")
        return plain(path)

    for scandir in (failing, plain):
        monkeypatch.setattr(os, "scandir", scandir)
        reader.refresh()
        assert not reader.state.columns.active


def test_a_project_that_is_far_away_is_known_as_such(at_rest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each question travels; a screen asks twice as often there, since the answers may be a second old."""
    plain = os.open

    def slow(*arguments: Any, **more: Any) -> int:
        time.sleep(0.001)
        return plain(*arguments, **more)

    reader = ProjectReader(at_rest)
    assert not reader.is_remote
    with monkeypatch.context() as far:
        far.setattr(os, "open", slow)
        for _ in range(3):
            reader.refresh()
        assert reader.is_remote
    for _ in range(100):  # other work of this machine can make one answer slow
        reader.refresh()
        if not reader.is_remote:
            break
    assert not reader.is_remote


def test_a_directory_made_again_under_the_same_name_is_read_again(at_rest: Path) -> None:
    """`overwrite=True` starts over, and the file may even keep its size and its time."""
    reader = ProjectReader(at_rest)
    reader.refresh()
    file = at_rest / "trial_03" / "trial.json"
    status, content = file.stat(), file.read_text()
    shutil.move(at_rest / "trial_03", at_rest / "aside")
    (at_rest / "trial_03").mkdir()
    file.write_text(content.replace('"x": 3', '"x": 8'))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    found = reader.refresh()
    assert found is not None
    trial = found.trial("03")
    assert trial is not None
    assert trial.values == {"x": 8}


@pytest.mark.parametrize("content", ["", '{"trial_id": "30", "hyper'])
def test_a_file_that_is_just_being_written_is_neither_a_problem_nor_a_row(at_rest: Path, content: str) -> None:
    """It is read again; once it is whole, the trial is there, and nothing was said in between."""
    reader = ProjectReader(at_rest)
    reader.refresh()
    (at_rest / "trial_30").mkdir()
    (at_rest / "trial_30" / "trial.json").write_text(content)
    for _ in range(3):
        found = reader.refresh()
        assert found is None or (found.problems == () and found.unreadable == () and len(found.trials) == 30)
    write(at_rest, trial_file("30", {"x": 1}, 0.5))
    found = reader.refresh()
    assert found is not None
    assert len(found.trials) == 31


def test_a_file_that_stays_torn_becomes_a_problem_and_the_last_reading_stays(
    at_rest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torn for good by a full disk: said once, and the trial is shown as it was."""
    write(at_rest, trial_file("30", {"x": 3}, status="RUNNING"), HOUR_NS)
    reader = ProjectReader(at_rest)
    reader.refresh()
    clock = time.time()
    monkeypatch.setattr("tuitune.project.keras_tuner.reader.time.time", lambda: clock)
    (at_rest / "trial_30" / "trial.json").write_text('{"trial_id": "30"')
    for found in (reader.refresh(), reader.refresh()):
        assert found is None or not [p for p in found.problems if "cut off after" in p.problem]
    clock += 20.0
    found = reader.refresh()
    assert found is not None
    assert [p.file for p in found.problems if "cut off after" in p.problem] == ["trial_30/trial.json"]
    trial = found.trial("30")
    assert trial is not None
    assert trial.values == {"x": 3}
    assert found.unreadable == ()


def test_a_file_that_is_torn_otherwise_at_each_look_is_being_written(
    at_rest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large oracle.json that is written all the time, on a busy machine: no damage, however often it is met torn."""
    reader = ProjectReader(at_rest)
    reader.refresh()
    clock = time.time()
    monkeypatch.setattr("tuitune.project.keras_tuner.reader.time.time", lambda: clock)
    oracle = at_rest / "oracle.json"
    whole = oracle.read_text()
    for cut in range(10, 90, 10):
        oracle.write_text(whole[:-cut])
        clock += 5.0
        found = reader.refresh()
        assert found is None or not [p for p in found.problems if p.file == "oracle.json"]
    for _ in range(5):
        clock += 5.0
        found = reader.refresh() or found
    assert found is not None
    assert [p.file for p in found.problems if "cut off after" in p.problem] == ["oracle.json"]


def test_a_directory_that_was_made_again_is_the_same_trial(at_rest: Path) -> None:
    """Deleted and copied back with other content: it has one row, and what that says is new."""
    reader = ProjectReader(at_rest)
    reader.refresh()
    (at_rest / "trial_07").rename(at_rest / "gone_07")  # its inode is not given again
    write(at_rest, trial_file("07", {"x": 70}, 0.25), HOUR_NS)
    found = reader.refresh()
    assert found is not None
    assert [trial.trial_id for trial in found.trials] == [f"{n:02}" for n in range(30)]
    assert found.trials[7].values == {"x": 70}
    shutil.rmtree(at_rest / "trial_07")
    found = reader.refresh()
    assert found is not None
    assert [trial.trial_id for trial in found.trials] == [f"{n:02}" for n in range(30) if n != 7]


@pytest.mark.parametrize("score", [0.25, "good", math.nan])
def test_a_directory_that_was_made_again_while_it_waited_is_there_once(tmp_path: Path, score: Any) -> None:
    """It waits to be read for the first time, and because it is another one now."""
    path = generate(tmp_path / "large", 700)
    reader = ProjectReader(path)
    reader.refresh(0.0)
    assert reader.is_behind
    (path / "trial_699").rename(path / "gone_699")
    write(path, {**trial_file("699", {"x": 70}, 0.25), "score": score}, HOUR_NS)
    found = None
    while reader.is_behind:
        found = reader.refresh(0.0) or found
    assert found is not None
    assert [trial.trial_id for trial in found.trials] == [f"{n:03}" for n in range(700)]
    assert found.trials[699].values == {"x": 70}


def test_a_trial_that_the_oracle_named_before_the_listing_is_there_once(
    at_rest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The late listing tells its inode, which was not known."""
    reader = ProjectReader(at_rest)
    reader.refresh()
    with monkeypatch.context() as late:
        late.setattr(tiers.Folders, "list_again", lambda self, now: None)
        write(at_rest, trial_file("30", {"x": 1}, 0.5), HOUR_NS)
        oracle = json.loads((at_rest / "oracle.json").read_text())
        oracle["start_order"].append("30")
        (at_rest / "oracle.json").write_text(json.dumps(oracle))
        assert len(getattr(reader.refresh(), "trials", ())) == 31
    reader.refresh()
    assert len(reader.read().trials) == 31


def test_many_unsettled_trials_are_read_in_parts(at_rest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many may be written again, their files are not held in memory together."""
    counts: list[int] = []
    plain = ProjectReader._look

    def spy(self: ProjectReader, folders: list[Any], now: float) -> bool:
        counts.append(len(folders))
        return plain(self, folders, now)

    monkeypatch.setattr(ProjectReader, "_look", spy)
    for number in range(1_200):
        write(at_rest, trial_file(f"9{number:04}", {"x": 1}, status="RUNNING"))
    reader = ProjectReader(at_rest)
    assert len(reader.read().trials) == 1_230
    write(at_rest, trial_file("80", {"x": 1}, 0.5))  # all of them are looked at now
    assert len(reader.read().trials) == 1_231
    assert max(counts) == 512


def test_a_large_project_comes_in_parts(tmp_path: Path) -> None:
    """Without patience the first trials are there at once, and the rest follows, none twice."""
    path = generate(tmp_path / "large", 1_500)
    reader = ProjectReader(path)
    first = reader.refresh(0.0)
    assert first is not None
    assert 0 < len(first.trials) < 1_500
    assert first.to_read == 1_500 - len(first.trials)
    assert reader.is_behind
    found = first
    while reader.is_behind:
        found = reader.refresh(0.0) or found
    assert [trial.trial_id for trial in found.trials] == sorted(f"{n:04}" for n in range(1_500))
    assert found.to_read == 0


def test_on_a_slow_disk_files_are_read_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads come in only where a call takes long, and change nothing about what is read."""
    path = generate(tmp_path / "large", 300)
    quick = ProjectReader(path)
    expected = [(t.trial_id, t.score) for t in quick.read().trials]
    assert quick._scanner._pool is None
    opened = os.open

    def slow(*arguments: Any, **more: Any) -> int:
        time.sleep(0.002)
        return opened(*arguments, **more)

    monkeypatch.setattr(os, "open", slow)
    reader = ProjectReader(path)
    assert [(t.trial_id, t.score) for t in reader.read().trials] == expected
    assert reader._scanner._pool is not None
    reader.close()
