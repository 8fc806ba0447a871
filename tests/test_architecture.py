"""The rules of the house that import-linter can't say."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

BASE_DIR = Path(__file__).resolve().parent.parent
APPS = ["accounts", "adoption", "coaching", "core", "infosessions", "pilots", "practitioners", "web"]
MAX_LINES = 400
# What one app may use of another; the rest is its own business. `core` is a kernel: all of it is for use.
OPEN_PARTS = {"models", "selectors", "services", "enums", "errors"}


def _files(*suffixes: str) -> Iterator[Path]:
    for folder in [*APPS, "config", "tests"]:
        for path in (BASE_DIR / folder).rglob("*"):
            ours = not {"node_modules", "migrations", "dist", "__pycache__"} & set(path.parts)
            if path.suffix in suffixes and ours:
                yield path


def _short(path: Path) -> str:
    return path.relative_to(BASE_DIR).as_posix()


def _imports(path: Path) -> Iterator[tuple[str, int]]:
    tree = ast.parse(path.read_text())
    for_types_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in for_types_only:
            continue
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            if "." in node.module:
                yield node.module, node.lineno
            else:
                yield from ((f"{node.module}.{name.name}", node.lineno) for name in node.names)


def test_no_file_is_longer_than_anyone_can_read() -> None:
    lengths = {_short(path): path.read_text().count("\n") for path in _files(".py", ".html", ".js", ".css")}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


@pytest.mark.parametrize("app", APPS)
def test_an_app_uses_only_the_open_parts_of_another(app: str) -> None:
    wrong = []
    for path in (BASE_DIR / app).rglob("*.py"):
        if "migrations" in path.parts or path.name == "apps.py":
            continue
        for module, line in _imports(path):
            other, _, rest = module.partition(".")
            if other not in APPS or other in {app, "core"} or rest.split(".")[0] in OPEN_PARTS:
                continue
            # One resource embeds another in the same shape that it has by itself.
            if not ("api" in path.parts and rest.startswith("api.serializers")):
                wrong.append(f"{_short(path)}:{line} imports {module}")
    assert wrong == []


def test_core_knows_no_app_and_no_domain_word() -> None:
    wrong = [
        f"{_short(path)}:{line} imports {module}"
        for path in (BASE_DIR / "core").rglob("*.py")
        for module, line in _imports(path)
        if module.split(".")[0] in {*APPS, "config"} - {"core"}
    ]
    assert wrong == []


def test_nothing_imports_the_settings_module_itself() -> None:
    wrong = [
        f"{_short(path)}:{line}"
        for path in _files(".py")
        for module, line in _imports(path)
        if module.startswith("config.settings")
    ]
    assert wrong == []


def test_import_linter_knows_every_app() -> None:
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())
    listed = set(project["tool"]["importlinter"]["root_packages"])
    assert listed == {path.parent.name for path in BASE_DIR.glob("*/__init__.py")} - {"tests"}


INLINE = {
    "a script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
    "a script in an attribute": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "an address elsewhere": re.compile(r"(?:src|href)=\"(?:https?:)?//", re.IGNORECASE),
}


def test_templates_hold_nothing_that_the_content_policy_blocks() -> None:
    wrong = [
        f"{_short(path)} has {what}"
        for path in _files(".html")
        for what, pattern in INLINE.items()
        if "mail" not in path.parts and pattern.search(path.read_text())
    ]
    assert wrong == []


def test_every_module_says_in_a_sentence_what_it_is_for() -> None:
    silent = []
    for path in _files(".py"):
        if path.stat().st_size < 200 or "tests" in path.parts:
            continue
        first = (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n")[0]
        if len(first.split()) < 3:
            silent.append(_short(path))
    assert silent == []


def test_lock_files_name_no_registry_and_no_machine() -> None:
    for path in [*BASE_DIR.glob("requirements*.lock"), BASE_DIR / "web" / "frontend" / "package-lock.json"]:
        text = path.read_text()
        assert "resolved" not in text
        assert "--index-url" not in text
        if path.suffix == ".lock":
            assert not re.search(r"https?://|file://", text)
