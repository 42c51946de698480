"""Chapter 11: five sentences with their proofs, collapse foreseen, a quiz, what came after."""

import streamlit as st

from ui.collapse import collapse_figure
from ui.page import begin_page, code, end_page, predict, prose
from ui.prose import section
from ui.quiz import quiz
from ui.takeaways import further_reading, takeaways

page = begin_page(11)
reading, asking = st.columns([39, 24], gap="large")
with reading:
    prose(page, "intro")
    takeaways()
with asking:
    predict(page, "predict_survivors")

st.header(section(page, "collapse_title"))
prose(page, "collapse")
st.latex(section(page, "collapse_formula"))
prose(page, "collapse_note")
collapse_figure()
code("What a linear VAE must learn", "vae_core/spectrum.py", "spectrum", "predicted")
code("The linear VAE, trained", "vae_core/linear_vae.py", "train_linear_vae", "expected_loss")

st.header(section(page, "quiz_title"), anchor="quiz")
prose(page, "quiz_intro")
quiz()

st.header(section(page, "since_title"))
prose(page, "since")

st.header(section(page, "reading_title"))
further_reading()
end_page(11)
