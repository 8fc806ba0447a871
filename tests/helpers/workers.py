"""Real Celery workers and beats as processes, to be stopped or killed by a test."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.helpers.waiting import wait_for
from tests.plugin import BASE_DIR, PREFIX


class CeleryProcess:
    """One `celery` process on this test process's queue and database; it is ready once it has logged so."""

    ready = ""

    def __init__(self, arguments: list[str], log: Path, environment: dict[str, str] | None = None) -> None:
        self.log = log
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", *arguments],
                cwd=BASE_DIR,
                env=os.environ | {"PYTHONWARNINGS": "default", "LOG_LEVEL": "INFO"} | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A group of its own, so that kill() takes the pool's children along.
                start_new_session=True,
            )

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Return when it does its work."""

        def ready() -> bool:
            if self.process.poll() is not None:
                raise AssertionError(f"celery ended with {self.process.returncode}:\n{self.output()}")
            return self.ready in self.output()

        wait_for(ready, seconds=seconds, what="a Celery process to be ready")

    def output(self) -> str:
        """Everything that it has logged."""
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL it, a worker with its pool, as the kernel does when memory runs out."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    def stop(self, seconds: float = 30) -> None:
        """Let it finish what it is doing and end."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()


class WorkerProcess(CeleryProcess):
    """One `celery worker`."""

    ready = " ready."

    def __init__(
        self, number: int, log: Path, *, concurrency: int = 1, environment: dict[str, str] | None = None
    ) -> None:
        self.name = f"{PREFIX}-{number}"
        arguments = ["-A", "config", "worker", "--loglevel=INFO", f"--concurrency={concurrency}"]
        arguments += [f"--hostname={self.name}@%h", f"--queues={PREFIX}", "--without-gossip", "--without-mingle"]
        super().__init__(arguments, log, environment)

    def kill_child(self) -> None:
        """SIGKILL the process of the pool that does the work; the worker itself lives on and starts another."""
        (child,) = self._children()
        os.kill(child, signal.SIGKILL)

    def _children(self) -> list[int]:
        pid = self.process.pid
        try:
            return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
        except FileNotFoundError:
            found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=True)
            return list(map(int, found.stdout.split()))


class BeatProcess(CeleryProcess):
    """One `celery beat`; a `quick` one does everything every few seconds."""

    ready = "beat: Starting"

    def __init__(self, log: Path, *, quick: bool = True, environment: dict[str, str] | None = None) -> None:
        app = "tests.helpers.quick_beat" if quick else "config"
        super().__init__(["-A", app, "beat", "--loglevel=INFO", "--max-interval=1", "--pidfile="], log, environment)
