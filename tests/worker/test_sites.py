"""Where a script searches, found by reading it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuitune.worker.sites import Sites, search_sites

TUNE = """\
def tune(name):
    tuner = kt.RandomSearch(build, project_name=name)
    tuner.search(x, y)


"""


@pytest.mark.parametrize(
    ("script", "lines", "is_in_a_loop"),
    [
        ("tuner.search(x, y)\n", [1], False),
        ("a.search(x)\nb.search(x)\n", [1, 2], False),
        ("for n in range(3):\n    a.search(x)\n", [2], True),
        ("import re\nif re.search('a', 'b'):\n    pass\n", [], False),
        (TUNE + "tune('a')\n", [6], False),
        (TUNE + "tune('a')\ntune('b')\n", [6, 7], False),
        (TUNE + "for name in 'ab':\n    tune(name)\n", [7], True),
        (TUNE + "[tune(name) for name in 'ab']\n", [6], True),
        (TUNE + "def main():\n    tune('a')\n    tune('b')\n\n\napp.run(main)\n", [11, 11], False),
        (TUNE + "if __name__ == '__main__':\n    tune('a')\n", [7], False),
        (TUNE, [3], False),
        ("class Job:\n    def go(self):\n        self.tuner.search(x)\n\n\nJob().go()\n", [6], False),
        ("def a():\n    b()\n\n\ndef b():\n    t.search(x)\n    a()\n\n\na()\n", None, False),
        ("def broken(:\n", [], False),
        ("".join(f"def f{n}():\n    f{n + 1}()\n    f{n + 1}()\n" for n in range(60)) + "f0()\n", [], False),
    ],
)
def test_searches_are_found_where_they_are_brought_about(
    tmp_path: Path, script: str, lines: list[int] | None, is_in_a_loop: bool
) -> None:
    """Outside functions at their line, inside at the line that names the function, which may call itself."""
    path = tmp_path / "script.py"
    path.write_text(script)
    found = search_sites(str(path))
    if lines is None:
        assert found.lines
    else:
        assert found == Sites(lines, is_in_a_loop)
