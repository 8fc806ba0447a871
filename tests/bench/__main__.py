"""Run the benchmarks on a PostgreSQL of their own, set as a small server in production would be.

python -m tests.bench planner --practitioners=100000
"""

import importlib
import os
import shutil
import sys
import time
import traceback
from pathlib import Path

from config.embedded.postgres import PostgresServer
from config.embedded.valkey import ValkeyServer
from tests.bench.report import Report

BASE_DIR = Path(__file__).resolve().parent.parent.parent
HOME = BASE_DIR / ".data" / "bench"
# Durable (fsync on), with the memory that a server of 8 GB would be given.
SERVER_SETTINGS = {
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "track_io_timing": "on",
}


def main(words: list[str]) -> int:
    """Run the modules whose name holds one of `words`, or all; 1 when a limit was passed.

    `--practitioners=N` takes networks of another size than the limits were promised for.
    """
    size = "--practitioners="
    for option in [word for word in words if word.startswith(size)]:
        os.environ["BENCH_PRACTITIONERS"] = str(int(option.removeprefix(size)))
        words = [word for word in words if word != option]
    names = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    names = [name for name in names if not words or any(word in name for word in words)]
    if not names:
        print("bench: nothing to run")
        return 1
    shutil.rmtree(HOME, ignore_errors=True)
    postgres = PostgresServer(HOME / "postgres", extra=SERVER_SETTINGS)
    valkey = ValkeyServer(HOME / "valkey")
    try:
        postgres.join()
        valkey.join()
        os.environ |= {
            "DATABASE_URL": postgres.url(),
            "REDIS_URL": valkey.url(),
            "PASSERELLE_ENV": "development",
            "LOG_LEVEL": "WARNING",
        }
        return _run(names)
    finally:
        postgres.leave()
        valkey.leave()
        shutil.rmtree(HOME, ignore_errors=True)


def _run(names: list[str]) -> int:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    report, broken = Report(), []
    for name in names:
        print(name, flush=True)
        started = time.monotonic()
        try:
            importlib.import_module(f"tests.bench.{name}").run(report)
        except Exception:
            traceback.print_exc()
            broken.append(name)
        connection.close()
        print(f"  ({time.monotonic() - started:.0f} s)", flush=True)
    print("\n" + report.table())
    for name in broken:
        print(f"{name} broke; see above")
    return 0 if report.ok and not broken else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
