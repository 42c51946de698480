"""Chapter 4: a low error says nothing about the space between the codes, nor where to draw."""

import streamlit as st

from ui.depth import depth_figure
from ui.drawing import drawing_figure
from ui.gaps import gaps_figure
from ui.number_line import number_line_figure
from ui.page import begin_page, code, deeper, end_page, predict, prose
from ui.prose import section
from ui.seeds import seeds_figure

page = begin_page(4)
reading, asking = st.columns([39, 24], gap="large")
with reading:
    prose(page, "intro")
with asking:
    predict(page, "predict_coverage")

st.header(section(page, "line_title"))
prose(page, "line")
number_line_figure()
code("One step of training", "ui/widgets/number_line/training.js", "learn")
code("Two decoders", "ui/widgets/number_line/lesson.js", "hatDecoder", "waveDecoder")

st.header(section(page, "need_title"))
prose(page, "need")
with deeper(page, "depth") as is_open:
    if is_open:
        depth_figure()
code("Which neighbours survive", "vae_core/neighbourhoods.py", "kept_neighbourhoods")
with deeper(page, "seeds") as is_open:
    if is_open:
        seeds_figure()
code("The network trained from five seeds", "vae_core/networks.py", "Autoencoder")

st.header(section(page, "draw_title"))
prose(page, "draw")
drawing_figure()
code("Three ways to draw a code", "ui/widgets/drawing/ways.js", "drawCode")
with deeper(page, "gaps") as is_open:
    if is_open:
        gaps_figure()
code("A way through the codes", "ui/widgets/gap_walk/way.js", "Way", "toNearestCode")

st.header(section(page, "bridge_title"))
prose(page, "bridge")
end_page(4)
