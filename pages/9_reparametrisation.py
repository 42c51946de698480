"""Chapter 9: the whole network with its numbers, and the gradient's way through a draw."""

import streamlit as st

from ui.cut import cut_figure
from ui.estimators import estimators_figure
from ui.networks import networks_figure
from ui.pad import draw_pad_figure
from ui.page import begin_page, code, end_page, predict, prose
from ui.prose import section

page = begin_page(9)
reading, asking = st.columns([39, 24], gap="large")
with reading:
    prose(page, "intro")
    st.latex(section(page, "trick_formula"))
    prose(page, "trick")
with asking:
    predict(page, "predict_sigma")

st.header(section(page, "cut_title"))
prose(page, "cut")
cut_figure()
code("Where the path is cut", "vae_core/training.py", "seen_by_the_draw")

st.header(section(page, "networks_title"))
prose(page, "networks")
draw_pad_figure("digits")
networks_figure()
code("There and back", "ui/widgets/networks/passes.js", "forwardPass", "backwardPass")

st.header(section(page, "estimators_title"))
prose(page, "estimators")
estimators_figure()
code("Two estimators", "ui/widgets/estimators/gradients.js", "scoreFunction", "pathwise")

st.header(section(page, "bridge_title"))
prose(page, "bridge")
end_page(9)
