"""Chapter 6: matched twins under one probe, β as a handle, the encoder's place; both measured."""

import streamlit as st

from ui.evidence import evidence, headline
from ui.gaussians import best_response_figure
from ui.page import begin_page, code, deeper, end_page, predict, prose
from ui.prose import section
from ui.rate import rate_figure
from ui.strips import strips_figure
from ui.terrain import terrain_figure
from ui.twins import twins_figure

page = begin_page(6)
reading, asking = st.columns([39, 24], gap="large")
with reading:
    prose(page, "intro")
with asking:
    predict(page, "predict_coverage")

st.header(section(page, "twins_title"))
prose(page, "twins")
twins_figure()

st.header(section(page, "rate_title"))
prose(page, "rate")
rate_figure()
code("One network for every β", "vae_core/rate_family.py", "FilmLayer", "train_family")

st.header(section(page, "encoder_title"))
prose(page, "encoder")
best_response_figure()
code(
    "The decoder nobody can beat", "vae_core/best_response.py", "best_response", "best_loss"
)  # fmt: skip

st.header(section(page, "measures_title"))
prose(page, "measures")
headline()
with deeper(page, "evidence") as is_open:
    if is_open:
        evidence()
code(
    "How both properties are measured",
    "vae_core/regularity.py",
    "precision_and_coverage",
    "continuity_steps",
)
with deeper(page, "walk") as is_open:
    if is_open:
        strips_figure()
with deeper(page, "terrain") as is_open:
    if is_open:
        terrain_figure()

st.header(section(page, "bridge_title"))
prose(page, "bridge")
end_page(6)
