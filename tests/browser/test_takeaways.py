"""Chapter 11 in a browser: the quiz by keyboard, its link, and links that open a figure as told."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import beyond, key
from ui.quiz import COUNT, questions

PATH = "/takeaways"
READY = '[data-testid="collapse"]'


def question(page: Page, number: int) -> Locator:
    return page.locator(f".st-key-quiz_question_{number}")


def score(page: Page) -> Locator:
    return page.locator(".st-key-quiz_score")


def at_the_top(page: Page, figure: str) -> None:
    """Wait until the figure stands at the top of the window, under the page's header."""
    page.wait_for_function(
        "name => { const found = document.querySelector(`.st-key-${name}`);"
        " const y = found?.getBoundingClientRect().top; return y > 0 && y < 120; }",
        arg=figure, timeout=40_000,
    )  # fmt: skip


def test_the_quiz_answers_every_key_and_its_link_brings_it_back(open_page):
    page = open_page(PATH, ready=READY)
    expect(score(page)).to_contain_text(f"0 of {COUNT} answered.")
    asked = questions()[1]
    question(page, 2).get_by_role("radio").first.focus()
    key(page, "Space")
    expect(question(page, 2)).to_contain_text(asked.feedback[0])
    expect(page).to_have_url(re.compile(r"[?&]quiz=-a(&|$)"))
    key(page, "ArrowDown")
    expect(question(page, 2)).to_contain_text(asked.feedback[1])
    expect(question(page, 2)).not_to_contain_text(asked.feedback[0])
    expect(page).to_have_url(re.compile(r"[?&]quiz=-b(&|$)"))
    question(page, 10).get_by_text(questions()[9].answers[1], exact=True).click()
    expect(page).to_have_url(re.compile(r"[?&]quiz=-b-------b(&|$)"))
    expect(score(page)).to_contain_text(f"2 of {COUNT} answered.")

    other = open_page(page.url[page.url.index("/", 8) :], ready=READY, width=390, height=844)
    expect(question(other, 2)).to_contain_text(asked.feedback[1])
    expect(question(other, 10)).to_contain_text(questions()[9].feedback[1])
    for width in (360, 390, 768):
        assert beyond(other, width) <= 1, width
    score(other).get_by_role("button", name="Start again").click()
    expect(score(other)).to_contain_text(f"0 of {COUNT} answered.")
    expect(other.locator("input[type=radio]:checked")).to_have_count(0)
    expect(other).not_to_have_url(re.compile("quiz="))


def test_a_sentence_opens_its_figure_in_view_and_in_its_state(open_page):
    page = open_page(PATH, ready=READY)
    page.locator(".st-key-takeaway_1 a").click()
    at_the_top(page, "figure_line")
    expect(page).to_have_url(
        re.compile(r"/dimensionality_reduction\?angle=25&tight=100&shape=arc$")
    )
    assert len(page.context.pages) == 1
    figure = page.locator(".st-key-figure_line")
    expect(figure.get_by_role("radio", name="on an arc")).to_be_checked()
    expect(figure.get_by_text("25.6 %")).to_be_visible()

    page.go_back()
    expect(page.locator(".st-key-takeaway_5 a")).to_be_visible()
    page.locator(".st-key-takeaway_5 a").click()  # far down a long page
    at_the_top(page, "figure_networks")
    figure = page.locator(".st-key-figure_networks")
    expect(figure.get_by_role("radio", name="Backward")).to_be_checked()
    expect(figure.get_by_text("The code z", exact=True)).to_be_visible()
    page.mouse.move(900, 500)
    page.mouse.wheel(0, -600)  # the reader takes over
    page.wait_for_function(
        "() => document.querySelector('.st-key-figure_networks').getBoundingClientRect().top > 400"
    )
