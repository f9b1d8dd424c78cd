"""What all tests share: a world of their own, the sample searches, projects written by hand."""

from __future__ import annotations

import json
import os
import shutil
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.samples import DIGITS, REPOSITORY, MakeProject

_DAY_NS = 86_400 * 10**9


def pytest_sessionstart() -> None:
    """A checkout of this minute would read as searches of this minute: its projects are made a day older."""
    for folder in (REPOSITORY / "sample_projects", REPOSITORY / "tests" / "projects"):
        for path in folder.rglob("*"):
            written = path.stat().st_mtime_ns
            if written > time.time_ns() - 600 * 10**9:
                os.utime(path, ns=(written - _DAY_NS, written - _DAY_NS))


@pytest.fixture(autouse=True)
def own_world(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """State, cache and terminal of the user's are left alone; returns the state directory."""
    home = tmp_path_factory.mktemp("home")
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(home / name))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    for name in [name for name in os.environ if name.startswith("KERASTUNER_")]:
        monkeypatch.delenv(name)
    return home / "XDG_STATE_HOME"


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """A copy of the sample directory, which a test may change."""
    return Path(shutil.copytree(DIGITS, tmp_path / "digits"))


@pytest.fixture
def make_project(tmp_path: Path) -> MakeProject:
    """Writes a small project: `make_project(trials, space)`, trials as made by `trial_file`."""

    def make(
        trials: Sequence[Mapping[str, Any]] = (),
        space: Sequence[Mapping[str, Any]] = (),
        name: str = "project",
        **oracle: Any,
    ) -> Path:
        path = tmp_path / name
        path.mkdir(parents=True)
        ids = [trial["trial_id"] for trial in trials]
        state = {
            "ongoing_trials": {},
            "hyperparameters": {"space": list(space), "values": {}},
            "start_order": ids,
            "end_order": ids,
            "run_times": {},
            "retry_queue": [],
            "seed": 1,
            "seed_state": 5,
            "tried_so_far": [],
            "id_to_hash": {},
            "display": {"search_start": None, "trial_start": {}, "trial_number": {}},
            **oracle,
        }
        (path / "oracle.json").write_text(json.dumps(state))
        (path / "tuner0.json").write_text("{}")
        for trial in trials:
            folder = path / f"trial_{trial['trial_id']}"
            folder.mkdir()
            (folder / "trial.json").write_text(json.dumps(trial))
        return path

    return make


@pytest.fixture(scope="session")
def keras_tuner() -> Any:
    """The installed keras-tuner; its own warnings while it loads are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras_tuner

    return keras_tuner
