"""Clocks and scales for the benchmarks."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Elapsed:
    """Wall-clock and processor seconds of this process; filled in when the block ends."""

    seconds: float = 0.0
    cpu: float = 0.0


@contextmanager
def stopwatch() -> Iterator[Elapsed]:
    """Time a block: `with stopwatch() as t: ...` and then `t.seconds`."""
    elapsed = Elapsed()
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        yield elapsed
    finally:
        elapsed.seconds, elapsed.cpu = time.perf_counter() - wall, time.process_time() - cpu


@dataclass(frozen=True)
class Ran:
    """What a whole process took."""

    seconds: float
    cpu: float
    peak_megabytes: float
    output: str


def process(command: list[str]) -> Ran:
    """Run a command to its end and weigh it: a fresh process has a peak memory of its own.

    CalledProcessError, with what it printed, when it fails.
    """
    started = time.perf_counter()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert child.stdout is not None
    output = child.stdout.read().decode(errors="replace")
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise subprocess.CalledProcessError(child.returncode, command, output)
    peak = usage.ru_maxrss / (1024 * 1024 if os.uname().sysname == "Darwin" else 1024)
    return Ran(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, peak, output)
