"""What is kept of a large project: shown at once, verified behind, thrown away where it is in doubt."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import platformdirs
import pytest

from tests.benchmarks.generate import generate
from tuitune.project.keras_tuner import reader as reading
from tuitune.project.keras_tuner.reader import ProjectReader
from tuitune.project.keras_tuner.scan import Read
from tuitune.project.project import Project

TRIALS = 60


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what has fifty trials."""
    monkeypatch.setattr(reading, "_WORTH_KEEPING", 50)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose files came to rest long ago, read and kept."""
    path = generate(tmp_path / "large", TRIALS)
    age(path)
    reader = ProjectReader(path)
    reader.refresh()
    reader.keep()
    return path


def age(path: Path) -> None:
    """Let all files be an hour old."""
    for folder, _, names in os.walk(path):
        for name in names:
            status = (Path(folder) / name).stat()
            os.utime(Path(folder) / name, ns=(status.st_atime_ns, status.st_mtime_ns - 3600 * 10**9))


def snapshots() -> list[Path]:
    """The files that hold snapshots."""
    return sorted(platformdirs.user_cache_path("tuitune").rglob("*.msgpack"))


def rows(found: Project | None) -> Iterator[tuple[object, ...]]:
    """All that is known of each trial."""
    assert found is not None
    return ((t.trial_id, t.status, t.score, dict(t.values), dict(t.metrics), t.started) for t in found.trials)


def test_what_was_kept_is_what_was_read(project: Path) -> None:
    """Every trial, the space, the objective, the kind of search."""
    kept, read = ProjectReader(project).recall(), ProjectReader(project).read()
    assert kept is not None
    assert list(rows(kept)) == list(rows(read))
    assert (kept.space, kept.objective, kept.tuner) == (read.space, read.objective, read.tuner)
    assert kept.problems == read.problems


def test_nothing_is_read_again_where_nothing_changed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verifying looks at times and sizes only."""
    reader = ProjectReader(project)
    reader.recall()
    read: list[str] = []
    plain = reader._scanner.read

    def spy(names: Sequence[str]) -> Iterator[Read]:
        read.extend(names)
        return plain(names)

    monkeypatch.setattr(reader._scanner, "read", spy)
    assert list(rows(reader.read())) == list(rows(ProjectReader(project).read()))
    assert read == []


def test_what_changed_since_is_read(project: Path) -> None:
    """A trial with another score, a new one, one that was deleted."""
    changed, new, gone = project / "trial_03", project / "trial_60", project / "trial_07"
    content = json.loads((changed / "trial.json").read_text())
    (changed / "trial.json").write_text(json.dumps({**content, "score": 7.0}))
    shutil.copytree(changed, new)
    (new / "trial.json").write_text(json.dumps({**content, "trial_id": "60"}))
    shutil.rmtree(gone)
    reader = ProjectReader(project)
    assert reader.recall() is not None
    found = reader.read()
    trial = found.trial("03")
    assert trial is not None
    assert trial.score == 7.0
    assert found.trial("60") is not None
    assert found.trial("07") is None
    assert list(rows(found)) == list(rows(ProjectReader(project).read()))


def test_the_first_sight_does_not_change_under_the_screen(project: Path) -> None:
    """The screen holds what was recalled while the reader goes on."""
    reader = ProjectReader(project)
    kept = reader.recall()
    before = list(rows(kept))
    shutil.rmtree(project / "trial_07")
    reader.read()
    assert list(rows(kept)) == before


@pytest.mark.parametrize("damage", [b"", b"\x93garbage", b"\x80", b"\x81\xa4path\xc0", bytes(range(256))], ids=range(5))
def test_a_damaged_snapshot_is_thrown_away(project: Path, damage: bytes) -> None:
    """The project is read as if it had never been kept, and the file goes."""
    [snapshot] = snapshots()
    snapshot.write_bytes(damage)
    reader = ProjectReader(project)
    assert reader.recall() is None
    assert len(reader.read().trials) == TRIALS
    assert snapshots() == []


def test_a_snapshot_with_columns_of_unequal_length_is_thrown_away(project: Path) -> None:
    """A whole file that is not whole inside."""
    import msgspec

    [snapshot] = snapshots()
    content = msgspec.msgpack.decode(snapshot.read_bytes())
    kind, numbers, *rest = content["facts"]["score"]
    content["facts"]["score"] = [kind, numbers[:-8], *rest]
    snapshot.write_bytes(msgspec.msgpack.encode(content))
    assert ProjectReader(project).recall() is None


def test_another_search_in_its_place_is_read_anew(project: Path) -> None:
    """A search that was started over under the same name; the file system may even give the same inode again."""
    shutil.rmtree(project)
    generate(project, TRIALS, seed=99)
    reader = ProjectReader(project)
    reader.recall()
    assert list(rows(reader.read())) == list(rows(ProjectReader(project).read()))


def test_directories_that_were_restored_in_place_are_the_same_trials(project: Path) -> None:
    """A backup that was copied back has other inodes; nothing is there twice."""
    before = list(rows(ProjectReader(project).read()))
    shutil.copytree(project, project.with_name("backup"))
    shutil.rmtree(project)
    reader = ProjectReader(project.parent / "large")
    shutil.copytree(project.with_name("backup"), project)
    assert list(rows(reader.read())) == before
    for folder in sorted(project.glob("trial_*")):
        shutil.move(folder, project / f"away_{folder.name}")
        shutil.copytree(project / f"away_{folder.name}", folder)
    reader = ProjectReader(project)
    reader.recall()
    assert list(rows(reader.read())) == before


def test_what_was_kept_of_a_file_that_cannot_be_read_now_says_nothing(project: Path) -> None:
    """Torn, emptied, deleted or replaced while nobody watched: the project reads as one that was never kept."""
    (project / "trial_05" / "trial.json").unlink()
    torn = project / "trial_06" / "trial.json"
    torn.write_bytes(torn.read_bytes()[:-30])
    (project / "trial_07" / "trial.json").write_bytes(b"")
    (project / "trial_08" / "trial.json").unlink()
    (project / "trial_08" / "trial.json").mkdir()
    for name in ("06", "07"):
        os.utime(project / f"trial_{name}" / "trial.json", (1e9, 1e9))
    fresh = ProjectReader(project).read()
    reader = ProjectReader(project)
    assert reader.recall() is not None
    warm = reader.read()
    assert list(rows(warm)) == list(rows(fresh))
    assert len(warm.trials) == TRIALS - 4
    assert (warm.unreadable, warm.problems) == (fresh.unreadable, fresh.problems)
    torn.write_text((project / "trial_09" / "trial.json").read_text().replace('"09"', '"06"'))
    again = reader.refresh()
    assert again is not None
    assert len(again.trials) == TRIALS - 3


def test_a_file_that_was_just_written_is_read_again_whatever_its_time_says(tmp_path: Path) -> None:
    """Its time cannot tell a second writing within the same instant."""
    path = generate(tmp_path / "large", TRIALS)
    file = path / "trial_05" / "trial.json"
    file.touch()
    reader = ProjectReader(path)
    reader.refresh()
    reader.keep()
    status = file.stat()
    content = file.read_text()
    score = json.loads(content)["score"]
    file.write_text(content.replace(str(score), "0." + "1" * (len(str(score)) - 2)))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    again = ProjectReader(path)
    assert again.recall() is not None
    trial = again.read().trial("05")
    assert trial is not None
    assert str(trial.score).startswith("0.1111")


def test_nothing_is_kept_of_a_small_or_a_damaged_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading those anew is right and quick."""
    path = generate(tmp_path / "damaged", TRIALS)
    (path / "trial_02" / "trial.json").write_text("{")
    age(path)
    for place, least in ((path, 50), (generate(tmp_path / "small", 20), 50)):
        monkeypatch.setattr(reading, "_WORTH_KEEPING", least)
        reader = ProjectReader(place)
        reader.read()
        reader.keep()
    assert snapshots() == []


def test_a_cache_that_cannot_be_written_is_no_harm(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file where the directory should be."""
    (tmp_path / "nowhere").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "nowhere"))
    reader = ProjectReader(project)
    assert reader.recall() is None
    assert len(reader.read().trials) == TRIALS
    reader.keep()
