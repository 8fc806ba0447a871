"""A server that several commands share: the first starts it, the last one to leave stops it.

Two lock files do the counting, so that no count can go wrong when a process is killed:

- `users.lock` is held shared by every process that uses the server. The kernel lets go of it
  when the process ends, however it ends.
- `start.lock` is held exclusively while a server is being looked for, started or stopped, so
  two commands starting at once make one server.

A process that leaves tries to hold `users.lock` exclusively: when that succeeds nobody else is
there, and it stops the server. After a SIGKILL the server stays up until the next command
joins it and leaves.
"""

import fcntl
import importlib.util
import os
import secrets
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class ServerFailed(Exception):
    """An embedded server could not be started; the message says why and what to do."""


class SharedServer(ABC):
    """One embedded server with its files below `home`."""

    name = "server"

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.home = home.resolve()
        self.durable = durable
        self.log = self.home / "server.log"
        self._users: IO[str] | None = None
        self._joined_by = 0

    # --- What a kind of server must know ------------------------------------------------------

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server of this very folder is up and answering."""

    @abstractmethod
    def start(self) -> None:
        """Start the server; ServerFailed when it can't be."""

    @abstractmethod
    def stop(self) -> None:
        """Stop the server and wait until it has ended."""

    @abstractmethod
    def url(self) -> str:
        """Its address, with the password that only the owner of the folder can read."""

    # --- Sharing ------------------------------------------------------------------------------

    def join(self) -> None:
        """Use the server, starting it when it isn't running."""
        self.home.mkdir(parents=True, exist_ok=True)
        users = (self.home / "users.lock").open("a")
        with self._alone_at_the_door():
            fcntl.flock(users, fcntl.LOCK_SH)
            self._users, self._joined_by = users, os.getpid()
            if not self.answers():
                self.start()

    def leave(self) -> None:
        """Stop using the server, and stop it when nobody else uses it."""
        # A forked child inherits the registration but not the duty.
        if self._users is None or self._joined_by != os.getpid():
            return
        users, self._users = self._users, None
        with self._alone_at_the_door(), users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            if self.answers():
                self.stop()

    @contextmanager
    def _alone_at_the_door(self) -> Iterator[None]:
        with (self.home / "start.lock").open("a") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            yield

    # --- Helpers for the kinds ----------------------------------------------------------------

    def password(self) -> str:
        """The server's password, made once and readable by the owner only."""
        path = self.home / "password"
        if not path.exists() or not path.read_text():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(18))
        return path.read_text()

    def log_tail(self) -> str:
        """The last lines that the server wrote, for an error message."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
        except OSError:
            return "(no log)"


def folder_of_package(package: str) -> Path:
    """Where a wheel's files are, found without importing it: its own Python layer has side effects."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ServerFailed(
            f"the development package {package} is not installed; run `make run`, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.origin).parent


def free_port() -> int:
    """A TCP port on the loopback address that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program_of(pid: int) -> str:
    """The name of the program that runs as `pid`, or an empty string when there is none."""
    try:
        # "42 (postgres) S 1 ...": a process that has ended but that nobody has buried (Z) isn't running.
        text = Path(f"/proc/{pid}/stat").read_text()
        name, state = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2]
        return "" if state in "ZX" else name
    except (OSError, ValueError):
        pass
    if Path("/proc/self/stat").exists():
        return ""
    answer = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return Path(answer.stdout.strip()).name
