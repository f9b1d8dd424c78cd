"""What a training prints where its log cannot be written: the training goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os, sys
sys.path.insert(0, sys.argv[1])
from tuitune.worker.output import survive_full_disks
survive_full_disks()
for n in range(2000):
    print("x" * 100, flush=True)
print("straße \\udc80 \\u001b", file=sys.stderr)
sys.stdout.write("no end of line")
os.write(int(sys.argv[2]), b"came to its end")
"""


def play(stdout: str) -> bytes:
    """Run the program with its output at `stdout`; what it says at last over another way."""
    reading, writing = os.pipe()
    root = str(Path(__file__).resolve().parents[2])
    with Path(stdout).open("ab") as stream:
        done = subprocess.run(
            [sys.executable, "-u", "-c", PROGRAM, root, str(writing)],
            stdout=stream,
            stderr=stream,
            pass_fds=[writing],
            check=False,
            timeout=60,
        )
    os.close(writing)
    said = os.read(reading, 100)
    os.close(reading)
    return said if done.returncode == 0 else b"%d" % done.returncode


def test_a_full_disk_does_not_end_the_training() -> None:
    """Every print fails; the program does not notice."""
    assert play("/dev/full") == b"came to its end"


def test_with_room_everything_is_there(tmp_path: Path) -> None:
    """At once, in order, and whatever the text is."""
    log = tmp_path / "log"
    assert play(str(log)) == b"came to its end"
    lines = log.read_bytes().split(b"\n")
    assert lines[:2000] == [b"x" * 100] * 2000
    assert lines[2000:] == ["straße \\udc80 \x1b".encode(), b"no end of line"]
