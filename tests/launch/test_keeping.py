"""What puts the family of a relaunch back: everything that is gone, what has lost something, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.launch.projects import UNITS, finished
from tests.samples import trial_file
from tuitune import files
from tuitune.launch import keeper, protocol
from tuitune.launch import keeping as keeping_module
from tuitune.launch.keeper import keep
from tuitune.launch.keeping import KEPT, Keeping

State = dict[str, tuple[Any, ...]]


@pytest.fixture
def base(make_project: Callable[..., Path], tmp_path: Path) -> Path:
    """A directory with a parent, its sibling, the new project, and what is no project."""
    running = trial_file("2", {"units": 3}, status="RUNNING")
    parent = make_project([*finished(2), running], [UNITS], "searches/parent")
    make_project(finished(1), [UNITS], "searches/sibling")
    folder = tmp_path / "searches"
    (parent / "trial_000" / "checkpoint.h5").write_bytes(b"w" * 3000)
    (parent / "trial_2" / "checkpoint.h5").write_bytes(b"r" * 3000)
    failed = parent / "trial_9"
    failed.mkdir()
    (failed / "trial.json").write_text(json.dumps({**trial_file("9", {"units": 1}), "status": "FAILED"}))
    (failed / "epochs.jsonl").write_text('{"epoch": 0}\n')
    (parent / "tuner0.json").write_text('{"finished": true}')
    for project, name in ((parent, "facts.json"), (parent, "notes.json"), (folder / "sibling", "origin.json")):
        (project / ".tuitune").mkdir(exist_ok=True)
        (project / ".tuitune" / name).write_text('{"parent": "mine"}')
    (parent / "empty").mkdir()
    (parent / "link").symlink_to("trial_000")
    (parent / "trial_000" / "trial.json").chmod(0o640)
    (folder / "notes").mkdir()
    (folder / "notes" / "mine.txt").write_text("mine")
    (folder / "new" / ".tuitune").mkdir(parents=True)
    (folder / "new" / ".tuitune" / "origin.json").write_text('{"parent": "parent"}')
    return folder


def kept(base: Path, tmp_path: Path) -> Keeping:
    """What a run keeps of it."""
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    assert keep(run_dir, {"kind": "relaunch", "project": str(base / "new"), "parent": str(base / "parent")})
    found = Keeping.of_run(run_dir)
    assert found is not None
    return found


def state(folder: Path) -> State:
    """Every path below, with bytes, mode and time of what is a file."""
    found: State = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        if path.is_symlink():
            found[str(path)] = (os.readlink(path),)
        elif not path.is_file():  # a directory, a pipe
            found[str(path)] = (status.st_mode,)
        else:
            found[str(path)] = (path.read_bytes(), status.st_mode, status.st_mtime_ns)
    return found


@pytest.mark.parametrize("what", [".", "parent", "sibling", "parent/trial_000", "parent/oracle.json"])
def test_what_is_removed_before_the_search_comes_back(base: Path, tmp_path: Path, what: str) -> None:
    """To the byte, the mode and the time; links and empty directories, too."""
    before, keeps = state(base), kept(base, tmp_path)
    target = base / what
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    found = keeps.compare(is_first=True)
    assert state(base) == before
    assert found.restored
    assert found.lost == []
    assert "tune.py removed or overwrote: put back" in found.sentence("/x/tune.py")


@pytest.mark.parametrize("what", ["parent", "sibling", "parent/trial_000", "parent/trial_000/trial.json"])
@pytest.mark.parametrize("kind", ["file", "folder", "fifo", "dangling link", "link"])
def test_what_something_of_another_kind_stands_for_comes_back(base: Path, tmp_path: Path, what: str, kind: str) -> None:
    """What stands there gets another name; nothing is put back through a link."""
    before, keeps, target = state(base), kept(base, tmp_path), base / what
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink()
    away = tmp_path / "away"
    away.mkdir()
    if kind == "file":
        target.write_text("x")
    elif kind == "folder":
        target.mkdir()
    elif kind == "fifo":
        os.mkfifo(target)
    else:
        target.symlink_to(away if kind == "link" else tmp_path / "nowhere")
    assert keeps.compare(is_first=True).lost == []
    after = state(base)
    assert {path: after.get(path) for path in before} == before
    assert list(away.iterdir()) == []


def test_nothing_happened_is_nothing_said(base: Path, tmp_path: Path) -> None:
    """And nothing is written."""
    before, keeps = state(base), kept(base, tmp_path)
    found = keeps.compare(is_first=True)
    assert (found.restored, found.lost, found.sentence("x")) == ([], [], "")
    assert state(base) == before


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("parent/trial_000/trial.json", ""),
        ("parent/trial_000/trial.json", '{"trial_id": "000", "status": "FAILED"}'),
        ("parent/trial_000/checkpoint.h5", "other weights"),
        ("parent/trial_9/trial.json", "{}"),
        ("parent/trial_9/trial.json", '{"trial_id": "9", "status": "COMPLETED", "score": 1.0}'),
        ("parent/trial_9/epochs.jsonl", ""),
        (
            "parent/trial_2/trial.json",
            '{"trial_id": "2", "status": "COMPLETED", "hyperparameters": {"values": {"units": 4}}}',
        ),
        ("parent/oracle.json", '{"end_order": ["000", "001"], "hyperparameters": {"space": []}}'),
        ("parent/.tuitune/facts.json", "{}"),
        ("parent/tuner0.json", "{}"),
        ("sibling/.tuitune/origin.json", '{"parent": "another"}'),
        ("parent/oracle.json", '{"end_order": []}'),
        ("parent/oracle.json", '{"end_'),
    ],
)
def test_what_was_written_over_comes_back(base: Path, tmp_path: Path, file: str, content: str) -> None:
    """A trial that had ended has its words and its weights; an oracle knows the trials that it knew."""
    oracle = {"end_order": ["000", "001"], "hyperparameters": {"space": [UNITS]}}
    (base / "parent" / "oracle.json").write_text(json.dumps(oracle))
    before, keeps = state(base), kept(base, tmp_path)
    (base / file).write_text(content)
    assert keeps.compare().restored == [file]
    assert state(base) == before


@pytest.mark.parametrize(
    "file",
    ["parent/trial_2/trial.json", "parent/trial_2/checkpoint.h5", "parent/oracle.json", "parent/.tuitune/notes.json"],
)
def test_a_search_that_goes_on_beside_is_left_in_peace(base: Path, tmp_path: Path, file: str) -> None:
    """A running trial ends, its weights change, the oracle knows more, the user takes a note."""
    (base / "parent" / "oracle.json").write_text(json.dumps({"end_order": ["000", "001"]}))
    keeps = kept(base, tmp_path)
    contents = {
        "trial.json": json.dumps(trial_file("2", {"units": 3}, 0.5)),
        "oracle.json": json.dumps({"end_order": ["000", "001", "2"]}),
        "checkpoint.h5": "better",
        "notes.json": '{"objective": {"name": "loss", "direction": "min"}}',
    }
    (base / file).write_text(contents[Path(file).name])
    after = state(base)
    found = keeps.compare(is_first=True)
    assert (found.restored, found.lost) == ([], [])
    assert state(base) == after


def test_what_is_too_large_is_linked(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its removal costs nothing; where it is overwritten in place, that is told, once."""
    monkeypatch.setattr(keeper, "_SMALL", 1000)
    monkeypatch.setattr(keeper, "_COPIED", 0)
    before, keeps = state(base), kept(base, tmp_path)
    shutil.rmtree(base / "parent")
    keeps.compare()
    assert state(base) == before
    again = tmp_path / "again"
    again.mkdir()
    keep(again, {"kind": "relaunch", "project": str(base / "new")})
    keeps = Keeping.of_run(again) or keeps
    with (base / "parent" / "trial_000" / "checkpoint.h5").open("r+b") as stream:
        stream.truncate(7)
    assert keeps.compare().lost == ["parent/trial_000/checkpoint.h5"]
    assert keeps.compare().lost == []


def test_the_own_project_counts_until_its_tuner_is_built(base: Path, tmp_path: Path) -> None:
    """Afterwards the search writes there, and what it removes is its own affair."""
    keeps = kept(base, tmp_path)
    shutil.rmtree(base / "new")
    assert keeps.compare(is_first=True).restored == ["new/.tuitune/origin.json"]
    shutil.rmtree(base / "new")
    assert keeps.compare().restored == []


def test_a_neighbour_that_is_removed_alone_is_the_scripts_affair(base: Path, tmp_path: Path) -> None:
    """A lock file, a log of yesterday; only where the family went with it was the directory cleared."""
    keeps = kept(base, tmp_path)
    (base / "notes" / "mine.txt").unlink()
    assert keeps.compare(is_first=True).restored == []
    assert not (base / "notes" / "mine.txt").exists()


def test_a_crowd_of_neighbours_is_not_kept(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project in a crowded home: the family is kept all the same."""
    monkeypatch.setattr(keeper, "_MOST_NEIGHBOURS", 1)
    keeps = kept(base, tmp_path)
    shutil.rmtree(base / "notes")
    shutil.rmtree(base / "parent")
    keeps.compare(is_first=True)
    assert (base / "parent" / "oracle.json").exists()
    assert not (base / "notes").exists()


def test_nothing_stays_behind(base: Path, tmp_path: Path) -> None:
    """No copy, no list, no temporary file."""
    keeps = kept(base, tmp_path)
    shutil.rmtree(base / "parent")
    keeps.compare()
    keeps.drop(tmp_path / "run")
    assert list((tmp_path / "run").iterdir()) == []
    assert list(base.rglob(".*put-back*")) == []


def test_what_a_dead_supervisor_kept_is_put_back_by_the_next_start(
    launch: Callable[..., Path], base: Path, run_dir: Callable[..., Path]
) -> None:
    """The machine went down in the middle of a search whose script had cleared the directory; told there."""
    dead = run_dir("20260101-000000-dead", script="/x/tune.py")
    keep(dead, {"kind": "relaunch", "project": str(base / "new")})
    before = state(base / "parent")
    shutil.rmtree(base / "parent")
    launch("exit 0", "run")
    assert not (base / "parent").exists()  # of another family: its user may have removed it since
    launch("exit 0")
    assert state(base / "parent") == before
    (event,) = files.read_lines(dead / protocol.EVENTS)[0]
    assert event["event"] == "put_back"
    assert not (dead / "kept").exists()
    assert not (dead / KEPT).exists()


def test_a_disk_that_is_full_while_copies_are_made_leaves_none(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run does not begin, and what was copied is gone again."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keeper, "copy_bytes", full)
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    with pytest.raises(OSError, match="No space"):
        keep(run_dir, {"kind": "relaunch", "project": str(base / "new")})
    assert list(run_dir.iterdir()) == []


def test_a_first_search_keeps_nothing(tmp_path: Path) -> None:
    """It is the user's script as it is."""
    assert keep(tmp_path, {"kind": "run", "project": None}) is None
    assert list(tmp_path.iterdir()) == []


def test_a_time_that_was_set_back_hides_nothing(base: Path, tmp_path: Path) -> None:
    """Written over in place with as many bytes, and `touch -r`: the change itself has a time that nobody sets."""
    keeping = kept(base, tmp_path)
    before = state(base)
    file = base / "parent" / "trial_001" / "trial.json"
    status = file.stat()
    for number in range(2):  # the second time as well, when both files have been compared already
        file.write_bytes(b"%d" % number * status.st_size)
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert keeping.compare().restored == ["parent/trial_001/trial.json"]
        assert state(base) == before


def test_a_change_of_permissions_is_no_loss(base: Path, tmp_path: Path) -> None:
    """What the file holds is what counts."""
    keeping = kept(base, tmp_path)
    (base / "parent" / "trial_001" / "trial.json").chmod(0o600)
    assert keeping.compare() == ([], [], [])


def test_another_search_in_the_place_of_the_parent_is_set_aside(base: Path, tmp_path: Path) -> None:
    """Plain keras-tuner with overwrite=True, in a process of its own: the parent is whole, and no mixture."""
    before, keeping = state(base), kept(base, tmp_path)
    parent = base / "parent"
    shutil.rmtree(parent)
    for number in range(12):
        (parent / f"trial_{number}").mkdir(parents=True)
        foreign = trial_file(str(number), {"width": number}, 0.5)
        (parent / f"trial_{number}" / "trial.json").write_text(json.dumps(foreign))
    (parent / "oracle.json").write_text(json.dumps({"end_order": [str(n) for n in range(12)]}))
    assert keeping.compare().lost == []
    after = state(base)
    assert {path: after.get(path) for path in before} == before
    assert {path.name for path in parent.glob("trial_*")} == {"trial_000", "trial_001", "trial_2", "trial_9"}
    assert (parent / "set-aside-0.trial_7" / "trial.json").exists()


def test_what_cannot_be_put_back_is_kept_and_told_once(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the reason; its copy stays with the run, when all else goes."""
    before, keeping = state(base), kept(base, tmp_path)
    file = base / "parent" / "trial_000" / "trial.json"
    content = file.read_bytes()
    file.unlink()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(keeping_module, "copy_bytes", full)
        found = keeping.compare()
        told = found.sentence("/x/tune.py")
        assert told == "1 file of parent that tune.py removed or overwrote: not put back: no space left on device"
        assert str(tmp_path / "run" / "lost") in found.sentence("/x/tune.py", tmp_path / "run")
        assert keeping.compare() == ([], [], [])
        assert list(base.rglob(".put-back*")) == []
    keeping.drop(tmp_path / "run")
    assert (tmp_path / "run" / "lost" / "parent" / "trial_000" / "trial.json").read_bytes() == content
    assert not (tmp_path / "run" / "kept").exists()
    file.write_bytes(content)
    assert set(state(base)) == set(before)


def test_a_name_that_is_taken_keeps_nothing_from_coming_back(base: Path, tmp_path: Path) -> None:
    """What a script puts in the way is in nobody's way."""
    before, keeping = state(base), kept(base, tmp_path)
    file = base / "parent" / "trial_000" / "trial.json"
    file.unlink()
    (file.parent / ".trial.json.put-back").mkdir()
    assert keeping.compare().restored == ["parent/trial_000/trial.json"]
    after = state(base)
    assert {path: after.get(path) for path in before} == before
