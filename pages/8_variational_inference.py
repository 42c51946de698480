"""Chapter 8: q against the exact posterior, two bars with one sum, the loss line by line."""

import streamlit as st

from ui.amortisation import amortisation_figure
from ui.amortisation import made as amortisation_made
from ui.derivation import derivation_figure
from ui.elbo import elbo_figure
from ui.lock import lock_figure
from ui.modes import modes_figure
from ui.pad import draw_pad_figure
from ui.page import begin_page, code, deeper, end_page, predict, prose
from ui.prose import section

page = begin_page(8)
reading, asking = st.columns([39, 24], gap="large")
with reading:
    prose(page, "intro")
    st.latex(section(page, "formula"))
with asking:
    predict(page, "predict_elbo")

st.header(section(page, "elbo_title"))
prose(page, "elbo")
elbo_figure()
with deeper(page, "pad") as is_open:
    if is_open:
        draw_pad_figure("digits")
code("The ELBO of q", "ui/widgets/shared/bound.js", "elboOf")
code("A step uphill", "ui/widgets/elbo_gap/fit.js", "elboSlopes", "ascend")
code("The gap, on the grid", "ui/widgets/shared/posterior.js", "gapOnGrid")
prose(page, "elbo_note")

st.header(section(page, "derivation_title"))
prose(page, "derivation")
derivation_figure()

st.header(section(page, "amortisation_title"))
prose(page, "amortisation")
amortisation_figure()
with deeper(page, "amortisation") as is_open:
    if is_open:
        amortisation_made()
code("The best q for one image", "vae_core/amortisation.py", "best_gaussian", "_climb")
with deeper(page, "modes") as is_open:
    if is_open:
        modes_figure()
code(
    "Both directions of KL", "ui/widgets/modes/two_modes.js", "klFromQ", "klFromPosterior"
)  # fmt: skip

st.header(section(page, "lock_title"))
prose(page, "lock")
lock_figure()
code("What each rule raises", "ui/widgets/lock/rules.js", "meanLogLikelihood", "meanLogEvidence")

st.header(section(page, "bridge_title"))
prose(page, "bridge")
end_page(8)
