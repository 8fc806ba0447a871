"""The embedded servers are shared, survive killed owners, and end with their last user."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from config.embedded.postgres import PostgresServer
from config.embedded.shared import program_of
from config.embedded.valkey import ValkeyServer
from tests.helpers.waiting import wait_for
from tests.plugin import BASE_DIR

# One folder, used by one test after the other.
pytestmark = pytest.mark.xdist_group("embedded")

NOTE = "create table if not exists notes (text text); insert into notes values ('kept')"
Command = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embedded") / "da ta"


@pytest.fixture
def command(home: Path) -> Command:
    """Start a command of ours that has no server addresses and finds the embedded ones in `home`."""

    def start(script: str, **environment: str) -> "subprocess.Popen[str]":
        clean = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        return subprocess.Popen(
            [sys.executable, "-m", "config.embedded", "--", sys.executable, "-c", script],
            cwd=BASE_DIR,
            env=clean | {"PASSERELLE_DATA_DIR": str(home), "PASSERELLE_ENV": "development"} | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


SQL = "import os, psycopg; c = psycopg.connect(os.environ['DATABASE_URL'], autocommit=True); "
ADDRESS = SQL + "print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'], flush=True); "
UNTIL_TOLD = "import sys; sys.stdin.readline()"


def _postmaster(home: Path) -> int:
    return PostgresServer(home / "postgres")._pid()


def _running(home: Path) -> bool:
    return program_of(_postmaster(home)).startswith("postgres")


def _finish(process: "subprocess.Popen[str]") -> str:
    output, errors = process.communicate("\n", timeout=120)
    assert process.returncode == 0, errors
    return output


def test_two_commands_at_once_share_one_server_and_the_last_one_stops_it(home: Path, command: Command) -> None:
    first, second = command(ADDRESS + UNTIL_TOLD), command(ADDRESS + UNTIL_TOLD)
    assert first.stdout is not None
    assert second.stdout is not None
    assert first.stdout.readline() == second.stdout.readline() != ""
    _finish(first)
    assert _running(home)
    _finish(second)
    assert not _running(home)
    assert not ValkeyServer(home / "valkey").answers()


def test_what_was_committed_is_there_the_next_time(command: Command) -> None:
    _finish(command(SQL + f"c.execute({NOTE!r})"))
    assert _finish(command(SQL + "print(c.execute('select text from notes').fetchone()[0])")) == "kept\n"


def test_a_killed_owner_leaves_a_server_that_the_next_command_joins_and_ends(home: Path, command: Command) -> None:
    owner = command(ADDRESS + UNTIL_TOLD)
    assert owner.stdout is not None
    address = owner.stdout.readline()
    before = _postmaster(home)
    owner.kill()
    owner.communicate()
    assert _running(home)
    assert _finish(command(ADDRESS)) == address
    assert not program_of(before)


def test_a_killed_server_starts_again_with_its_data(home: Path, command: Command) -> None:
    user = command(SQL + f"c.execute({NOTE!r}); print('done', flush=True); " + UNTIL_TOLD)
    assert user.stdout is not None
    user.stdout.readline()
    os.kill(_postmaster(home), signal.SIGKILL)
    wait_for(lambda: not _running(home), what="the killed server to be gone")
    user.communicate("\n")
    assert (home / "postgres" / "data" / "postmaster.pid").exists()
    assert int(_finish(command(SQL + "print(c.execute('select count(*) from notes').fetchone()[0])"))) >= 1


def test_a_process_id_that_another_program_has_by_now_doesnt_stop_the_start(home: Path, command: Command) -> None:
    pid_file = home / "postgres" / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{pid_file.parent}\n1700000000\n5432\n\n127.0.0.1\n\nready\n")
    (home / "valkey" / "server.pid").write_text(str(os.getpid()))
    assert _finish(command(SQL + "print(c.execute('select 1').fetchone()[0])")) == "1\n"


def test_a_server_of_another_folder_on_the_remembered_port_isnt_taken_for_ours(home: Path, tmp_path: Path) -> None:
    other = ValkeyServer(tmp_path / "other")
    other.join()
    try:
        ours = ValkeyServer(home / "valkey")
        ours._write_port(other._port())
        assert not ours.answers()
    finally:
        other.leave()


def test_a_command_that_ends_by_sigterm_stops_its_servers(home: Path, command: Command) -> None:
    process = command(ADDRESS + UNTIL_TOLD)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    wait_for(lambda: not _running(home), what="the server to be stopped")


def test_strangers_on_this_machine_dont_get_in(home: Path, command: Command) -> None:
    process = command(ADDRESS + UNTIL_TOLD)
    assert process.stdout is not None
    port = PostgresServer(home / "postgres")
    process.stdout.readline()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://passerelle:guess@127.0.0.1:{port._port()}/passerelle")
    assert (home / "postgres" / "password").stat().st_mode & 0o077 == 0
    _finish(process)


@pytest.mark.parametrize("word", ["help", "--version"])
def test_commands_that_need_no_server_start_none(word: str, tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    subprocess.run(
        [sys.executable, "manage.py", word],
        cwd=BASE_DIR,
        env=clean | {"PASSERELLE_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        check=True,
    )
    assert not (tmp_path / "data").exists()
