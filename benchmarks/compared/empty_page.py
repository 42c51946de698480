"""What the home page's first paint is compared with: as little as Streamlit can show."""

import streamlit as st

st.title("An empty page")
