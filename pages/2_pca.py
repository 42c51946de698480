"""Chapter 2: drag the points and see PCA follow; how many components a digit needs."""

import streamlit as st

from ui.clouds import pca_figure
from ui.components import components_figure, independence_figure
from ui.orbit import orbit_figure
from ui.page import begin_page, code, deeper, end_page, predict, prose
from ui.prose import section

page = begin_page(2)
reading, asking = st.columns([39, 24], gap="large")
with reading:
    prose(page, "intro")
with asking:
    predict(page, "predict_left")

st.header(section(page, "drag_title"))
prose(page, "drag")
pca_figure()
code("One number per point, and back", "ui/widgets/pca/model.js", "analyse", "project")
code("The axes that followed", "ui/widgets/shared/algebra.js", "principalAxes", "covarianceOf")

st.header(section(page, "matrices_title"))
prose(page, "matrices")
st.latex(section(page, "matrices_formula"))
prose(page, "matrices_note")

st.header(section(page, "components_title"))
prose(page, "components")
components_figure()
code("Components of digits", "ui/widgets/shared/components.js", "Components")

st.header(section(page, "independence_title"))
prose(page, "independence")
independence_figure()
code("Mutual information", "ui/widgets/rotation/mutual.js", "mutualInformation")
with deeper(page, "orbit") as is_open:
    if is_open:
        orbit_figure()
code("A plane tilted away from PCA’s", "ui/orbit.py", "principal", "tilted", "error")

st.header(section(page, "bridge_title"))
prose(page, "bridge")
end_page(2)
