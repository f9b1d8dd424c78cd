"""Writes a search on one side of a network mount, watches it on the other, and prints when each change showed.

python tests/tools/watch_remote.py SERVER_DIRECTORY MOUNTED_DIRECTORY [SECONDS [REST]]

The two are the same directory: as its server sees it, and through NFS or SSHFS. REST: seconds without a change
before each one (the longer, the more a client relies on what it remembers). Ends with 1 where a change took longer
than two seconds to show, or a problem was told.
"""

from __future__ import annotations

import json
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # a script has only its own directory on the path

from tests.samples import trial_file
from tuitune.project.keras_tuner.curves import CurveReader
from tuitune.project.project import Project
from tuitune.ui.feeds.project import Feed

_NAME = "watch_remote"
_EPOCHS = 3
_WITHIN_S = 2.0
_WAIT_S = 60.0  # for the last changes

Times = dict[tuple[str, str], float]


def _write(file: Path, content: Any) -> None:
    """In place and not at once, as keras-tuner does."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(content))


def _search(project: Path) -> Iterator[tuple[str, str]]:
    """Take the next step of a search each time; what has changed."""
    started: list[str] = []
    ended: list[str] = []

    def oracle(ongoing: dict[str, str]) -> None:
        space: dict[str, Any] = {"space": [], "values": {}}
        orders = {"start_order": started, "end_order": ended}
        _write(project / "oracle.json", {"ongoing_trials": ongoing, "hyperparameters": space, **orders})

    for number in count():
        trial_id = f"{number:04}"
        trial = project / f"trial_{trial_id}"
        started.append(trial_id)
        _write(trial / "trial.json", trial_file(trial_id, {"x": number}, status="RUNNING"))
        oracle({"tuner0": trial_id})
        yield "started", trial_id
        for epoch in range(_EPOCHS):
            line = {"epoch": epoch, "execution": 0, "logs": {"loss": 1 / (epoch + 1)}}
            with open(trial / "epochs.jsonl", "a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")
            yield f"epoch {epoch}", trial_id
        ended.append(trial_id)
        _write(trial / "trial.json", trial_file(trial_id, {"x": number}, 1 / (number + 1)))
        oracle({})
        yield "ended", trial_id


def _shown(project: Project, curves: CurveReader) -> Iterator[tuple[str, str]]:
    """What can be seen of the last trials."""
    for trial in project.trials[-2:]:
        yield "started", trial.trial_id
        last = curves.read(project, trial).last_epoch
        yield from ((f"epoch {epoch}", trial.trial_id) for epoch in range(-1 if last is None else last + 1))
        if trial.score is not None:
            yield "ended", trial.trial_id


def _watch(path: Path, written: Times, is_written: threading.Event) -> tuple[Times, set[str]]:
    """Read as the screen does; when each change was seen first, and what was taken for a problem meanwhile."""
    feed, curves, seen, problems = Feed(path), CurveReader(), Times(), set[str]()
    project: Project | None = None
    deadline = float("inf")
    while time.monotonic() < deadline:
        found = feed.project()
        project = project if found is None else found[0]
        problems.update(problem.problem for problem in (project.problems if project is not None else ()))
        for change in [] if project is None else _shown(project, curves):
            seen.setdefault(change, time.monotonic())
        if is_written.is_set():
            deadline = min(deadline, time.monotonic() + _WAIT_S)
            if written.keys() <= seen.keys():
                break
        time.sleep(feed.read_every_s)
    feed.close()
    return seen, problems


def main(server: Path, mounted: Path, seconds: float, rest: float) -> int:
    """Watch for so long; 1 where something showed late."""
    project = server / _NAME
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir()
    written, is_written = Times(), threading.Event()

    def write() -> None:
        end = time.monotonic() + seconds
        try:
            for change in _search(project):
                written[change] = time.monotonic()
                time.sleep(rest)
                if time.monotonic() > end:
                    break
        finally:
            is_written.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen, problems = _watch(mounted / _NAME, written, is_written)
    writer.join()
    shutil.rmtree(project)
    late = [(seen.get(change, float("inf")) - at, *change) for change, at in written.items()]
    for waited, change, trial_id in sorted(late, reverse=True)[:5]:
        print(f"{waited:6.2f} s  {change:8} trial {trial_id}")
    print(f"{len(late)} changes, {sum(waited > _WITHIN_S for waited, *_ in late)} shown after {_WITHIN_S} s or later")
    for problem in sorted(problems):
        print(f"said, though nothing was wrong: {problem}")
    return int(bool(problems) or any(waited > _WITHIN_S for waited, *_ in late))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4, 5):
        sys.exit(str(__doc__).split("\n\n", maxsplit=1)[1])
    numbers = [float(word) for word in sys.argv[3:]] + [60.0, 2.0][len(sys.argv) - 3 :]
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), *numbers))
