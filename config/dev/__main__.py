"""The development runner: `python -m config.dev prepare`, `run [PORT]` and `messages`."""

import os
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from config.dev import catalogues, frontend, messages, port
from config.dev.supervisor import Supervisor
from config.embedded import BASE_DIR, ServerFailed, data_dir, join_servers

READY_SECONDS = 90


def say(text: str) -> None:
    print(f"passerelle: {text}", flush=True)


def prepare() -> None:
    """Build what isn't kept in the repository: the front end and the compiled translations."""
    (BASE_DIR / "staticfiles").mkdir(exist_ok=True)
    started = time.monotonic()
    if frontend.build():
        say(f"front end built ({time.monotonic() - started:.0f} s)")
    catalogues.compile_changed()


def run(listen_on: int) -> int:
    """Everything: servers, migrations, demo, web, worker, beat; until Ctrl-C."""
    host = os.environ.get("HOST", "127.0.0.1")
    problem = port.complaint(host, listen_on)
    if problem:
        sys.exit(problem)
    os.chdir(BASE_DIR)
    os.environ.setdefault("PASSERELLE_ENV", "development")
    supervisor = Supervisor(say, os.environ)
    supervisor.handle_signals()
    prepare()
    servers = join_servers(data_dir())
    supervisor.environment = dict(os.environ)
    # A demo of another size: make run DEMO=20000; none: make run DEMO=0
    size = os.environ.get("PASSERELLE_DEMO") or "1447"
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder) / "logins"
        code = supervisor.call([sys.executable, "-m", "config.dev.fill", size, str(note)])
        logins = note.read_text().rstrip() if note.exists() else ""
    if supervisor.signalled_at or code != 0:
        return 0 if supervisor.signalled_at else code
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "config"]
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(listen_on)]
    granian += ["--workers", "1", "--blocking-threads", "4", "--no-access-log", "--log-level", "warning"]
    # Starting workers as root is what containers do; Celery's warning would be the first thing to read.
    supervisor.environment["PYTHONWARNINGS"] = "ignore:You're running the worker with superuser"
    supervisor.start("web", [*granian, "config.wsgi:application"])
    supervisor.start("worker", [*celery, "worker", "--without-gossip", "--without-mingle"])
    supervisor.start("beat", [*celery, "beat", "--pidfile="])
    code = _serve(supervisor, logins, f"http://{'localhost' if host in {'127.0.0.1', '0.0.0.0'} else host}:{listen_on}")
    for server in servers:
        server.leave()
    say("stopped.")
    return code


def _serve(supervisor: Supervisor, logins: str, address: str) -> int:
    started = time.monotonic()
    ready: set[str] = set()
    announced = False

    def on_line(name: str, line: str) -> None:
        if name == "worker" and " ready." in line:
            ready.add("worker")

    def poll() -> None:
        nonlocal announced
        if announced:
            return
        if "web" not in ready and _answers(f"{address}/readyz"):
            ready.add("web")
        if ready >= {"web", "worker"}:
            announced = True
            print(f"\n{logins}\n" if logins else "", flush=True)
            say(f"open {address}/   (Ctrl-C ends everything)")
        elif time.monotonic() - started > READY_SECONDS:
            announced = True
            say(f"still not ready after {READY_SECONDS} s; see the lines above and {address}/readyz")

    return supervisor.run(on_line=on_line, poll=poll)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def main() -> int:
    what = sys.argv[1] if len(sys.argv) > 1 else "run"
    try:
        if what == "prepare":
            prepare()
            return 0
        if what == "messages":
            messages.update()
            return 0
        if what == "run":
            return run(int(sys.argv[2]) if len(sys.argv) > 2 else int(os.environ.get("PORT") or 8000))
    except (ServerFailed, frontend.BuildFailed) as error:
        sys.exit(f"passerelle: {error}")
    sys.exit("usage: python -m config.dev prepare | run [PORT] | messages")


if __name__ == "__main__":
    sys.exit(main())
