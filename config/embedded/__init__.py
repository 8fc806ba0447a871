"""Real PostgreSQL and Valkey servers for a laptop: no Docker, no root, nothing to install.

When DATABASE_URL or REDIS_URL is missing (and this is not production) a command starts the
server that it lacks from a wheel, with its files in `.data/`, or joins the one that another
command has running. The last command to leave stops it. See shared.py for how that survives
killed processes, and docs/operator.md for what an operator does with it.
"""

import atexit
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from .shared import ServerFailed, SharedServer

__all__ = ["ServerFailed", "SharedServer", "data_dir", "join_servers", "provide_servers"]

BASE_DIR = Path(__file__).resolve().parent.parent.parent

# Commands that never speak to a server: starting one for them would only cost time.
OFFLINE_COMMANDS = {"", "help", "--help", "-h", "version", "--version", "makemessages", "compilemessages"}


def data_dir() -> Path:
    """Where the embedded servers keep their files (PASSERELLE_DATA_DIR, `.data` by default)."""
    return Path(os.environ.get("PASSERELLE_DATA_DIR") or BASE_DIR / ".data").resolve()


def provide_servers(argv: Sequence[str]) -> None:
    """Give this process a database and a broker, starting or joining embedded ones where an address is missing.

    In production nothing is started and nothing of this package's wheels is imported: the
    settings then ask for DATABASE_URL and REDIS_URL by name.
    """
    if os.environ.get("PASSERELLE_ENV") == "production":
        return
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return
    if (argv[1] if len(argv) > 1 else "") in OFFLINE_COMMANDS:
        os.environ.setdefault("DATABASE_URL", "postgresql://127.0.0.1/passerelle")
        os.environ.setdefault("REDIS_URL", "redis://127.0.0.1/0")
        return
    try:
        join_servers(data_dir())
    except ServerFailed as error:
        sys.exit(f"passerelle: {error}")


def join_servers(home: Path, *, durable: bool = True) -> list[SharedServer]:
    """Start or join the servers that the environment has no address for, and export their addresses.

    They are left, and stopped when nobody else uses them, as this process ends. `durable=False`
    trades safety against power failures for speed, for data that a test makes and drops.
    """
    # Imported here: the wheels behind them are development dependencies.
    servers: list[tuple[str, SharedServer]] = []
    if not os.environ.get("DATABASE_URL"):
        from .postgres import PostgresServer

        servers.append(("DATABASE_URL", PostgresServer(home / "postgres", durable=durable)))
    if not os.environ.get("REDIS_URL"):
        from .valkey import ValkeyServer

        servers.append(("REDIS_URL", ValkeyServer(home / "valkey", durable=durable)))
    _end_orderly_on_sigterm()
    for name, server in servers:
        atexit.register(server.leave)
        server.join()
        os.environ[name] = server.url()
    return [server for _, server in servers]


def _end_orderly_on_sigterm() -> None:
    """Let SIGTERM end the process by way of its exit handlers, unless someone already handles it."""
    try:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    except ValueError:  # not the main thread: whoever runs the main thread decides
        pass
