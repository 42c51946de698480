"""Chapter 10: the lab: every knob, several runs, the reader's own data, take it away."""

import streamlit as st

from ui.lab import lab
from ui.page import begin_page, code, end_page, predict, prose, try_this
from ui.prose import section
from ui.units import units_figure

page = begin_page(10)
reading, asking = st.columns([39, 24], gap="large")
with reading:
    prose(page, "intro")
with asking:
    predict("units", "predict_units")

st.header(section(page, "bench_title"), anchor="bench")
lab()
try_this(page, "try_bench")
code("The network that was trained", "vae_core/networks.py", "Autoencoder")
code("What a run is", "vae_core/config.py", "RunConfig")

st.header(section(page, "units_title"))
prose(page, "units")
units_figure()
code("What the linear theory compares with β", "ui/units.py", "eigenvalues")
code("What one number of a code does", "ui/widgets/units/walk.js", "walkAlong")
end_page(10)
