"""Scalars from TensorBoard event files, read without TensorBoard, TensorFlow or protobuf.

Format: records of `uint64 length, uint32 crc, data, uint32 crc`, each data an Event message. Read here are
only the fields that scalars need (tensorboard/compat/proto: event, summary, tensor).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tuitune import files

_HEADER = struct.Struct("<Q")
_MOST_SCALARS = 1_000_000
_LARGEST_SCALAR_RECORD = 4096  # graphs and histograms are larger, and are passed over

_DT_FLOAT, _DT_DOUBLE = 1, 2


class Scalar(NamedTuple):
    """One point of a scalar summary."""

    tag: str
    step: int
    value: float


def read_scalars(path: Path) -> list[Scalar]:
    """The scalars in the event file at `path`, in the order written; a torn tail is left out.

    A file that is no event file yields nothing, and none more than its first million points. Raises OSError.
    """
    scalars: list[Scalar] = []
    handle = os.open(path, files.READ_FLAGS)
    with open(handle, "rb") as stream:
        size = os.fstat(handle).st_size
        for record in _records(stream, size):
            try:
                scalars += _scalars_of_event(record)
            except (IndexError, struct.error, UnicodeDecodeError):
                continue  # a foreign record: the next one starts where the length says
            if len(scalars) > _MOST_SCALARS:
                break
    return scalars


def _records(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """The records that can hold a scalar, one after the other; graphs and pictures between them are not read."""
    position = 0
    while len(header := stream.read(12)) == 12:
        (length,) = _HEADER.unpack_from(header)
        position += 12 + length + 4
        if position > size:
            return
        if length <= _LARGEST_SCALAR_RECORD:
            yield stream.read(length + 4)[:length]
        else:
            stream.seek(position)


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field number and raw value of each field in a protobuf message."""
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, position = _varint(data, position)
            yield number, value
            continue
        if wire == 2:
            size, position = _varint(data, position)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise IndexError("unknown wire type")
        if position + size > len(data):
            raise IndexError("field runs over the end")
        yield number, data[position : position + size]
        position += size


def _varint(data: bytes, position: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
        shift += 7
        if shift > 63:
            raise IndexError("varint too long")


def _scalars_of_event(event: bytes) -> list[Scalar]:
    step = 0
    summaries: list[bytes] = []
    for number, value in _fields(event):
        if number == 2 and isinstance(value, int):
            step = value
        elif number == 5 and isinstance(value, bytes):
            summaries.append(value)
    scalars = []
    for summary in summaries:
        for number, entry in _fields(summary):
            if number == 1 and isinstance(entry, bytes) and (found := _tag_and_value(entry)):
                scalars.append(Scalar(found[0], step, found[1]))
    return scalars


def _tag_and_value(entry: bytes) -> tuple[str, float] | None:
    """A Summary.Value: tag 1, simple_value 2 (TensorFlow 1), tensor 8 (TensorFlow 2)."""
    tag, scalar = "", None
    for number, value in _fields(entry):
        if not isinstance(value, bytes):
            continue
        if number == 1:
            tag = value.decode()
        elif number == 2 and len(value) == 4:
            scalar = struct.unpack("<f", value)[0]
        elif number == 8:
            scalar = _tensor_scalar(value)
    return None if scalar is None else (tag, float(scalar))


def _tensor_scalar(tensor: bytes) -> float | None:
    """The one number in a TensorProto: dtype 1, tensor_content 4, float_val 5, double_val 6."""
    kind, content, floats, doubles = 0, b"", b"", b""
    for number, value in _fields(tensor):
        if number == 1 and isinstance(value, int):
            kind = value
        elif isinstance(value, bytes):
            if number == 4:
                content = value
            elif number == 5:
                floats = value
            elif number == 6:
                doubles = value
    if kind == _DT_FLOAT and len(floats or content) == 4:
        return float(struct.unpack("<f", floats or content)[0])
    if kind == _DT_DOUBLE and len(doubles or content) == 8:
        return float(struct.unpack("<d", doubles or content)[0])
    return None
