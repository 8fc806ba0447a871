"""Saying how far the filling has come."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Progress:
    """One line per stage: what, how many, how long; on a terminal the line lives while the stage runs."""

    def __init__(self, stream: TextIO = sys.stderr, *, quiet: bool = False) -> None:
        self._stream, self._quiet = stream, quiet
        self._live = stream.isatty() and not quiet
        self._what = ""
        self._shown_at = 0.0

    def say(self, line: str) -> None:
        """Show a line of its own."""
        if not self._quiet:
            self._write(f"{line}\n")

    @contextmanager
    def stage(self, what: str) -> Iterator[None]:
        """Show that a stage begins and, when it ends, how long it took."""
        started = self._shown_at = time.monotonic()
        self._what = what
        if self._live:
            self._write(f"\r\033[K  {what} …")
        yield
        line = f"  {what:<46} {time.monotonic() - started:6.1f} s"
        if not self._quiet:
            self._write(f"\r\033[K{line}\n" if self._live else f"{line}\n")

    def count(self, done: int, whole: int) -> None:
        """Show how much of the running stage is done: always on a terminal, every ten seconds elsewhere."""
        now = time.monotonic()
        if self._quiet or now - self._shown_at < (0.2 if self._live else 10):
            return
        self._shown_at = now
        share = f"{self._what} {done:,} / {whole:,}"
        self._write(f"\r\033[K  {share}" if self._live else f"  {share}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
