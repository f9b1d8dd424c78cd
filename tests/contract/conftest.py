"""Real searches with the real keras-tuner, as users run them: scripts, the command line, what they leave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.world import TRAIN, Ended, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A directory in which commands are typed."""
    made = World(tmp_path)
    yield made
    made.end_runs()


@pytest.fixture(scope="session")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Ended]]:
    """A random search that `tuitune run` made, its callbacks writing into its own project."""
    made = World(tmp_path_factory.mktemp("searched"))
    made.write("train.py", TRAIN)
    yield made, made.search("run", "train.py", "random", "first", "inside")
    made.end_runs()
