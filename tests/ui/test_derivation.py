"""The derivation as a stepper: its words, its link."""

import re

import pytest
import streamlit as st

from ui import derivation
from ui.derivation import LINES
from ui.page import ROOT
from ui.prose import words

FOLDER = ROOT / "ui" / "widgets" / "derivation"


def source(*names: str) -> str:
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)


def test_every_word_the_figure_asks_for_is_in_the_content():
    script = source("derivation.js")
    asked = set(re.findall(r"words\.(\w+)", script)) | {"next", "back", "all"}
    asked |= set(re.findall(r'word: "(\w+)"', script))
    assert len(asked) > 10
    assert asked == set(words("derivation", "derivation_words"))


def test_every_line_has_its_reason_and_every_term_its_sentence():
    script = source("lines.js")
    lines = re.findall(r"\{ ask: .*\}", script)
    assert len(lines) == LINES
    assert list(words("derivation", "why")) == [str(number) for number in range(1, LINES + 1)]
    used = set(re.findall(r'\[-?1, "(\w+)"\]', script))
    assert used == set(re.findall(r"^  (\w+): \{ symbol:", script, re.MULTILINE))
    assert used == set(words("derivation", "terms"))


@pytest.mark.parametrize("text", ["", "0", "8", "-1", "1.5", "nan", "a", "1,2"])
def test_nonsense_in_a_link_is_the_first_line(monkeypatch, text):
    monkeypatch.setattr(st, "query_params", {"line": text})
    assert derivation._linked() == 1


def test_a_link_is_read_as_it_was_written(monkeypatch):
    monkeypatch.setattr(st, "query_params", {"line": "5"})
    assert derivation._linked() == 5
