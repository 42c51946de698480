"""The prose files: sections by id, questions with one right answer, every section used."""

import re

import pytest

from ui.lab_settings import DEFAULTS as SETTINGS
from ui.pad import EVERY, WORDS
from ui.page import ROOT, chapters
from ui.prose import CONTENT, prediction, section
from ui.shipped import manifest


def test_a_missing_section_is_named_with_what_there_is():
    with pytest.raises(KeyError, match=r"home\.md has no section 'nothing', only about, "):
        section("home", "nothing")


def test_every_chapter_has_a_name_a_claim_and_a_gesture():
    assert chapters()
    for chapter in chapters():
        assert (ROOT / "pages" / f"{chapter.page}.py").is_file()
        for words in (chapter.name, chapter.claim, chapter.gesture):
            assert words
            assert "\n" not in words


def test_every_question_has_one_right_answer_and_two_kinds_of_feedback():
    questions = [
        (path.stem, name)
        for path in CONTENT.glob("*.md")
        for name in re.findall(r"^## (predict_\w+)", path.read_text(), re.M)
    ]
    assert questions
    for page, name in questions:
        question = prediction(page, name)
        assert question.right in question.answers
        assert len(set(question.answers)) >= 3
        assert question.yes.startswith("**Yes.**")
        assert question.no.startswith("**Not quite.**")
        assert "[" not in question.question


def test_no_section_is_written_for_nobody():
    sources = "\n".join(path.read_text() for path in [*ROOT.glob("ui/*.py"), ROOT / "app.py"])
    made = {  # names that are put together from lists
        "pad": {f"{dataset}_{word}" for dataset in EVERY for word in (*WORDS, "limit")},
        "lab_settings": {*SETTINGS, *(f"{key}_label" for key in SETTINGS)},
        "pictures": {re.sub(r"\W", "_", model) for model in manifest()},
    }
    for path in CONTENT.glob("*.md"):
        if path.stem == "references":
            continue
        own = [page for page in ROOT.glob("pages/*.py") if page.stem == path.stem]
        shared = [] if path.stem == "home" or own else ROOT.glob("pages/*.py")
        text = "\n".join([sources, *(page.read_text() for page in [*own, *shared])])
        for name in re.findall(r"^## (\w+)", path.read_text(), re.M):
            stems = [name[: cut.start()] for cut in re.finditer("_", name)]
            shown = re.search(rf"\b{name}\b", text) or any(f"{s}_{{" in text for s in stems)
            assert shown or name in made.get(path.stem, ()), (
                f"{path.name}: section {name} is never shown"
            )
