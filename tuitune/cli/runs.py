"""Commands for the runs of this machine: runs, stop, logs."""

from __future__ import annotations

import codecs
import os
import time
from collections.abc import Callable
from typing import BinaryIO

import click

from tuitune.analysis.log_text import LogText
from tuitune.analysis.text import duration
from tuitune.cli.output import ROW_FORMATS, format_option, narrate, print_json, print_rows
from tuitune.cli.streams import LinePrinter
from tuitune.errors import TuituneError, describe_os_error
from tuitune.launch.runs import RunBook, RunFollower, find_run, is_held_up, log_path, now_line, request_stop

_FOLLOW_EVERY_S = 0.3
_LOG_PART_BYTES = 1 << 18  # read and printed at a time, whatever the size of the log


@click.command()
@format_option(*ROW_FORMATS)
def runs(form: str) -> None:
    """The runs of this machine, the newest first."""
    book = RunBook()
    found = book.refresh()
    for problem in book.problems:
        narrate(f"Left out: {problem}")
    if form == "json":
        print_json([run.to_json() for run in found])
        return
    if not found:
        narrate("No runs yet. tuitune run SCRIPT, or tuitune relaunch PROJECT, starts one.")
        return
    rows = []
    for item in found:
        worker = next(iter(item.workers.values()), None)
        doing = "" if worker is None or worker.trial_id is None else f"trial {worker.trial_id}"
        if worker is not None and worker.epoch is not None:
            doing += f" epoch {worker.epoch + 1}"
        of = f"/{item.planned}" if item.planned else ""
        if is_held_up(item):
            doing = now_line(item)
        projects = ", ".join(map(str, item.projects))
        failed = f", {item.failed} failed" if item.failed else ""
        trials = f"{item.done}{of}{failed}"
        told = "; ".join(filter(None, [item.reason, *item.warnings]))
        rows.append([item.run, item.state, trials, duration(item.eta_s()), doing, projects, told])
    print_rows(["run", "state", "trials", "eta", "now", "project", "reason"], rows, form)


@click.command()
@click.argument("run")
@click.option("--after-trial", is_flag=True, help="Let the current trial end first.")
def stop(run: str, after_trial: bool) -> None:
    """Stop RUN: its id, a part of it, or its project."""
    found = find_run(run)
    request_stop(found, after_trial)
    narrate(f"{found.run} will stop {'after the current trial' if after_trial else 'now'}.")


@click.command()
@click.argument("run")
@click.option("-f", "--follow", is_flag=True, help="Go on as it grows, until the run ends.")
@click.option("-n", "--lines", type=click.IntRange(min=0), help="Only the last so many.")
def logs(run: str, follow: bool, lines: int | None) -> None:
    """What the training process of RUN printed, its progress bars as they ended.

    Colours are kept on a terminal; no other control character of a log reaches one.
    """
    found = find_run(run)
    path = log_path(found)
    follower = RunFollower(found.directory)
    try:
        with open(path, "rb") as stream:
            if lines is not None:
                stream.seek(_last_lines(stream, lines))
            _print_log(stream, lambda: follow and follower.refresh().state == "running")
    except OSError as error:
        raise TuituneError("No log", f"{path}: {describe_os_error(error)}.") from None


def _last_lines(stream: BinaryIO, count: int) -> int:
    """The offset at which the last `count` lines begin; one that has not ended counts too."""
    size = end = stream.seek(0, os.SEEK_END)
    found = 0
    while end and count:
        start = max(0, end - _LOG_PART_BYTES)
        stream.seek(start)
        data = stream.read(end - start)
        position = len(data) - (end == size)  # a line end at the very end begins no line
        while (position := data.rfind(b"\n", 0, position)) >= 0:
            found += 1
            if found == count:
                return start + position + 1
        end = start
    return 0 if count else size


def _print_log(stream: BinaryIO, goes_on: Callable[[], bool]) -> None:
    """Print a log to its end, and while `goes_on` what comes behind it."""
    log, printer = LogText(), LinePrinter()
    decoder = codecs.getincrementaldecoder("utf-8")("replace")  # a character may be written in two parts
    while True:
        more = goes_on()  # looked at before reading, so that the last words are not missed
        while data := stream.read(_LOG_PART_BYTES):
            for line in log.feed(decoder.decode(data)):
                printer.line(line)
        if not more:
            break
        printer.growing(log.rest())
        time.sleep(_FOLLOW_EVERY_S)
    log.feed(decoder.decode(b"", final=True))
    printer.last(log.rest())
