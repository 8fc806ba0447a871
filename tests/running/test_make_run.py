"""`make run` for real: everything starts, answers, and ends without leaving a process behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.embedded.shared import free_port
from tests.helpers.waiting import wait_for
from tests.plugin import BASE_DIR


class Run:
    """One `python -m config.dev run`, with data of its own."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port, self.log = home, port, home.with_suffix(".log")
        dropped = {"DATABASE_URL", "REDIS_URL", "CELERY_QUEUE", "CACHE_PREFIX"}
        clean = {name: value for name, value in os.environ.items() if name not in dropped}
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.dev", "run", str(port)],
                cwd=BASE_DIR,
                env=clean | {"PASSERELLE_DATA_DIR": str(home), "PASSERELLE_ENV": "development", "PASSERELLE_DEMO": "0"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def output(self) -> str:
        return self.log.read_text()

    def wait_until_open(self) -> None:
        def opened() -> bool:
            assert self.process.poll() is None, self.output()
            return f"open http://localhost:{self.port}/" in self.output()

        wait_for(opened, seconds=120, what="the product to open")

    def left_behind(self) -> list[str]:
        """Command lines of processes that still use this run's data or port."""
        marks = (str(self.home), f"--port {self.port}")
        found = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
        return [line for line in found if any(mark in line for mark in marks)]

    def pids_of(self, *words: str) -> list[int]:
        """The runner's children whose command line holds all of `words`."""
        found = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=True
        ).stdout
        return [int(line.split()[0]) for line in found.splitlines() if all(word in line for word in words)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data that outlives a run, as on a real machine: only the first one makes a database."""
    return tmp_path_factory.mktemp("run") / "data"


@pytest.fixture
def run(home: Path) -> Iterator[Callable[[], Run]]:
    runs: list[Run] = []

    def start() -> Run:
        runs.append(Run(home, free_port()))
        return runs[-1]

    yield start
    for one in runs:
        if one.process.poll() is None:
            one.process.terminate()
            one.process.wait(60)


@pytest.mark.slow
@pytest.mark.xdist_group("make run")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_everything_starts_and_ends_with_one_signal(run: Callable[[], Run], ending: signal.Signals) -> None:
    one = run()
    one.wait_until_open()
    with urllib.request.urlopen(f"http://localhost:{one.port}/accounts/login/") as page:
        assert page.status == 200
    assert all(one.pids_of("celery", word) for word in ("worker", "beat"))
    os.killpg(one.process.pid, ending)
    assert one.process.wait(60) == 0
    assert one.output().rstrip().endswith("passerelle: stopped.")
    assert "Traceback" not in one.output()
    wait_for(lambda: not one.left_behind(), seconds=10, what="every process to be gone")


@pytest.mark.slow
@pytest.mark.xdist_group("make run")
def test_a_process_that_dies_is_named_and_takes_the_others_along(run: Callable[[], Run]) -> None:
    one = run()
    one.wait_until_open()
    os.kill(one.pids_of("celery", "worker")[0], signal.SIGKILL)
    assert one.process.wait(60) == 1
    assert "worker ended by itself with signal SIGKILL" in one.output()
    wait_for(lambda: not one.left_behind(), seconds=10, what="every process to be gone")


def test_a_taken_port_is_said_in_one_line_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        started = time.monotonic()
        done = subprocess.run(
            ["make", "--silent", "run", f"PORT={port}", f"PYTHON={sys.executable}"],
            cwd=BASE_DIR,
            env=os.environ | {"PASSERELLE_DATA_DIR": str(tmp_path / "data")},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == f"Port {port} is taken. Choose another: make run PORT={port + 1}"
    assert not (tmp_path / "data").exists()
    assert time.monotonic() - started < 10


def test_the_recipes_are_listed() -> None:
    listed = subprocess.run(["make", "--silent"], cwd=BASE_DIR, capture_output=True, text=True, check=True).stdout
    for recipe in ("run", "test", "check", "bench", "fmt", "lock"):
        assert f"make {recipe} " in listed
