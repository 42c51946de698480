"""Chapter 5: encode a cloud, not a point; train a network in front of the reader."""

import streamlit as st

from ui.page import begin_page, caption, code, end_page, predict, prose, try_this
from ui.prose import section
from ui.runs import training_panel
from ui.settings import controls, settings, show_picture

page = begin_page(5)
reading, asking = st.columns([39, 24], gap="large")
with reading:
    prose(page, "intro")
with asking:
    predict(page, "predict_sigma")

st.header(section(page, "train_title"))
now, _ = settings()
with st.container(key="pictures", horizontal=True, gap="small", vertical_alignment="center"):
    st.markdown(f":gray[{section(page, 'pictures_title')}]", width="content")
    for name, model, beta in (
        ("ae", "ae", 1.0),
        ("beta0", "vae", 0.0),
        ("beta1", "vae", 1.0),
        ("beta30", "vae", 30.0),
    ):
        shown = (now["dataset"], now["model"], now["seed"]) == ("digits", model, 0)
        shown = shown and (model == "ae" or now["beta"] == beta)
        label = section(page, f"picture_{name}")
        st.button(
            f"**{label}**" if shown else label, key=f"picture_{name}", type="tertiary",
            on_click=show_picture, args=(model, beta),
        )  # fmt: skip
with st.container(key="controls"):
    config = controls()
with st.container(key="figure_train"):
    if config is not None:
        training_panel(config)
caption(page, "map")
caption(page, "train")
try_this(page, "try_train")

st.header(section(page, "loss_title"))
prose(page, "loss")
st.latex(section(page, "loss_formula"))
prose(page, "loss_note")
code(
    "The loss that was minimised",
    "vae_core/objectives.py",
    "Terms",
    "negative_log_likelihood",
    "kl_to_prior",
)
code("The training loop that ran", "vae_core/training.py", "train")
end_page(5)
