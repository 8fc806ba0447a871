"""Everything that a person reads exists in French and in Dutch."""

import re

import pytest

from config.dev import messages

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}")


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_no_text_lacks_its_translation(language):
    assert messages.missing(language) == [], f"run `make messages`, then translate these into {language}"


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_translations_keep_the_places_of_numbers_and_names(language):
    wrong = []
    for message in messages.read(language):
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[-1]
        translations = [message.string] if isinstance(message.string, str) else message.string
        # A singular may spell its number out; the last form holds every placeholder.
        if sorted(PLACEHOLDER.findall(translations[-1])) != sorted(PLACEHOLDER.findall(source)):
            wrong.append(source)
    assert not wrong


def test_a_new_text_is_noticed(tmp_path, monkeypatch):
    """The collector reads templates and Python, plurals and contexts; without that the test above proves nothing."""
    (tmp_path / "web" / "templates").mkdir(parents=True)
    (tmp_path / "web" / "templates" / "page.html").write_text(
        '{% load i18n %}<p class="x">{% translate "New here" context "a page" %}</p>\n'
        "  {% blocktranslate count n=n %}One {{ n }}{% plural %}Many {{ n }}{% endblocktranslate %}"
    )
    (tmp_path / "web" / "views.py").write_text('from x import gettext as _\n\ndef f():\n    return _("From Python")\n')
    monkeypatch.setattr(messages, "BASE_DIR", tmp_path)
    found = {(message.id, message.context) for message in messages.collect() if message.id}
    assert found == {("New here", "a page"), (("One %(n)s", "Many %(n)s"), None), ("From Python", None)}
