"""Files: tolerant JSON, atomic writes, JSON lines of several writers, a lock that another process holds."""

from __future__ import annotations

import json
import math
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuitune import files

HOLD = """
import sys
from pathlib import Path
from tuitune import files
with files.held_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

APPEND = """
import sys
from pathlib import Path
from tuitune import files
for number in range(int(sys.argv[3])):
    files.append_line(Path(sys.argv[1]), {"writer": sys.argv[2], "number": number, "pad": "x" * 200})
"""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b'{"trial_id": "00", "hyperpar', "not whole JSON"),
        (b"not json at all", "not whole JSON"),
        (b"\xff\xfe\x00\x80", "not whole JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[1, 2]", "a JSON list"),
        (b'"text"', "a JSON str"),
        (b"null", "a JSON NoneType"),
    ],
)
def test_content_that_is_no_object_is_named_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    """What is wrong with a file is said in a sentence."""
    path = tmp_path / "oracle.json"
    path.write_bytes(content)
    with pytest.raises(files.UnreadableFile) as caught:
        files.read_object(path)
    assert words in caught.value.problem


def test_a_missing_file_is_unreadable_with_the_systems_words(tmp_path: Path) -> None:
    """No such file is one more reason that a file cannot be used."""
    with pytest.raises(files.UnreadableFile, match="no such file"):
        files.read_object(tmp_path / "none.json")
    assert files.read_object_if_there(tmp_path / "none.json") is None


def test_a_directory_in_the_place_of_a_file_is_unreadable(tmp_path: Path) -> None:
    """A directory called like the file is refused like a broken file."""
    with pytest.raises(files.UnreadableFile, match="directory"):
        files.read_object(tmp_path)


def test_nan_and_infinity_tokens_are_read(tmp_path: Path) -> None:
    """keras-tuner writes the bare tokens, so they are numbers and no error."""
    path = tmp_path / "a.json"
    path.write_text('{"a": NaN, "b": Infinity, "c": -Infinity}')
    content = files.read_object(path)
    assert math.isnan(content["a"])
    assert (content["b"], content["c"]) == (math.inf, -math.inf)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_are_an_object_or_unreadable(data: bytes) -> None:
    """Nothing but UnreadableFile leaves the parser."""
    try:
        value = files.parse_object(data)
    except files.UnreadableFile:
        return
    assert isinstance(value, dict)


def test_a_large_file_is_read_whole(tmp_path: Path) -> None:
    """Reading goes on over many small reads."""
    path = tmp_path / "large"
    data = bytes(range(256)) * 2_000
    path.write_bytes(data)
    assert files.read_bytes(path) == data


# -------------------------------------------------------------------------------------------------- atomic writes


def test_an_atomic_write_replaces_the_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """The new content is there, and no temporary file is."""
    path = tmp_path / "notes.json"
    files.write_atomic(path, {"a": 1})
    files.write_atomic(path, {"a": math.nan})
    assert math.isnan(files.read_object(path)["a"])
    assert [entry.name for entry in tmp_path.iterdir()] == ["notes.json"]


def test_an_open_reader_keeps_the_old_file_while_it_is_replaced(tmp_path: Path) -> None:
    """A reader in the middle sees the old file whole, never a mixture."""
    path = tmp_path / "notes.json"
    files.write_atomic(path, {"text": "old" * 1000})
    with open(path, "rb") as stream:
        start = stream.read(10)
        files.write_atomic(path, {"text": "new" * 1000})
        assert json.loads(start + stream.read())["text"] == "old" * 1000
    assert files.read_object(path)["text"] == "new" * 1000


def test_a_value_that_is_no_json_leaves_the_old_file(tmp_path: Path) -> None:
    """A mistake in the value costs nothing that was there."""
    path = tmp_path / "notes.json"
    files.write_atomic(path, {"a": 1})
    with pytest.raises(TypeError):
        files.write_atomic(path, {"a": object()})
    assert files.read_object(path) == {"a": 1}
    assert len(list(tmp_path.iterdir())) == 1


def test_a_write_that_fails_at_the_end_removes_its_temporary_file(tmp_path: Path) -> None:
    """Where the target cannot be replaced, only the error is left."""
    target = tmp_path / "notes.json"
    target.mkdir()
    with pytest.raises(OSError, match="directory"):
        files.write_atomic(target, {"a": 1})
    assert [entry.name for entry in tmp_path.iterdir()] == ["notes.json"]


# ----------------------------------------------------------------------------------------------------- JSON lines


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_files_keep_the_users_umask(tmp_path: Path, mask: int, mode: int) -> None:
    """What is written whole and what is appended to: nobody reads it whom the user shuts out."""
    old = os.umask(mask)
    try:
        files.write_atomic(tmp_path / "whole.json", {"a": 1})
        files.append_line(tmp_path / "lines.jsonl", {"a": 1})
    finally:
        os.umask(old)
    assert [stat.S_IMODE(path.stat().st_mode) for path in sorted(tmp_path.iterdir())] == [mode, mode]


def test_a_torn_tail_is_left_for_the_next_call(tmp_path: Path) -> None:
    """A line without its newline is read when it is whole, and only once."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"n": 1}\n{"n": 2')
    records, offset = files.read_lines(path)
    assert (records, offset) == ([{"n": 1}], 9)
    with open(path, "ab") as stream:
        stream.write(b'2}\n{"n": 3}\n')
    records, offset = files.read_lines(path, offset)
    assert records == [{"n": 22}, {"n": 3}]
    assert files.read_lines(path, offset) == ([], offset)


def test_broken_and_foreign_lines_are_skipped(tmp_path: Path) -> None:
    """A line that is no JSON object costs only itself."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"n": 1}\nbroken\n[1]\n\n\xff\xff\n' + b"[" * 20_000 + b'\n{"n": NaN}\n')
    records, offset = files.read_lines(path)
    assert records[0] == {"n": 1}
    assert math.isnan(records[1]["n"])
    assert len(records) == 2
    assert offset == path.stat().st_size


def test_no_such_file_reads_as_nothing(tmp_path: Path) -> None:
    """A log that does not exist yet is empty, and the offset stays."""
    assert files.read_lines(tmp_path / "none.jsonl", 7) == ([], 7)


def test_appending_closes_a_tail_torn_by_a_kill(tmp_path: Path) -> None:
    """The torn line is lost, the next one is not."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"n": 1}\n{"n": ')
    files.append_line(path, {"n": 3})
    assert files.read_lines(path)[0] == [{"n": 1}, {"n": 3}]


def test_lines_of_several_processes_never_mix(tmp_path: Path) -> None:
    """Three writers at once leave every line of theirs whole and in its own order."""
    path = tmp_path / "events.jsonl"
    writers = [subprocess.Popen([sys.executable, "-c", APPEND, str(path), name, "150"]) for name in ("a", "b", "c")]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    records, _ = files.read_lines(path)
    assert len(records) == path.read_bytes().count(b"\n") == 450
    for name in ("a", "b", "c"):
        assert [record["number"] for record in records if record["writer"] == name] == list(range(150))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.text(max_size=8), st.one_of(st.none(), st.integers(), st.text(max_size=20))), max_size=8
    )
)
def test_what_is_appended_is_read_back_in_pieces(records: list[dict[str, object]]) -> None:
    """However the reading is cut, every record comes once and in order."""
    data = b"".join((json.dumps(record) + "\n").encode() for record in records)
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "e.jsonl"
        got: list[dict[str, object]] = []
        offset = 0
        for end in sorted({*range(0, len(data), 13), len(data)}):
            path.write_bytes(data[:end])
            new, offset = files.read_lines(path, offset)
            got += new
    assert got == records


# ------------------------------------------------------------------------------------------------------- the lock


def test_a_lock_is_held_exactly_while_another_process_lives(tmp_path: Path) -> None:
    """The lock is seen from outside, refuses a second holder, and ends with its process even when killed."""
    path = tmp_path / "lock"
    assert not files.is_held(path)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert files.is_held(path)
        with pytest.raises(BlockingIOError), files.held_lock(path, patience_s=0.05):
            pass
        holder.kill()
    assert not files.is_held(path)
    with files.held_lock(path):
        pass


def test_a_lock_waits_for_somebody_who_only_looked(tmp_path: Path) -> None:
    """A holder that leaves within the patience does not cost the lock."""
    path = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.stdin.close()
        with files.held_lock(path, patience_s=30):
            assert files.is_held(path)


def test_what_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """With both sizes; a file that grows while it is read is refused, too."""
    path = tmp_path / "spec.json"
    with open(path, "wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(OSError, match="holds 1048576 MiB; the limit is 512 MiB"):
        files.read_bytes(path)
    with pytest.raises(files.UnreadableFile, match="the limit is 16 MiB"):
        files.read_object(path, files.MOST_NOTE_BYTES)
