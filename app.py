"""Home: one probe through two maps of the same digits, with and without regularisation."""

import streamlit as st

from ui.home import probe_and_wall
from ui.page import begin_page, caption, chapter_list, prose
from ui.prose import section

page = begin_page(None)
st.html(
    f'<div class="eyebrow">{section(page, "eyebrow")}</div>'
    '<h1 class="title">Between the Points</h1>'
)
with st.container(key="lede"):
    st.markdown(section(page, "lede"))

with st.container(key="figure_twin"):
    draw_wall = probe_and_wall(page)
caption(page, "twin")

st.header(section(page, "wall_title"))
with st.container(key="figure_wall"):
    draw_wall()
caption(page, "wall")

st.header(section(page, "questions_title"))
prose(page, "questions")

st.header(section(page, "chapters_title"))
chapter_list()
st.space("medium")
prose(page, "credit")
