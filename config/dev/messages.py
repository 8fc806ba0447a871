"""Collect the texts to translate, without gettext's own tools on the machine.

Python sources are read by Babel; templates are first turned by Django itself into the calls that
they stand for. `missing` is what the completeness test reads.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po

from config.embedded import BASE_DIR

APPS = ("accounts", "adoption", "coaching", "config", "core", "infosessions", "pilots", "practitioners", "web")
LANGUAGES = ("fr", "nl")
_PAIR, _CONTEXT, _CONTEXT_PAIR = (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": _PAIR,
    "ngettext_lazy": _PAIR,
    "pgettext": _CONTEXT,
    "pgettext_lazy": _CONTEXT,
    "npgettext": _CONTEXT_PAIR,
    "npgettext_lazy": _CONTEXT_PAIR,
}


def _sources() -> Iterator[Path]:
    for app in APPS:
        for pattern in ("**/*.py", "**/templates/**/*.html", "**/templates/**/*.txt"):
            yield from sorted(
                path
                for path in (BASE_DIR / app).glob(pattern)
                if not {"migrations", "node_modules"} & set(path.relative_to(BASE_DIR).parts)
            )


def _python_text(path: Path) -> str:
    """The file as Python source; a template becomes the gettext calls that it stands for."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    from django.utils.translation.template import templatize

    calls = templatize(text, origin=str(path))
    return "\n".join(line.strip() for line in calls.splitlines())


def collect() -> Catalog:
    """Every text of the product, with the files it stands in."""
    found = Catalog(project="Passerelle", charset="utf-8")
    for path in _sources():
        lines = io.BytesIO(_python_text(path).encode())
        place = path.relative_to(BASE_DIR).as_posix()
        found_here: Any = extract_python(lines, KEYWORDS, ["Translators:"], {})
        for _line, keyword, words, comments in found_here:
            parts = [words] if isinstance(words, str) else list(words)
            if not parts or not parts[0]:
                continue
            context = None
            if "pgettext" in keyword:
                context, parts = parts[0], parts[1:]
            plural = "ngettext" in keyword or "npgettext" in keyword
            wanted = tuple(parts[:2]) if plural else parts[0]
            if wanted and all(wanted if isinstance(wanted, tuple) else [wanted]):
                # The line is left out, so that a moved text changes nothing here.
                where: Any = (place, None)
                found.add(wanted, context=context, locations=[where], auto_comments=comments)
    return found


def catalogue_file(language: str) -> Path:
    """Where a language's translations are kept."""
    return BASE_DIR / "web" / "locale" / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """A language's translations as they stand."""
    with catalogue_file(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def update() -> None:
    """Bring new texts into the catalogues and take the vanished ones out; nothing is guessed."""
    found = collect()
    for language in LANGUAGES:
        target = catalogue_file(language)
        target.parent.mkdir(parents=True, exist_ok=True)
        kept = read(language) if target.exists() else Catalog(locale=language)
        kept.update(found, no_fuzzy_matching=True, update_creation_date=False)
        kept.obsolete.clear()
        kept.header_comment = f"# Passerelle in {kept.locale.english_name}; `make messages` collects the texts."
        kept.project, kept.version, kept.fuzzy = "Passerelle", "1", False
        kept.msgid_bugs_address = kept.last_translator = kept.language_team = ""
        with target.open("wb") as file:
            write_po(file, kept, sort_output=True, omit_header=False, width=110, include_lineno=False)


def missing(language: str) -> list[str]:
    """The texts that a language doesn't have yet, or has only as a guess."""
    kept = read(language)
    return [_label(message) for message in collect() if message.id and not _is_translated(kept, message)]


def _label(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _is_translated(kept: Catalog, message: Message) -> bool:
    there = kept.get(message.id, message.context)
    if there is None or there.fuzzy or not there.string:
        return False
    return all(there.string) if isinstance(there.string, (tuple, list)) else True
