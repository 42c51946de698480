"""What a figure reads in its link: nonsense is as if nothing were said, sense is not."""

from collections.abc import Callable
from typing import Any

import pytest

from ui import (
    clouds,
    components,
    drawing,
    gaps,
    gaussians,
    loop,
    number_line,
    recode,
    strips,
    terrain,
    twins,
)

Read = Callable[[], Any]
FIGURES: dict[str, tuple[Read, str, list[str]]] = {  # what reads, a good link, bad ones
    "line": (
        clouds._linked_line, "angle=17&shape=arc&tight=60",
        ["angle=nan", "angle=400&keep=both", "tight=-3&shape=ring", "keep=arc"],
    ),
    "pca": (
        clouds._linked_pca, "set=parabola&own=33",
        ["points=abc", "points=zzzz", "set=no&own=500", "points=\0"],
    ),
    "pixels": (
        components._linked_pixels, "kept=1,2",
        ["kept=64", "kept=1,1", "kept=a", "kept=-1", "kept=1e400", "kept=,"],
    ),
    "components": (
        lambda: components._several("components", 64), "components=9&components_row=4",
        ["components=65", "components=-1", "components=x&components_row=9e9"],
    ),
    "floor": (
        lambda: components._several("floor", components.FLOOR_MOST), "floor=9&floor_row=4",
        ["floor=64", "floor=-1", "floor=x&floor_row=9e9"],
    ),
    "rotation": (
        components._linked_rotation, "rotation=20&rotation_with=3",
        ["rotation=91", "rotation=nan&rotation_with=7", "rotation_with=x"],
    ),
    "loop": (
        loop._linked, "loop=4,0.2,17,4,3,1",
        ["loop=1,2", "loop=0,0.1,99999,0,22,0", "loop=0,5,1,0,22,0", "loop=x",
         "loop=0,nan,1,0,0,0"],
    ),
    "recode": (
        recode._linked, "m=1,0.5,0.6,0.3&digit=17",
        ["m=nan,0,0,1", "m=1,2", "m=1e9,0,0,1&bend=7", "digit=99999", "bend=x&probe=1"],
    ),
    "race": (
        recode._linked_race, "race_data=digits&race_k=4",
        ["race_data=cats", "race_k=9", "race_data=cloud2&race_k=4", "race_block=x"],
    ),
    "number line": (
        number_line._linked, "line_n=20&line_t=7.5",
        ["line_n=1", "line_n=2", "line_n=99", "line_t=1e400",
         "line_n=x&line_t=nan&line_seed=-1&line_digits=1e9"],
    ),
    "drawing": (
        drawing._linked, "draws=5,124&draw=box&draw_z=1.5,2",
        ["draws=0,24", "draws=1,7", "draws=1,2000", "draws=x", "draw=wild", "draw_z=nan,1",
         "draw_z=1", "draw_z=1e9,0"],
    ),
    "gaps": (
        gaps._linked, "gap=1168,1231&gap_at=0.7",
        ["gap=1", "gap=7,1500", "gap=-1,2", "gap_at=nan", "gap_at=-1", "gap_z=1e9,0"],
    ),
    "strips": (
        strips._linked, "pair=7,785&at=0.3",
        ["pair=1", "pair=7,1500", "pair=-1,2&at=2", "at=nan", "at=-0.1"],
    ),
    "one Gaussian": (
        gaussians._linked_kl, "q=-0.4,2.1,1.7,0.06&way=pq",
        ["q=nan,0,1,1", "q=1,2", "q=0,0,0,1", "q=9,0,1,1&way=no"],
    ),
    "three Gaussians": (
        gaussians._linked_response, "images=2",
        ["abc=1,2,3", "abc=0,0,0,0,0,0,0,0,0,0,0,0", "abc=x&images=7"],
    ),
    "twins": (
        twins.linked_probe, "u=0.8,-0.5&picked=7",
        ["u=nan,1", "u=1e9,0", "picked=1500", "picked=-1&u=a,b", "picked=1.5"],
    ),
    "terrain": (
        terrain._linked, "terrain=beta01.trip.less&terrain_z=1,2",
        ["terrain=ae.forces", "terrain=gan.step", "terrain=beta1.heat", "terrain=", "terrain=..",
         "terrain=beta1", "terrain_z=nan,inf", "terrain_z=1", "terrain_image=1500",
         "terrain_image=-1"],
    ),
}  # fmt: skip
BAD = [(name, query) for name, (_, _, queries) in FIGURES.items() for query in queries]


@pytest.fixture
def read(monkeypatch):
    """What a figure makes of a link, in a session of its own."""

    def opened(name: str, query: str) -> Any:
        texts = dict(part.split("=", 1) for part in query.split("&") if part)
        monkeypatch.setattr("streamlit.query_params", texts, raising=False)
        monkeypatch.setattr("streamlit.session_state", {}, raising=False)
        return FIGURES[name][0]()

    return opened


@pytest.mark.parametrize("name", FIGURES)
def test_a_good_link_says_something(read, name):
    assert read(name, FIGURES[name][1]) != read(name, "")


@pytest.mark.parametrize(("name", "query"), BAD)
def test_a_link_that_makes_no_sense_is_the_bare_link(read, name, query):
    assert read(name, query) == read(name, "")
