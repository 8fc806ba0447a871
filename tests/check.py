"""Everything that `make check` looks at, one line per check, the whole story only of what fails."""

import os
import subprocess
import sys
import time
from pathlib import Path

from config.embedded import join_servers

BASE_DIR = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]

# What a real installation sets. None of it is used: `check --deploy` only reads the settings.
PRODUCTION = {
    "PASSERELLE_ENV": "production",
    "SECRET_KEY": "only-for-this-check-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "ALLOWED_HOSTS": "passerelle.example.org",
    "DATABASE_URL": "postgresql://passerelle:unused@127.0.0.1/passerelle",
    "REDIS_URL": "redis://127.0.0.1/0",
}

Step = tuple[str, list[str], dict[str, str]]


def packages() -> list[str]:
    """The folders that hold our Python code."""
    return sorted(path.parent.name for path in BASE_DIR.glob("*/__init__.py"))


def steps() -> list[Step]:
    """Each check: its name, its command, and the environment on top."""
    test = {"PASSERELLE_ENV": "test"}
    return [
        ("format", [f"{BIN}/ruff", "format", "--check", "--quiet", "."], {}),
        ("lint", [f"{BIN}/ruff", "check", "--quiet", "."], {}),
        ("import rules", [f"{BIN}/lint-imports", "--no-logo"], {}),
        ("types", [f"{BIN}/mypy", "--no-error-summary", *packages()], test),
        ("pending migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"], test),
        ("deployment", [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
        ("API document is valid", [*MANAGE, "spectacular", "--validate", "--fail-on-warn", "--file", os.devnull], test),
        ("API document has not drifted", [*MANAGE, "openapi", "--check"], test),
        (
            "compose file",
            [f"{BIN}/check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
            {},
        ),
        ("pre-commit file", [f"{BIN}/pre-commit", "validate-config"], {}),
    ]


def run(step: Step) -> bool:
    """Run one check and say how it went."""
    name, command, environment = step
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=BASE_DIR,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    verdict = "ok" if done.returncode == 0 else "FAILED"
    print(f"{name:<32} {verdict:<7} {time.monotonic() - started:5.1f} s", flush=True)
    if done.returncode != 0:
        print(done.stdout.rstrip(), flush=True)
    return done.returncode == 0


def main() -> int:
    os.environ |= {"PYTHONWARNINGS": "default", "RUFF_OUTPUT_FORMAT": "concise"}
    join_servers(BASE_DIR / ".data" / "test", durable=False)
    results = [run(step) for step in steps()]
    failed = results.count(False)
    print(f"check: {results.count(True)} ok, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
