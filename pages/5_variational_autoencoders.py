"""Chapter 5: encode a cloud, not a point: draw a digit, sample its cloud, train the network."""

import streamlit as st

from ui.gaussians import gaussian_kl_figure
from ui.pad import draw_pad_figure
from ui.page import begin_page, caption, code, end_page, predict, prose, try_this
from ui.prose import section
from ui.runs import training_panel
from ui.settings import controls, pictures

page = begin_page(5)
reading, asking = st.columns([39, 24], gap="large")
with reading:
    prose(page, "intro")
with asking:
    predict(page, "predict_sigma")

st.header(section(page, "draw_title"), anchor="map")
pictures(page)
with st.container(key="bench"):
    pad = st.container(key="bench_pad")
    figure = st.container(key="figure_train")
    with st.container(key="controls"):
        config = controls()
    if config is not None:
        with pad:
            draw_pad_figure(config.dataset)
        with figure:
            training_panel(config)
caption(page, "map")
try_this(page, "try_cloud")

st.header(section(page, "why_title"))
prose(page, "why")

st.header(section(page, "train_title"))
prose(page, "train_prose")
caption(page, "train")
try_this(page, "try_train")
code("The training loop that ran", "vae_core/training.py", "train")

st.header(section(page, "loss_title"))
prose(page, "loss")
st.latex(section(page, "loss_formula"))
gaussian_kl_figure()
prose(page, "loss_note")
code(
    "The loss that was minimised",
    "vae_core/objectives.py",
    "Terms",
    "negative_log_likelihood",
    "kl_to_prior",
)

st.header(section(page, "bridge_title"))
prose(page, "bridge")
caption("cloud", "bridge")
end_page(5)
