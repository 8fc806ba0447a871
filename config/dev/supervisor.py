"""Run several processes as one: they start together, and when one ends or Ctrl-C comes all end."""

import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from types import FrameType
from typing import IO

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 10


class Supervisor:
    """Start named commands, pass on what they print, and end them all in an orderly way."""

    def __init__(self, say: Callable[[str], None], environment: Mapping[str, str]) -> None:
        self.say = say
        self.environment = dict(environment)
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self.signalled_at: list[float] = []
        self._lines: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._on_line: Callable[[str, str], None] = lambda name, line: None

    def start(self, name: str, command: list[str]) -> None:
        """Start one process; its lines are printed with its name in front."""
        process = subprocess.Popen(
            command,
            env=self.environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # A session of its own: Ctrl-C reaches only us, and we end the others in order.
            start_new_session=True,
            preexec_fn=_end_with_parent(),
        )
        self.processes[name] = process
        assert process.stdout is not None
        threading.Thread(target=self._read, args=(name, process.stdout), daemon=True).start()

    def call(self, command: list[str]) -> int:
        """Run one command to its end, in the foreground; a signal to us ends it too."""
        with subprocess.Popen(
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent(),
        ) as process:
            while process.poll() is None:
                if self.signalled_at:
                    process.terminate()
                try:
                    process.wait(0.2)
                except subprocess.TimeoutExpired:
                    pass
            return process.returncode

    def run(self, *, on_line: Callable[[str, str], None], poll: Callable[[], None]) -> int:
        """Serve until a signal or until a process ends; returns the exit code for the shell."""
        self._on_line = on_line
        try:
            while not self.signalled_at:
                self._drain(0.2)
                for name, process in self.processes.items():
                    if process.poll() is not None:
                        self._drain(0.2)
                        self.say(f"{name} ended by itself with {_meaning(process.returncode)}; stopping the others.")
                        return 1
                poll()
            return 0
        finally:
            self.stop()

    def handle_signals(self) -> None:
        """Let Ctrl-C and SIGTERM end the run; a second Ctrl-C, later, ends it at once."""

        def note(number: int, frame: FrameType | None) -> None:
            self.signalled_at.append(time.monotonic())

        signal.signal(signal.SIGINT, note)
        signal.signal(signal.SIGTERM, note)
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, note)

    @property
    def impatient(self) -> bool:
        """Somebody pressed Ctrl-C again (and it isn't the same press, passed on by make)."""
        return len(self.signalled_at) > 1 and self.signalled_at[-1] - self.signalled_at[0] > 1

    def stop(self) -> None:
        """Ask every process to end, wait, and kill what doesn't."""
        running = [process for process in self.processes.values() if process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        while any(process.poll() is None for process in running):
            self._drain(0.05)
            if time.monotonic() > deadline or self.impatient:
                break
        for process in self.processes.values():
            # The group, in case a process left children behind.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
            process.wait()
        self._drain(0)

    def _read(self, name: str, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put((name, line.rstrip("\n")))

    def _drain(self, seconds: float) -> None:
        """Print what has arrived, waiting up to `seconds` for the first line."""
        try:
            name, line = self._lines.get(timeout=seconds) if seconds else self._lines.get_nowait()
            while True:
                print(f"{name:<6} | {line}", flush=True)
                self._on_line(name, line)
                name, line = self._lines.get_nowait()
        except queue.Empty:
            pass


def _end_with_parent() -> Callable[[], None] | None:
    """On Linux: have the kernel end the child when we are killed without a chance to do it ourselves."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def before_exec() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return before_exec


def _meaning(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
