"""Servers of a test's own, which it may restart, kill and empty without disturbing other tests."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import redis
from django.db import connection

from config import env
from config.embedded import postgres, valkey

ADDRESS = ("HOST", "PORT", "NAME", "USER", "PASSWORD")


class OwnValkey:
    """A Valkey that keeps its port over restarts, and nothing else."""

    def __init__(self, home: Path) -> None:
        self._server = valkey.ValkeyServer(home, durable=False)
        self._server.home.mkdir(parents=True)
        self._server.start()
        self.url = self._server.url()
        self._port = urlsplit(self.url).port

    def flush(self) -> None:
        """Lose every message and every cached value."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def stop(self) -> None:
        """End it; what it held is lost."""
        self._server.stop()

    def start(self) -> None:
        """Start it again, empty, where it was."""
        with patch.object(valkey, "free_port", return_value=self._port):
            self._server.start()


class OwnPostgres:
    """A PostgreSQL cluster that holds a copy of this test's database and keeps its port over restarts."""

    def __init__(self, home: Path) -> None:
        self._server = postgres.PostgresServer(home, durable=False)
        self._server.home.mkdir(parents=True)
        home.chmod(0o711)
        self._server.start()
        self.url = self._server.url()
        self._port = urlsplit(self.url).port
        dump = [postgres.PROGRAMS / "pg_dump", "--no-owner", "--no-privileges", os.environ["DATABASE_URL"]]
        load = [postgres.PROGRAMS / "psql", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", self.url]
        with subprocess.Popen(dump, stdout=subprocess.PIPE) as reading:
            subprocess.run(load, stdin=reading.stdout, check=True)
        assert reading.returncode == 0

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """This process, and those that it starts meanwhile, work on this cluster."""
        before = dict(connection.settings_dict)
        address = os.environ["DATABASE_URL"]
        try:
            self._use(env.database(self.url), self.url)
            yield
        finally:
            self._use(before, address)

    def _use(self, values: dict[str, object], url: str) -> None:
        connection.close()
        for key in ADDRESS:
            connection.settings_dict[key] = values[key]
        os.environ["DATABASE_URL"] = url

    def stop(self) -> None:
        """End it orderly; who is connected, this process too, is thrown out."""
        self._server.stop()
        connection.close()

    def start(self) -> None:
        """Start it again where it was."""
        with patch.object(postgres, "free_port", return_value=self._port):
            self._server.start()
