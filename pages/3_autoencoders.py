"""Chapter 3: a linear network finds PCA's plane, not its axes; a deep one goes below its floor."""

import streamlit as st

from ui.components import floor_figure
from ui.loop import loop_figure
from ui.page import begin_page, code, deeper, end_page, predict, prose
from ui.prose import section
from ui.recode import race_figure, recode_figure

page = begin_page(3)
reading, asking = st.columns([39, 24], gap="large")
with reading:
    prose(page, "intro")
with asking:
    predict(page, "predict_seeds")

st.header(section(page, "recode_title"))
prose(page, "recode")
st.latex(section(page, "recode_formula"))
recode_figure()
code("What the loss is asked", "ui/widgets/recode/recoding.js", "errorOfRecoding", "wayBack")
prose(page, "recode_note")

st.header(section(page, "race_title"))
prose(page, "race")
race_figure()
code("The network that raced", "ui/widgets/shared/linear.js", "LinearAutoencoder", "largestAngle")
code("A step of Adam", "ui/widgets/shared/adam.js", "adamStep")
with deeper(page, "loop") as is_open:
    if is_open:
        loop_figure()
code("One round, as it ran", "ui/widgets/loop/round.js", "onePass", "oneRound")

st.header(section(page, "deep_title"))
prose(page, "deep")
floor_figure()
code("The deep network in the page", "ui/widgets/shared/network.js", "Network")

st.header(section(page, "bridge_title"))
prose(page, "bridge")
end_page(3)
