"""The one exception that a person gets to read: what, where, what to do, and the exit status."""

from __future__ import annotations

from collections.abc import Sequence


class TuituneError(Exception):
    """Something could not be done, and the user can be told why.

    Attributes:
        title: what failed, a few words without a full stop.
        message: one sentence: what is wrong, and where.
        hint: what to do about it, or "".
        exit_code: 1 it could not be done, 2 wrong usage.
        details: lines below the message, the command that would run for one.
    """

    def __init__(
        self, title: str, message: str, hint: str = "", exit_code: int = 1, details: Sequence[str] = ()
    ) -> None:
        super().__init__(message)
        self.title = title
        self.message = message
        self.hint = hint
        self.exit_code = exit_code
        self.details = tuple(details)

    def __str__(self) -> str:
        """A line each; a line break in a name that one of them quotes is shown, and breaks no line."""
        parts = [f"{self.title}: {self.message}", *(f"  {line}" for line in self.details), *filter(None, [self.hint])]
        return "\n".join("␊".join(part.splitlines()) for part in parts)


def describe_os_error(error: OSError | ValueError) -> str:
    """The system's words for `error`, without number and path. (A path with a null byte is a ValueError.)"""
    words = getattr(error, "strerror", None) or str(error)
    return words[:1].lower() + words[1:]


def in_words(error: Exception) -> str:
    """What a person is told of an error: a TuituneError's own sentences, of any other its kind and its text."""
    return str(error) if isinstance(error, TuituneError) else f"{type(error).__name__}: {error}"
