"""The prose files: sections by id, questions with one right answer, every section used."""

import re

import pytest

from ui.page import ROOT, chapters
from ui.prose import CONTENT, prediction, section


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
    for path in CONTENT.glob("[0-9h]*.md"):
        page = ROOT / "pages" / f"{path.stem}.py"
        text = sources + (page.read_text() if page.exists() else "")
        for name in re.findall(r"^## (\w+)", path.read_text(), re.M):
            stem = name.rpartition("_")[0]
            shown = re.search(rf"\b{name}\b", text) or (stem and f"{stem}_{{" in text)
            assert shown, f"{path.name}: section {name} is never shown"
