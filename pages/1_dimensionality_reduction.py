"""Chapter 1: be the encoder: keep one number of two, then k numbers of sixty-four."""

import streamlit as st

from ui.clouds import line_figure
from ui.components import pixels_figure
from ui.page import begin_page, code, end_page, predict, prose
from ui.prose import section

page = begin_page(1)
reading, asking = st.columns([39, 24], gap="large")
with reading:
    prose(page, "intro")
with asking:
    predict(page, "predict_axis")

st.header(section(page, "line_title"))
prose(page, "line")
line_figure()
code("Select or extract", "ui/widgets/line/encoders.js", "selection", "extraction")

st.header(section(page, "goal_title"))
prose(page, "goal")
st.latex(section(page, "goal_formula"))
prose(page, "goal_note")

st.header(section(page, "pixels_title"))
prose(page, "pixels")
pixels_figure()
code("Guessing the other pixels", "ui/widgets/pixels/selection.js", "knowing", "guessFrom")

st.header(section(page, "bridge_title"))
prose(page, "bridge")
end_page(1)
