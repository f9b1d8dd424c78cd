"""The claim on a project: the workers of one run share it, another run is refused, the dead hold nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tuitune.worker.guard import claim
from tuitune.worker.oracles import RefusalError

PROJECT = "/searches/project"


def runs(tmp_path: Path) -> tuple[Path, Path]:
    """Two run directories beside each other."""
    folders = tmp_path / "run-1", tmp_path / "run-2"
    for folder in folders:
        folder.mkdir()
    return folders


def test_the_workers_of_one_run_share_a_project(tmp_path: Path) -> None:
    """A second and a third one get it too; another run does not, for as long as one of them holds it."""
    first, second = runs(tmp_path)
    handles = [claim(first, PROJECT) for _ in range(3)]
    for handle in handles:
        with pytest.raises(RefusalError, match="another run"):
            claim(second, PROJECT)
        os.close(handle)
    os.close(claim(second, PROJECT))


def test_a_run_that_is_gone_leaves_the_project(tmp_path: Path) -> None:
    """Its name still stands in the file; the next run writes its own over it, a shorter one too."""
    first, second = runs(tmp_path)
    os.close(claim(tmp_path / "run-with-a-long-name", PROJECT))
    handle = claim(first, PROJECT)
    with pytest.raises(RefusalError):
        claim(second, PROJECT)
    os.close(claim(first, PROJECT))
    os.close(handle)


def test_two_projects_are_two_claims(tmp_path: Path) -> None:
    """One run may search the one, another the other."""
    first, second = runs(tmp_path)
    for handle in (claim(first, PROJECT), claim(second, PROJECT + "-2")):
        os.close(handle)
