"""Pictures of every page, on a phone and at a desk, light and dark: `make screenshots`.

    python -m tests.e2e.screenshots [--address URL] [--only WORD ...] [--into FOLDER]

Without an address it starts the product itself, on the servers and the demonstration network of
`make run`. The pictures land in screenshots/, which is not kept in the repository.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from config.embedded import BASE_DIR, data_dir, join_servers
from tests.helpers import browser

PASSWORD = "passerelle-demo"
SCREENS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1366, "height": 900}}


@dataclass(frozen=True)
class Shot:
    """A page of somebody's: its address, or the address of a page and what to follow there."""

    name: str
    person: str
    address: str
    follow: tuple[str, ...] = ()


SHOTS = [
    Shot("sign-in", "", "/accounts/login/"),
    Shot("forgotten-password", "", "/accounts/password/reset/"),
    Shot("not-found", "coach1", "/nowhere/"),
    Shot("my-day", "coach1", "/"),
    Shot("my-follow-ups", "coach1", "/follow-ups/mine/"),
    Shot("follow-up", "coach1", "/follow-ups/mine/", (".task-does a:last-child",)),
    Shot("card", "coach1", "/", (".task-who a",)),
    Shot("whom-to-log", "coach1", "/visits/new/"),
    Shot("log-visit", "coach1", "/visits/new/", (".pick-row",)),
    Shot("practitioners-coach", "coach1", "/practitioners/"),
    Shot("nobody-found", "coach1", "/practitioners/?q=zzzzzz"),
    Shot("overview-coordinator", "coordinator", "/"),
    Shot("follow-ups", "coordinator", "/follow-ups/"),
    Shot("follow-ups-unassigned", "coordinator", "/follow-ups/?coach=none"),
    Shot("practitioners", "coordinator", "/practitioners/"),
    Shot("practitioners-laggards", "coordinator", "/practitioners/?segment=laggards&sort=-next"),
    Shot("overview-manager", "manager", "/"),
    Shot("network", "manager", "/network/?month=2018-06"),
    Shot("pilots", "manager", "/pilots/"),
    Shot("overview-operator", "operator", "/"),
    Shot("overview-client", "client", "/"),
]


@contextmanager
def product() -> Iterator[str]:
    """The product on a free port, with the demonstration network, until the pictures are taken."""
    os.environ.setdefault("PASSERELLE_ENV", "development")
    servers = join_servers(data_dir())
    for step in (["migrate", "--verbosity=0"], ["demo", "--if-empty"]):
        subprocess.run([sys.executable, "manage.py", *step], cwd=BASE_DIR, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--blocking-threads", "4"]
    web = subprocess.Popen([*command, "--log-level", "warning", "config.wsgi:application"], cwd=BASE_DIR)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address)
        yield address
    finally:
        web.terminate()
        web.wait()
        for server in servers:
            server.leave()


def _wait_for(address: str) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/accounts/login/", timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
        else:
            return
    sys.exit(f"{address} does not answer.")


def sign_in(page: Page, person: str) -> None:
    """As somebody of the demonstration network."""
    page.goto("/accounts/login/")
    page.fill("#id_login", f"{person}@example.org")
    page.fill("#id_password", PASSWORD)
    page.locator("main .btn-primary").click()
    page.wait_for_url("**/")


def take(chromium: Browser, address: str, shots: list[Shot], into: Path) -> None:
    """Every picture, screen by screen and theme by theme."""
    for screen, viewport in SCREENS.items():
        for theme in ("light", "dark"):
            pages: dict[str, Page] = {}
            for shot in shots:
                if shot.person not in pages:
                    context = chromium.new_context(
                        base_url=address, viewport=viewport, color_scheme=theme, reduced_motion="reduce"
                    )
                    pages[shot.person] = context.new_page()
                    if shot.person:
                        sign_in(pages[shot.person], shot.person)
                page = pages[shot.person]
                page.goto(shot.address)
                for link in shot.follow:
                    page.locator(link).first.click()
                    page.wait_for_load_state()
                page.wait_for_load_state("networkidle")
                page.evaluate("document.fonts.ready")
                target = into / f"{shot.name}-{screen}-{theme}.png"
                page.screenshot(path=target)
                if screen == "phone" or shot.name in {"card", "network", "overview-manager"}:
                    page.screenshot(path=target.with_stem(f"{target.stem}-whole"), full_page=True)
            for page in pages.values():
                page.context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Pictures of every page.")
    parser.add_argument("--address", help="a running product with the demonstration network")
    parser.add_argument("--only", nargs="*", default=[], help="words in the names of the pictures to take")
    parser.add_argument("--into", type=Path, default=BASE_DIR / "screenshots")
    options = parser.parse_args()
    shots = [shot for shot in SHOTS if not options.only or any(word in shot.name for word in options.only)]
    path = browser.find()
    if path is None:
        sys.exit("No Chromium here; `python -m tests.helpers.browser` installs one.")
    options.into.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=browser.FLAGS)
        if options.address:
            take(chromium, options.address.rstrip("/"), shots, options.into)
        else:
            with product() as address:
                take(chromium, address, shots, options.into)
        chromium.close()
    print(f"{len(list(options.into.glob('*.png')))} pictures in {options.into}")


if __name__ == "__main__":
    main()
