"""Presses keys and writes, as a person does."""

from __future__ import annotations

from textual import events
from textual.keys import _character_to_key

from tests.ui.screen import AnyPilot, settle
from tuitune.ui.views.registry import entry_named


def send(pilot: AnyPilot, key: str) -> None:
    """Put one key into the app's queue: a character, or a name as bindings write it."""
    char = key if len(key) == 1 else {"slash": "/", "equals_sign": "=", "question_mark": "?", "space": " "}.get(key)
    pilot.app.post_message(events.Key(key if len(key) > 1 or key.isalnum() else _character_to_key(key), char))


def key_of(view: str) -> str:
    """The key that brings the view of that name to the front."""
    return entry_named(view).key


async def press(pilot: AnyPilot, *keys: str) -> None:
    """Press keys one after the other, each when the app has done what the one before asks for."""
    for key in keys:
        send(pilot, key)
        await settle(pilot)


async def write(pilot: AnyPilot, text: str) -> None:
    """Type `text` into the field that has the focus, as fast as a paste."""
    for char in text:
        send(pilot, char)
    await settle(pilot)


async def repeat(pilot: AnyPilot, key: str, times: int) -> None:
    """Press one key many times in the same widget."""
    for _ in range(times):
        send(pilot, key)
    await settle(pilot)
