"""No command prints a control character to a terminal, whatever names, values, messages and arguments hold."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.calls import Invoke
from tests.samples import MakeProject, trial_file
from tests.ui.samples import NASTY, FakeRun, choice_hp, nasty_project
from tuitune.cli import COMMANDS, main

ESCAPE = "\x1b]52;c;cm0=\x1b\\"
TURNED = "\u202eevil"

OnTerminal = Callable[..., str]


class FakeTerminal(io.TextIOWrapper):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> OnTerminal:
    """`on_terminal("trials", path)`: what the program wrote to its terminal, stdout and stderr together."""

    def call(*arguments: object) -> str:
        written = io.BytesIO()
        for name in ("stdout", "stderr"):
            monkeypatch.setattr(sys, name, FakeTerminal(written, "utf-8", write_through=True))
        monkeypatch.setattr(sys, "argv", ["tuitune", *map(str, arguments)])
        with pytest.raises(SystemExit):
            main()
        return written.getvalue().decode()

    return call


def check_inert(text: str) -> None:
    """Lines of text, and no more."""
    assert text
    steering = {c for c in text if not c.isprintable()} - {"\n"}
    assert not steering, text


@pytest.fixture
def hostile(make_project: MakeProject) -> Path:
    """A project and a run, with hostile words wherever they have a place for words."""
    texts = [*NASTY.values(), ESCAPE, TURNED]
    project = nasty_project(make_project, *texts, name=f"p{ESCAPE.replace('/', '')}{TURNED}")
    run = FakeRun("run-1", project, 10)
    run.event("started", supervisor_pid=1)
    words = " ".join(texts)
    run.event("project", worker=0, path=str(project), planned=10, objective=f"val_{words}", direction="min")
    run.event("trial_started", worker=0, trial_id=words)
    run.event("ended", state="failed", reason=words)
    run.log("\n".join(text.encode(errors="replace").decode() for text in texts) + "\x1b[2J\x1bc\x07\x9bm")
    return project


# What each command is asked, {} being the project; a new one is walked once it stands here, and must stand here.
CALLS = {
    "ls": ["{}/.."],
    "info": ["{}"],
    "trials": ["{}"],
    "show": ["{} 6", "{} 0"],
    "best": ["{}", "{} --python"],
    "narrow": ["{}"],
    "run": [f"{ESCAPE}.py {TURNED}"],
    "relaunch": ["{} --dry-run", f"{{}} --script {ESCAPE}.py -- {TURNED}"],
    "resume": ["{}"],
    "runs": [""],
    "stop": ["run-1", ESCAPE],
    "logs": ["run-1", ESCAPE],
    "doctor": ["{}"],
}
REFUSED = [
    f"trials {{}} --sort zz{ESCAPE}",
    f"trials {{}} --columns zz{TURNED}",
    f"trials {{}} --where `{ESCAPE}`",
    f"trials {{}} --format {ESCAPE}",
    "trials {} --format csv",
    "trials {} --format markdown",
    "trials {} --format latex",
    f"info {{}} --objective zz{ESCAPE}:max",
    f"info --{ESCAPE}",
    f"show {{}} {ESCAPE}",
    f"no-such-thing{ESCAPE}",
    f"--objective {TURNED}:min {{}}",
]


def asked(project: Path, call: str) -> list[str]:
    """The words of one call."""
    return [word.replace("{}", str(project)) for word in call.split(" ") if word]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_prints_text(hostile: Path, on_terminal: OnTerminal, command: str) -> None:
    """Asked for what it is there for."""
    for call in CALLS[command]:
        text = on_terminal(command, *asked(hostile, call))
        check_inert(re.sub(r"\x1b\[[0-9;]*m", "", text) if command == "logs" else text)


@pytest.mark.parametrize("call", REFUSED)
def test_answers_and_refusals_are_text(hostile: Path, on_terminal: OnTerminal, call: str) -> None:
    """Names of columns, wrong options, paths that are not there."""
    check_inert(on_terminal(*asked(hostile, call)))


def test_a_pipe_gets_exactly_what_the_files_hold(hostile: Path, invoke: Invoke) -> None:
    """Only terminals are steered: CSV in a file is data."""
    text = invoke("trials", hostile, "--format", "csv").stdout
    names, *_ = csv.reader(io.StringIO(text))
    assert NASTY["escape sequence"] in names


def test_a_log_keeps_its_colours_on_a_terminal_only(hostile: Path, on_terminal: OnTerminal, invoke: Invoke) -> None:
    """And shows a progress bar as it ended."""
    run = FakeRun("run-2", hostile, 10)
    run.event("started", supervisor_pid=1)
    run.log(
        "\r\x1b[1m 1/17\x1b[0m \x1b[32m━\x1b[0m step"
        + "\b" * 30
        + "\r\x1b[1m17/17\x1b[0m \x1b[32m━━\x1b[0m\x1b[2J\x1b[K\nend"
    )
    assert on_terminal("logs", "run-2") == "\x1b[1m17/17\x1b[m \x1b[32m━━\x1b[m\nend"
    assert invoke("logs", "run-2").stdout == "17/17 ━━\nend"


def test_cells_are_no_formulas_no_html_and_no_pictures(make_project: MakeProject, invoke: Invoke) -> None:
    """In what a spreadsheet, a web page or a README is made from."""
    formulas = ["=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "\t=1"]
    evil = [*formulas, "<img src=x>", "![x](http://x/y.png)", "-1.5e3", "a`b"]
    trials = [trial_file(str(n), {"=x": text}, n / 8) for n, text in enumerate(evil)]
    path = make_project(trials, [choice_hp("=x", *evil)])
    text = invoke("trials", path, "--format", "csv", "--columns", "`=x`,score", "--sort", "trial_id").stdout
    names, *rows = csv.reader(io.StringIO(text))
    assert names == ["'=x", "score"]
    assert sorted(row[0] for row in rows) == sorted([*(f"'{text}" for text in formulas), *evil[len(formulas) :]])
    lines = invoke("trials", path, "--format", "markdown", "--columns", "`=x`").stdout.splitlines()
    assert "| \\<img src=x\\> |" in lines
    assert "| !\\[x\\](http://x/y.png) |" in lines
    assert "| a\\`b |" in lines
