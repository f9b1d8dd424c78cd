"""Control records: whom they are for, and that each acts once."""

from __future__ import annotations

from pathlib import Path

from tuitune import files
from tuitune.launch.protocol import CONTROL, STOP_AFTER_TRIAL, STOP_NOW, Control, ControlReader, append_control


def test_a_wish_is_read_once(tmp_path: Path) -> None:
    """By each reader; what comes later is read later."""
    reader, other = ControlReader(tmp_path), ControlReader(tmp_path)
    assert reader.new() == []
    append_control(tmp_path, Control(STOP_AFTER_TRIAL))
    assert reader.new() == [Control(STOP_AFTER_TRIAL)]
    assert reader.new() == []
    append_control(tmp_path, Control(STOP_NOW))
    assert reader.new() == [Control(STOP_NOW)]
    assert other.new() == [Control(STOP_AFTER_TRIAL), Control(STOP_NOW)]


def test_a_worker_hears_what_is_for_it_and_what_is_for_all(tmp_path: Path) -> None:
    """What names another worker is not for it; the supervisor hears everything."""
    for worker, trial in ((0, "03"), (1, "04"), (None, None)):
        append_control(tmp_path, Control("skip", worker, trial))
    assert ControlReader(tmp_path, 0).new() == [Control("skip", 0, "03"), Control("skip")]
    assert ControlReader(tmp_path, 2).new() == [Control("skip")]
    assert len(ControlReader(tmp_path).new()) == 3


def test_what_is_for_another_run_is_not_heard(tmp_path: Path) -> None:
    """A record names its run; one without a name, of an earlier release, is for the run whose file it is in."""
    lines = [{"action": "stop", "run": "other"}, {"action": "stop"}, {"action": 3}, {"action": "stop", "worker": "x"}]
    for line in lines:
        files.append_line(tmp_path / CONTROL, line)
    assert ControlReader(tmp_path).new() == [Control("stop"), Control("stop")]
