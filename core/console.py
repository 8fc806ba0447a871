"""How a command that takes long tells its progress."""

import time
from typing import Any

from django.utils.translation import gettext as _


class ImportProgress:
    """Tells on a stream what an import is doing: on a terminal in one line, elsewhere in few lines."""

    def __init__(self, stream: Any, *, writing: str) -> None:
        self._stream, self._last, self._step = stream, 0.0, ""
        self._writing = writing

    def __call__(self, step: str, share: float | None) -> None:
        """The step that the import is at, and how much of it is done where that is known."""
        moment = time.monotonic()
        if step == self._step and moment - self._last < (0.5 if self._stream.isatty() else 5.0):
            return
        self._step, self._last = step, moment
        text = {
            "waiting": _("Waiting for another import to end"),
            "reading": _("Reading the file"),
            "checking": _("Checking the rows"),
            "writing": self._writing,
        }[step]
        if share is not None:
            text += f" {share:4.0%}"
        if self._stream.isatty():
            self._stream.write(f"\r\033[K{text}", ending="")
        else:
            self._stream.write(text)
        self._stream.flush()

    def end(self) -> None:
        """Leave the line clean."""
        if self._step and self._stream.isatty():
            self._stream.write("\r\033[K", ending="")
