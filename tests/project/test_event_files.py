"""TensorBoard event files: the sample's real ones, and every way to damage one."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.samples import DIGITS
from tuitune.project.event_files import Scalar, read_scalars

LOGS = DIGITS / "logs" / "random"
TRIALS = sorted(folder.name for folder in LOGS.iterdir() if folder.is_dir())
SAMPLE = next((LOGS / TRIALS[0] / "execution0" / "validation").glob("*.tfevents.*"))
DATA = SAMPLE.read_bytes()


def framed(event: bytes) -> bytes:
    """`event` as a record of an event file; nobody checks the sums."""
    return struct.pack("<Q", len(event)) + b"\0\0\0\0" + event + b"\0\0\0\0"


def field(number: int, payload: bytes) -> bytes:
    """A length-delimited protobuf field, up to 127 bytes."""
    return bytes([number << 3 | 2, len(payload)]) + payload


def scalars_of(tmp_path: Path, data: bytes) -> list[Scalar]:
    """What is read from a file of these bytes."""
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(data)
    return read_scalars(path)


@pytest.mark.parametrize("trial_id", TRIALS)
def test_the_best_epoch_of_the_event_files_is_the_score(trial_id: str) -> None:
    """The best validation accuracy of each execution, averaged, is what keras-tuner stored as the score."""
    best = []
    for path in LOGS.glob(f"{trial_id}/execution*/validation/*.tfevents.*"):
        best.append(max(value for tag, _, value in read_scalars(path) if tag == "epoch_accuracy"))
    stored = json.loads((DIGITS / "random" / f"trial_{trial_id}" / "trial.json").read_text())
    assert len(best) == 2
    assert sum(best) / len(best) == pytest.approx(stored["score"], rel=1e-6)


def test_steps_count_up_from_zero_without_a_gap() -> None:
    """Every epoch is there once for each tag."""
    scalars = read_scalars(SAMPLE)
    for tag in {"epoch_loss", "epoch_accuracy"}:
        steps = [step for name, step, _ in scalars if name == tag]
        assert steps == list(range(len(steps)))
        assert steps


def test_a_torn_tail_leaves_the_records_before_it(tmp_path: Path) -> None:
    """A file cut anywhere reads as a beginning of the whole one, longer with every record."""
    whole = read_scalars(SAMPLE)
    seen = set()
    for end in range(0, len(DATA) + 1, 7):
        part = scalars_of(tmp_path, DATA[:end])
        assert part == whole[: len(part)]
        seen.add(len(part))
    assert seen >= set(range(len(whole)))


def test_a_foreign_record_in_the_middle_costs_only_itself(tmp_path: Path) -> None:
    """Bytes that are no event are passed over by their length."""
    whole = read_scalars(SAMPLE)
    assert scalars_of(tmp_path, framed(b"\xff\xff\xff garbage") + DATA) == whole
    assert scalars_of(tmp_path, framed(b"\x12" + b"\xff" * 60) + DATA + framed(b"\x0b\x0c")) == whole


def test_a_large_record_is_passed_over(tmp_path: Path) -> None:
    """Graphs and histograms are not looked at."""
    assert scalars_of(tmp_path, framed(b"x" * 100_000) + DATA) == read_scalars(SAMPLE)


def test_a_scalar_of_tensorflow_1_is_read(tmp_path: Path) -> None:
    """Old writers used simple_value."""
    value = field(1, b"loss") + bytes([2 << 3 | 5]) + struct.pack("<f", 0.5)
    event = bytes([2 << 3, 3]) + field(5, field(1, value))
    assert scalars_of(tmp_path, framed(event)) == [Scalar("loss", 3, 0.5)]


@pytest.mark.parametrize(
    ("tensor", "expected"),
    [
        (b"\x08\x01" + field(4, struct.pack("<f", 0.25)), 0.25),
        (b"\x08\x01" + field(5, struct.pack("<f", 0.25)), 0.25),
        (b"\x08\x02" + field(4, struct.pack("<d", 0.1)), 0.1),
        (b"\x08\x02" + field(6, struct.pack("<d", 0.1)), 0.1),
        (b"\x08\x01" + field(4, struct.pack("<2f", 1, 2)), None),
        (b"\x08\x07" + field(8, b"text"), None),
        (b"", None),
    ],
)
def test_a_tensor_is_a_scalar_only_where_it_holds_one_number(
    tmp_path: Path, tensor: bytes, expected: float | None
) -> None:
    """Floats and doubles, packed or as content; vectors and texts are no points of a curve."""
    event = field(5, field(1, field(1, b"t") + field(8, tensor)))
    found = scalars_of(tmp_path, framed(event))
    assert found == ([] if expected is None else [Scalar("t", 0, expected)])


def test_a_tag_that_is_no_utf8_is_passed_over(tmp_path: Path) -> None:
    """A record with broken text costs itself."""
    bad = field(5, field(1, field(1, b"\xff\xfe") + field(8, b"\x08\x01" + field(4, b"\0\0\0\0"))))
    assert scalars_of(tmp_path, framed(bad) + DATA) == read_scalars(SAMPLE)


def test_no_such_file_raises_os_error(tmp_path: Path) -> None:
    """The caller decides what a missing file means."""
    with pytest.raises(FileNotFoundError):
        read_scalars(tmp_path / "none")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_garbage_bytes_yield_a_list(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """A file that is no event file is never an error, also where it is framed like one."""
    path = tmp_path_factory.getbasetemp() / "garbage"
    for content in (data, framed(data), framed(field(5, data[:100])), framed(field(5, field(1, data[:90])))):
        path.write_bytes(content)
        assert all(isinstance(scalar, Scalar) for scalar in read_scalars(path))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(DATA) - 1), st.integers(0, 255))
def test_a_flipped_byte_is_never_an_error(tmp_path_factory: pytest.TempPathFactory, place: int, byte: int) -> None:
    """A damaged event file reads as far as it can be read."""
    path = tmp_path_factory.getbasetemp() / "flipped"
    path.write_bytes(DATA[:place] + bytes([byte]) + DATA[place + 1 :])
    assert isinstance(read_scalars(path), list)
