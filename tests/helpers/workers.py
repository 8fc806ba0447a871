"""Real Celery workers as processes, to be stopped or killed by a test."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.helpers.waiting import wait_for
from tests.plugin import BASE_DIR, PREFIX


class WorkerProcess:
    """One `celery worker` on this test process's queue and database."""

    def __init__(
        self, number: int, log: Path, *, concurrency: int = 1, environment: dict[str, str] | None = None
    ) -> None:
        self.name = f"{PREFIX}-{number}"
        self.log = log
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--loglevel=INFO"]
        command += [f"--concurrency={concurrency}", f"--hostname={self.name}@%h", f"--queues={PREFIX}"]
        command += ["--without-gossip", "--without-mingle"]
        with log.open("w") as output:
            self.process = subprocess.Popen(
                command,
                cwd=BASE_DIR,
                env=os.environ | {"PYTHONWARNINGS": "default", "LOG_LEVEL": "INFO"} | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A group of its own, so that kill() takes the pool's children along.
                start_new_session=True,
            )

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Return when the worker takes tasks."""

        def ready() -> bool:
            if self.process.poll() is not None:
                raise AssertionError(f"the worker ended with {self.process.returncode}:\n{self.output()}")
            return " ready." in self.output()

        wait_for(ready, seconds=seconds, what="a Celery worker to be ready")

    def output(self) -> str:
        """Everything that the worker has logged."""
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL the worker with its pool, as the kernel does when memory runs out."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    def stop(self, seconds: float = 30) -> None:
        """Let the worker finish what it is doing and end."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
