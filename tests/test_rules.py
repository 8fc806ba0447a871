"""The table of rules names tests that exist, and nothing waits in the broker for a later moment."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings

from config.celery import app

BASE_DIR = Path(settings.BASE_DIR)
APPS = ["accounts", "adoption", "coaching", "config", "core", "pilots", "practitioners", "web"]
TABLE = (BASE_DIR / "docs" / "rules.md").read_text()
LATER = {"eta", "countdown"}


def test_every_test_that_the_table_names_exists() -> None:
    found = {
        (path.name, name)
        for path in (BASE_DIR / "tests").rglob("test_*.py")
        for name in re.findall(r"^ *def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    named = {(Path(file).name, name) for file, name in re.findall(r"`([\w/]+\.py)::(test_\w+)`", TABLE)}
    assert len(named) > 30
    assert named - found == set()


@pytest.mark.parametrize("rule", range(1, 16))
def test_each_of_the_fifteen_rules_is_guarded(rule: int) -> None:
    rows = [line for line in TABLE.splitlines() if line.startswith(f"| {rule} ")]
    assert rows and all("::test_" in row for row in rows)


def test_nothing_is_scheduled_for_a_later_moment_in_the_broker() -> None:
    """Redis delivers a task again whose moment lies beyond the visibility timeout."""
    wrong = []
    for name in APPS:
        for path in (BASE_DIR / name).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call):
                    continue
                later = LATER & {keyword.arg for keyword in node.keywords}
                retried = isinstance(node.func, ast.Attribute) and node.func.attr == "retry"
                if later or retried:
                    wrong.append(f"{path.relative_to(BASE_DIR)}:{node.lineno}")
    assert wrong == []


def test_beat_triggers_only_tasks_that_exist_and_find_their_work_themselves() -> None:
    app.loader.import_default_modules()
    for name, entry in app.conf.beat_schedule.items():
        assert entry["task"] in app.tasks, name
        assert not entry.get("args") and not entry.get("kwargs"), f"{name} would plan what was due when beat sent it"
