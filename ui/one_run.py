"""One run beside a figure: a button that trains it, how far it is, and what to do when it is done.

A figure has one run at a time, in the session under its own name. Its fragment draws the bar first,
so that a run that has just ended counts in what is said below it, and rests last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from engine import Job, Run, get_engine
from ui.page import plain
from ui.runs import queued, viewer
from vae_core import RunConfig
from vae_core.data import DataError

POLL: Final = 0.5  # seconds


def under_way(name: str) -> bool:
    """Whether the figure's run is on: then its fragment has to run again every POLL seconds."""
    return bool(st.session_state.get(f"{name}_job"))


def bar(
    name: str, label: str, config: RunConfig, about: str, keep: Callable[[RunConfig, Run], None]
) -> None:
    """Offer to train `config`, said as `about`; hand a run that is done to `keep`."""
    running: dict[str, Any] | None = st.session_state.get(f"{name}_job")
    engine = get_engine()  # its workers warm up while the reader still looks
    run = engine.poll(running["id"], viewer()) if running else None
    if running and run is None:  # its recording is gone
        running = st.session_state[f"{name}_job"] = None
    if running and run and run.ended:
        _end(name, running, run, keep)
        running = None
    with st.container(
        key=f"{name}_check", horizontal=True, gap="small", vertical_alignment="center"
    ):
        st.button(label, key=f"{name}_train", on_click=_train, args=(name, config, about),
                  disabled=bool(running), icon=":material/play_arrow:")  # fmt: skip
        if running and run:
            st.button("Stop", key=f"{name}_stop", on_click=_stop, args=(name, running["id"]))
            st.markdown(_progress(running, run))


def rest(name: str, polled: bool) -> None:
    """Say what went wrong, if anything did, and begin or leave off polling; `polled`: it was on."""
    if complaint := st.session_state.get(f"{name}_run_complaint", ""):
        st.markdown(plain(complaint))
    ended = st.session_state.pop(f"{name}_run_ended", False)  # it may have been in the cache
    if ended or under_way(name) != polled:
        st.rerun()  # the whole page: what the run has shown belongs on the figure too


def _train(name: str, config: RunConfig, about: str) -> None:
    st.session_state[f"{name}_run_complaint"] = ""
    try:
        job_id = get_engine().submit(Job(config=config), viewer())
    except (DataError, OSError) as error:
        st.session_state[f"{name}_run_complaint"] = f"The run could not be started: {error}."
        return
    st.session_state[f"{name}_job"] = {"id": job_id, "config": config, "about": about}


def _stop(name: str, job_id: str) -> None:
    get_engine().cancel(job_id, viewer())
    st.session_state[f"{name}_job"] = None


def _progress(running: dict[str, Any], run: Run) -> str:
    if run.state == "queued":
        return queued(run)
    done = run.losses[-1]["epoch"] if run.losses else 0
    return f"training · epoch {done} of {running['config'].epochs} · {running['about']}"


def _end(
    name: str, running: dict[str, Any], run: Run, keep: Callable[[RunConfig, Run], None]
) -> None:
    st.session_state[f"{name}_job"], st.session_state[f"{name}_run_ended"] = None, True
    if run.state == "done":
        keep(running["config"], run)
    else:
        st.session_state[f"{name}_run_complaint"] = run.message
