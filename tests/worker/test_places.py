"""Where a relaunch's callbacks write: never into the parent, nor into the logs that belong to it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tuitune.worker.places import Places


class Callback:
    """Stands for any callback: attributes, nothing more."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


class TensorBoard(Callback):
    """Known by its name."""


class CSVLogger(Callback):
    """Known by its name."""


Place = Callable[[Callback, str], Any]


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """The places of a relaunch of `searches/lr` as `searches/lr-2`, played in the directory that holds `searches`."""
    (tmp_path / "searches" / "lr").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    spec = {"kind": "relaunch", "parent": str(tmp_path / "searches/lr"), "project": str(tmp_path / "searches/lr-2")}
    return Places(spec["project"], {os.path.realpath(spec["parent"])})


def attributes(callback: Any) -> dict[str, Any]:
    """The attributes of a callback."""
    return dict(vars(callback))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("searches/lr/logs", "{}/searches/lr-3/logs"),
        ("searches/lr-2/logs", "{}/searches/lr-3/logs"),
        ("logs/lr", "logs/lr-3"),
        ("logs/lr-2", "logs/lr-3"),
    ],
)
def test_the_third_round_writes_into_neither_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    """The script of a round of a round still names the first project: its paths move too."""
    monkeypatch.chdir(tmp_path)
    searches = tmp_path / "searches"
    names = {"plays": "lr", "parent": "lr-2", "project": "lr-3"}
    spec = {"kind": "relaunch", **{key: str(searches / name) for key, name in names.items()}}
    places = Places(spec["project"], {spec["parent"], spec["plays"]})
    moved = places.moved(TensorBoard(log_dir=old))
    assert attributes(moved)["log_dir"] == new.format(tmp_path)


@pytest.mark.parametrize("kind", [Callback, TensorBoard, CSVLogger])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("searches/lr/logs", "searches/lr-2/logs"),
        ("./searches/../searches/lr/logs/", "searches/lr-2/logs"),
        ("searches/lr/a/b.csv", "searches/lr-2/a/b.csv"),
        ("searches/lr", "searches/lr-2"),
    ],
)
def test_a_path_in_the_parent_becomes_one_in_the_round(
    places: Places, tmp_path: Path, kind: type[Callback], old: str, new: str
) -> None:
    """Whatever callback has it, under whatever name, absolute or relative."""
    for path in (old, str(tmp_path / old)):
        assert attributes(places.moved(kind(anything=path)))["anything"] == str(tmp_path / new)


def test_a_link_into_the_parent_is_followed(places: Places, tmp_path: Path) -> None:
    """A path that leads into the parent by a symbolic link is one in the parent."""
    (tmp_path / "latest").symlink_to("searches/lr")
    moved = places.moved(Callback(backup_dir="latest/backup"))
    assert attributes(moved)["backup_dir"] == str(tmp_path / "searches/lr-2/backup")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("logs/lr", "logs/lr-2"),
        ("logs/lr/", "logs/lr-2"),
        ("logs/fit", "logs/fit-lr-2"),
        ("logs", "logs-lr-2"),
        ("/elsewhere/lr", "/elsewhere/lr-2"),
    ],
)
def test_tensorboard_beside_the_parent_gets_a_directory_of_its_own(places: Places, old: str, new: str) -> None:
    """Event files of two rounds do not mix: the directory is named after the round."""
    assert attributes(places.moved(TensorBoard(log_dir=old)))["log_dir"] == new


@pytest.mark.parametrize(
    ("old", "new"),
    [("logs/lr.csv", "logs/lr-2.csv"), ("history.csv", "history-lr-2.csv"), ("plain", "plain-lr-2")],
)
def test_a_csv_beside_the_parent_gets_a_file_of_its_own(places: Places, old: str, new: str) -> None:
    """A CSVLogger does not write over the parent's file."""
    assert attributes(places.moved(CSVLogger(filename=old)))["filename"] == new


@pytest.mark.parametrize(
    "callback",
    [
        Callback(monitor="val_loss", mode="min", patience=3),
        Callback(filepath="models/best.keras"),
        Callback(filepath="searches/lr-old/best.keras"),
        Callback(filepath="searches"),
        TensorBoard(update_freq="epoch", profile_batch=0),
        CSVLogger(sep=","),
    ],
)
def test_other_callbacks_stay_the_very_same(places: Places, callback: Callback) -> None:
    """A callback that names no path of the parent is passed on as it is."""
    assert places.moved(callback) is callback


def test_the_scripts_own_callback_is_not_changed(places: Places) -> None:
    """The round gets a copy; the object that the script holds keeps its path and its other attributes."""
    own = TensorBoard(log_dir="logs/lr", histogram_freq=1)
    moved = places.moved(own)
    assert attributes(own) == {"log_dir": "logs/lr", "histogram_freq": 1}
    assert attributes(moved) == {"log_dir": "logs/lr-2", "histogram_freq": 1}
    assert type(moved) is TensorBoard


def test_a_path_object_stays_one(places: Places, tmp_path: Path) -> None:
    """A callback of the user's that goes on from a pathlib.Path with `/` gets a Path again."""
    moved = attributes(places.moved(Callback(folder=tmp_path / "searches" / "lr" / "plots")))["folder"]
    assert os.fspath(moved) == str(tmp_path / "searches/lr-2/plots")
    assert isinstance(moved, Path)
