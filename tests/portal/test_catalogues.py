"""Everything the portal says, it says in Thai."""

import gettext

import pytest

from portal import catalogues

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def test_every_message_has_a_thai_translation():
    missing = catalogues.missing("th")

    assert [f"{places[0]}: {key[1]}" for key, (_plural, places) in missing.items()] == []


def test_translations_keep_the_places_of_the_message():
    catalogue = catalogues.merged("th")
    wrong = []

    for (context, singular), (plural, _places) in catalogues.spoken().items():
        entry = catalogue.get(singular, context)
        if entry is None:
            continue
        for text in [entry.string] if isinstance(entry.string, str) else entry.string:
            if catalogues.places_in(text) not in [
                catalogues.places_in(source) for source in (singular, plural) if source
            ]:
                wrong.append((singular, text))

    assert wrong == []


def test_messages_are_found_in_python_and_in_templates():
    said = catalogues.spoken()

    assert (None, "Skip to the main content") in said
    assert (None, "Enter %(field)s") in said
    assert said[None, "Please mend %(n)s thing"][0] == "Please mend %(n)s things"


def test_compiled_catalogue_is_what_gettext_reads(tmp_path, monkeypatch):
    folder = tmp_path / "th" / "fragments"
    folder.mkdir(parents=True)
    (folder / "one.po").write_text(HEADER + 'msgid "Save"\nmsgstr "บันทึก"\n')
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path)

    path, count = catalogues.compile_language("th")

    assert count == 1
    with path.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Save") == "บันทึก"


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ('msgid "Save"\nmsgstr "เก็บ"\n', "is 'บันทึก' in one.po and 'เก็บ' in two.po"),
        ('#, fuzzy\nmsgid "Send"\nmsgstr "ส่ง"\n', "is fuzzy"),
    ],
)
def test_contradicting_and_fuzzy_translations_are_refused(tmp_path, monkeypatch, second, reason):
    folder = tmp_path / "th" / "fragments"
    folder.mkdir(parents=True)
    (folder / "one.po").write_text(HEADER + 'msgid "Save"\nmsgstr "บันทึก"\n')
    (folder / "two.po").write_text(HEADER + second)
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path)

    with pytest.raises(catalogues.Conflict, match=reason):
        catalogues.compile_language("th")
