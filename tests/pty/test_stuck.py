"""A file system that no longer answers: the screen goes on, and can be left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pty.terminal import Open
from tests.samples import trial_file

STUCK = """
import os, time
plain = os.open
def stuck(path, *arguments, **more):
    while "oracle.json" in str(path) and os.path.exists({flag!r}):
        open({begun!r}, "a").close()
        time.sleep(0.05)
    return plain(path, *arguments, **more)
os.open = stuck
"""


def test_who_waits_for_a_server_that_is_gone_can_still_leave(
    open_terminal: Open, make_project: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys are answered while a reading waits for good, and q ends the program all the same."""
    path = make_project([trial_file(str(n), {"lr": n / 10}, n / 10) for n in range(5)])
    flag, begun, code = tmp_path / "flag", tmp_path / "begun", tmp_path / "code"
    code.mkdir()
    (code / "sitecustomize.py").write_text(STUCK.format(flag=str(flag), begun=str(begun)))
    monkeypatch.setenv("PYTHONPATH", str(code), prepend=":")
    terminal = open_terminal(path)
    terminal.wait_for("5 of 5")
    flag.touch()
    terminal.wait_for(lambda shown: begun.exists())
    terminal.press("G")
    terminal.wait_for("Trial 4")
    terminal.press("q")
    assert terminal.exit_status() == 0
    assert terminal.on_main_screen
    assert flag.exists()
