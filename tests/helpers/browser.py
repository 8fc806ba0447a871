"""Find a Chromium for the browser tests, or get one.

    python -m tests.helpers.browser    # prints its path; installs one when the machine has none

The order: PASSERELLE_BROWSER, what the machine has, Playwright's own download, and as root the
machine's package manager.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
MAC_APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> str | None:
    """The path of a Chromium that is already here, or nothing."""
    candidates = [os.environ.get("PASSERELLE_BROWSER"), *map(shutil.which, NAMES), *MAC_APPS, _playwrights_own()]
    return next((path for path in candidates if path and Path(path).exists()), None)


def find_or_install() -> str | None:
    """The path of a Chromium, installed now when there was none; nothing when every way failed."""
    found = find()
    if found:
        return found
    _say("no Chromium here: trying Playwright's download")
    _try([sys.executable, "-m", "playwright", "install", "--with-deps" if _root() else "", "chromium"])
    if not find() and _root() and shutil.which("apt-get"):
        _say("trying the package manager")
        _try(["apt-get", "update", "-qq"])
        _try(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
    return find()


def _playwrights_own() -> str | None:
    script = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def _root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _try(command: list[str]) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(
            [word for word in command if word],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            timeout=600,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        _say(str(error))


def _say(text: str) -> None:
    print(f"browser: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    path = find_or_install()
    if path is None:
        sys.exit("browser: no Chromium could be installed; set PASSERELLE_BROWSER to the path of one.")
    print(path)
