"""Chapter 11: each of the five sentences opens its figure in the state that proves it."""

import json
import re
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch

from ui import clouds, drawing, elbo, networks, twins
from ui.page import ROOT, chapters
from ui.prose import section, words
from ui.quiz import questions, spelled
from ui.shipped import manifest, shipped
from ui.takeaways import COUNT, PAGE, references, takeaway
from vae_core.amortisation import encoder_q
from vae_core.networks import Autoencoder
from vae_core.posterior import Grid, bound, exact_posterior

READS = {  # of each sentence's figure: its container, what reads the link, what it then shows
    1: ("line", clouds._linked_line,
        {"angle": 25, "keep": "line", "tight": 100, "shape": "arc"}),
    2: ("drawing", drawing._linked, {"z": None, "way": "prior", "seed": 1, "count": 1000}),
    3: ("twins", twins.linked_probe, {"u": [1.8, 1.4], "picked": None}),
    4: ("elbo", elbo._linked, {"image": 21, "pad": False, "q": None, "c": 0.1, "full": True}),
    5: ("networks", networks._linked, (1, networks.PARTS.index("z"), 0, True, False)),
}  # fmt: skip


def test_the_page_opens_with_five_sentences_and_a_link_each(open_page):
    at = open_page("pages/11_takeaways.py")
    assert not at.exception
    html = "\n".join(part.proto.body for part in at.get("html"))
    assert re.findall(r'<a href="([^"]+)"', html) == [
        takeaway(number).link.replace("&", "&amp;") for number in range(1, COUNT + 1)
    ]
    assert "target" not in html  # in the same tab


def test_the_score_names_the_chapters_to_revisit(open_page):
    right = [q.right for q in questions()]
    at = open_page("pages/11_takeaways.py", quiz=spelled(tuple(right)))
    shown = "\n".join(text.value for text in at.markdown)
    assert "10 of 10 right." in shown
    assert "Worth another visit" not in shown
    before = Counter(link.proto.page for link in at.get("page_link"))

    wrong = [(place + 1) % 3 if number in (4, 5) else place for number, place in enumerate(right)]
    at = open_page("pages/11_takeaways.py", quiz=spelled(tuple(wrong)))
    shown = "\n".join(text.value for text in at.markdown)
    assert "8 of 10 right." in shown
    assert "Worth another visit" in shown
    again = Counter(link.proto.page for link in at.get("page_link")) - before
    missed = {questions()[number].chapter for number in (4, 5)}
    assert set(again) == {c.page.partition("_")[2] for c in chapters() if c.number in missed}


@pytest.mark.parametrize("number", READS)
def test_a_link_opens_its_figure_in_the_state_that_proves_the_sentence(monkeypatch, number):
    figure, read, state = READS[number]
    link = urlsplit(takeaway(number).link)
    assert not link.netloc
    assert not link.path.startswith("/")  # it must hold under a base address too
    [chapter] = [c for c in chapters() if c.page.partition("_")[2] == link.path]
    assert link.fragment == f"figure_{figure}"
    page = (ROOT / "pages" / f"{chapter.page}.py").read_text()
    assert re.search(rf"\b{figure}_figure\(\)", page)
    texts = {key: value for key, [value] in parse_qs(link.query, strict_parsing=True).items()}
    monkeypatch.setattr("streamlit.query_params", texts)
    monkeypatch.setattr("streamlit.session_state", {})
    assert read() == state


def test_the_best_line_leaves_26_per_cent_of_the_arc():
    arc, _, _ = clouds.arc_cloud()  # tightened to 100 %
    angles = np.deg2rad(np.arange(180))
    away = arc @ np.stack([-np.sin(angles), np.cos(angles)])  # from each line, (n, 180)
    left = (away**2).sum(0) / (arc**2).sum()
    assert left.argmin() == 25
    assert f"{100 * left.min():.0f} % of the spread" in takeaway(1).shows


def test_draws_from_the_prior_leave_many_digits_grey():
    for row in json.loads(drawing.TABLE.read_text())["values"]["prior"]["coverage"]:
        assert row < 0.7
    assert "A thousand draws from N(0, I)" in takeaway(2).shows


def test_with_the_kl_term_more_is_covered_and_steps_are_smaller():
    without = [manifest()[name]["measures"] for name in ("digits-ae", "digits-vae-beta0")]
    within = [manifest()[f"digits-vae-beta{beta}"]["measures"] for beta in ("0.1", "1")]
    assert max(m["coverage"] for m in without) < 0.5 < 0.75 < min(m["coverage"] for m in within)
    assert max(m["step_mean"] for m in within) < 0.9 * min(m["step_mean"] for m in without)


def test_the_encoder_misses_that_image_by_as_many_nats_as_the_link_says():
    model = shipped(elbo.MODEL)
    network = Autoencoder(model.config, 64).load(model.weights).double()
    x = torch.from_numpy(model.data.x_val[21:22].astype(np.float64))
    with torch.no_grad():
        lower = bound(network, x, encoder_q(network, x), model.config)
        evidence = exact_posterior(Grid(network), x, model.config).log_evidence
    assert f"{float(evidence - lower.elbo):.1f} nats between" in takeaway(4).shows


def test_every_work_to_read_is_one_of_the_references_with_a_lasting_address():
    keys = words(PAGE, "reading")
    assert len(keys) >= 12
    for key in keys:
        source = references()[key]
        assert source.address.startswith("http")
        assert source.title
        assert re.search(r"\d{4}$", source.where)[0] == re.search(r"\d{4}$", key)[0]


def test_works_named_in_the_prose_stand_in_the_references():
    text = section(PAGE, "collapse_note") + section(PAGE, "since")
    named = re.findall(r"(\w+) and others, (\d{4})", text)
    assert len(named) == 4
    for name, year in named:
        assert name.lower().replace("í", "i") + year in references()
