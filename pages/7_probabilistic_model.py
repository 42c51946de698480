"""Chapter 7: images come from codes; the way back is Bayes, by hand and by brute force."""

import streamlit as st

from ui.bayes import bayes_figure
from ui.counter import counter_figure
from ui.pad import draw_pad_figure
from ui.page import begin_page, code, end_page, predict, prose
from ui.posterior import posterior_figure
from ui.process import process_figure
from ui.prose import section

page = begin_page(7)
reading, asking = st.columns([39, 24], gap="large")
with reading:
    prose(page, "intro")
with asking:
    predict(page, "predict_c")

st.header(section(page, "bayes_title"))
prose(page, "bayes")
st.latex(section(page, "bayes_formula"))
bayes_figure()
code("Bayes where f is affine", "ui/widgets/bayes/closed_form.js", "closedForm", "logNormal")
code("Bayes by brute force", "ui/widgets/bayes/on_a_grid.js", "bayesOnGrid", "bayesFineEnough")
prose(page, "bayes_note")

st.header(section(page, "process_title"))
prose(page, "process")
process_figure()
code(
    "The two draws and their densities",
    "ui/widgets/process/pair.js",
    "drawFrom",
    "sampleAround",
    "logDensities",
)

st.header(section(page, "posterior_title"))
prose(page, "posterior")
draw_pad_figure("digits")
posterior_figure()
code("Bayes on a grid, in the page", "ui/widgets/shared/posterior.js", "PosteriorGrid")
code("The same in torch, which checks it", "vae_core/posterior.py", "log_joint", "posterior_on")

st.header(section(page, "counter_title"))
prose(page, "counter")
counter_figure()

st.header(section(page, "bridge_title"))
prose(page, "bridge")
end_page(7)
