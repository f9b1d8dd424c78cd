"""`tuitune logs` while the training process goes on printing."""

from __future__ import annotations

import time

import pytest

from tests.cli.calls import Invoke
from tuitune import files
from tuitune.cli import runs
from tuitune.launch import protocol
from tuitune.launch.runs import runs_root


def test_a_character_that_is_written_in_two_parts_is_shown_whole(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keras draws its progress with characters of three bytes, and a write may end within one."""
    directory = runs_root() / "a"
    directory.mkdir(parents=True)
    files.write_atomic(directory / protocol.SPEC, {"run": "a", "kind": "run", "host": "here"})
    parts = iter(["1/3 ━".encode()[:-1], "━".encode()[-1:] + b"\n2/3 \xff", "end 漢".encode()[:-1]])

    def write_more(_: float = 0.0) -> None:
        part = next(parts, None)
        if part is None:
            files.append_line(directory / protocol.EVENTS, {"time": 1.0, "event": "ended", "state": "finished"})
            return
        with open(directory / protocol.worker_log(0), "ab") as log:
            log.write(part)

    write_more()
    monkeypatch.setattr(time, "sleep", write_more)
    with files.held_lock(directory / protocol.LOCK):
        shown = invoke("logs", "a", "--follow").stdout
    assert shown == "1/3 ━\n2/3 \ufffdend \ufffd"


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 100])
def test_the_last_lines_can_be_asked_for(invoke: Invoke, monkeypatch: pytest.MonkeyPatch, count: int, end: str) -> None:
    """Read from the end, however the parts that are read cut the lines."""
    directory = runs_root() / "a"
    directory.mkdir(parents=True)
    files.write_atomic(directory / protocol.SPEC, {"run": "a", "kind": "run", "host": "here"})
    lines = ["first", "", "third line", "fourth"]
    (directory / protocol.worker_log(0)).write_text("\n".join(lines) + end)
    for size in (1, 2, 5, 6, 1000):
        monkeypatch.setattr(runs, "_LOG_PART_BYTES", size)
        expected = "\n".join(lines[len(lines) - min(count, 4) :]) + end if count else ""
        assert invoke("logs", "a", "-n", count).stdout == expected
