"""The training panel: one fragment with the buttons, the status line, the map and the curves.

A run is recorded at full speed elsewhere; `ui.player` says which of its keyframes is on screen.
The fragment runs again twice a second while the film plays and now and then while it is paused:
polling is how the engine knows that somebody watches.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from engine import Job, RecordingError, Run, get_engine
from ui.maps import images_of, on_the_map, show_run, show_shipped
from ui.page import plain
from ui.player import Player, ordinal
from ui.prose import section
from ui.widgets import pack
from ui.widgets.curves import committed, curves
from vae_core import DataError, RunConfig

STARTING, PLAYING, PAUSED = 0.2, 0.5, 5.0  # seconds between two polls


def training_panel(config: RunConfig) -> None:
    """Show the panel for one configuration: its run if there is one, else a shipped model."""
    try:
        job = Job(config=config)
        player = _attach(job)
    except DataError as error:
        st.warning(plain(str(error)))
        return
    tick = _tick(player)
    st.fragment(_panel, run_every=tick)(job, tick)


def _panel(job: Job, tick: float | None) -> None:
    player: Player | None = st.session_state.get("player")
    run: Run | None = st.session_state.get("run")
    if player and not player.stopped:
        run = get_engine().poll(player.job_id, viewer()) or run
        st.session_state["run"] = run
    keyframes = run.keyframes if run else []
    if player:
        player.advance(time.monotonic(), keyframes)
    with st.container(key="run_bar", horizontal=True, gap="small", vertical_alignment="center"):
        _buttons(job, player, run)
        with st.container(key="run_status", gap="small", width="stretch"):
            st.markdown(_status(job, player, run))
            if player and run and run.message and (run.ended or player.stopped):
                st.markdown(plain(run.message))
    if not keyframes and (words := on_the_map(job.config)):
        st.markdown(f":gray[{words}]")
    if complaint := st.session_state.pop("complaint", ""):
        st.warning(plain(complaint))
    try:
        if player and run and keyframes:
            show_run(job.config, run, player.shown(keyframes) or 0)
            _curves(job.config, player, run)
            if run.measures and player.word(run.state, keyframes) == "done":
                _measures(run.measures)
        else:
            show_shipped(job.config)
    except RecordingError as error:
        st.warning(plain(str(error)))
    if _tick(player) != tick:
        st.rerun()  # the whole page, to change how often this fragment runs


def viewer() -> str:
    """Return this session's name, by which the engine knows who watches a run."""
    return str(st.session_state.setdefault("viewer", uuid.uuid4().hex))


def queued(run: Run) -> str:
    """Say where a waiting run stands in the queue."""
    return f"queued ({ordinal(max(get_engine().position(run.id), 1))})"


def _attach(job: Job) -> Player | None:
    """Return this session's player of `job`; join a run that is under way or recorded."""
    player: Player | None = st.session_state.get("player")
    if player and player.job_id == job.id:
        return player
    if player:
        get_engine().cancel(player.job_id, viewer())
    st.session_state["player"] = st.session_state["run"] = None
    if st.session_state.pop("show_shipped", False):
        return None
    run = get_engine().poll(job.id, viewer())
    if run and run.state not in ("failed", "cancelled"):
        st.session_state["run"] = run
        st.session_state["player"] = Player(job.id, recorded=run.ended)
    joined: Player | None = st.session_state["player"]
    return joined


def _train(job: Job) -> None:
    try:
        get_engine().submit(job, viewer())
    except DataError:  # the data went away since the page was drawn; the next draw says so
        return
    except OSError as error:
        st.session_state["complaint"] = f"The run could not be recorded: {error.strerror}."
        return
    run = get_engine().poll(job.id, viewer())
    st.session_state["run"] = run
    st.session_state["player"] = Player(job.id, recorded=bool(run and run.ended))


def _stop(player: Player) -> None:
    player.stopped = True
    get_engine().cancel(player.job_id, viewer())


def _tick(player: Player | None) -> float | None:
    """Return the seconds until the next poll; None when nothing can change by itself."""
    run: Run | None = st.session_state.get("run")
    if player is None or player.stopped or run is None:
        return None
    word = player.word(run.state, run.keyframes)
    if word in ("training", "queued"):
        return PLAYING if run.keyframes else STARTING
    if word == "paused" and not run.ended:
        return PLAYING if player.owed else PAUSED
    return None


def _buttons(job: Job, player: Player | None, run: Run | None) -> None:
    word = player.word(run.state, run.keyframes) if player and run else "ready"
    alive = word in ("training", "paused", "queued")
    st.button(
        "Train", key="train", type="secondary" if alive else "primary",
        on_click=_train, args=(job,), disabled=alive, icon=":material/play_arrow:",
    )  # fmt: skip
    if player is None:
        return
    if word == "paused":
        st.button("Resume", key="resume", on_click=player.resume)
    else:
        st.button("Pause", key="pause", on_click=_pause, args=(player,), disabled=not alive)
    st.button("Step", key="step", on_click=_step, args=(player, run), disabled=not alive)
    st.button("Stop", key="stop", on_click=_stop, args=(player,), disabled=not alive)
    player.full_speed = st.toggle("Full speed", key="full_speed", disabled=not alive)


def _step(player: Player, run: Run | None) -> None:
    player.step(run.keyframes if run else [])  # as they are now: some came after the last poll


def _pause(player: Player) -> None:
    player.playing = False


def _status(job: Job, player: Player | None, run: Run | None) -> str:
    """Return the status line: the player's state, then where it is."""
    if player is None or run is None:
        return "ready"
    keyframes = run.keyframes
    word = player.word(run.state, keyframes)
    if word == "queued":
        return queued(run)
    shown = player.shown(keyframes)
    parts: list[str] = [word, f"epoch {shown or 0} of {job.config.epochs}"]
    if shown is not None:
        losses = run.losses[shown]
        parts.append(f"recon {_nats(losses['recon'])}")
        if losses["kl"] is not None:
            parts.append(f"KL {_nats(losses['kl'])}")
    return " · ".join(parts + ["recorded"] * player.recorded)


def _nats(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


def _curves(config: RunConfig, player: Player, run: Run) -> None:
    keyframes, losses = run.keyframes, run.losses
    series: dict[str, Any] = {"epoch": [row["epoch"] for row in losses]}
    for name in ("recon", "val_recon", "kl", "val_kl"):
        if losses[0][name] is not None:
            series[name] = [row[name] for row in losses]
    header = {
        "id": run.id,
        "epochs": config.epochs,
        "shown": player.shown(keyframes),
        "keyframes": keyframes,
        "floor": _floor(config, run),
        "unit": "nats per image",
    }
    payload = pack({name: np.array(values, np.float32) for name, values in series.items()}, header)
    curves(payload, key="curves", on_change=_scrub)
    words = section("curves", "losses")
    if header["floor"] is not None:
        words += " " + section("curves", "floor")
    with st.container(key="caption_curves"):
        st.markdown(words)


def _measures(values: Mapping[str, float | None]) -> None:
    """Say how complete, continuous and close to the prior the finished network is."""
    known = {name: value for name, value in values.items() if value is not None}
    needs = {
        "run": ("coverage", "precision"),
        "run_step": ("step_mean", "step_p99"),  # none where all images are the same
        "run_split": ("mutual_information", "kl_aggregate"),  # none without a KL term
    }
    words = [section("measures", name) for name, needed in needs.items() if {*needed} <= {*known}]
    with st.container(key="caption_measures"):
        st.markdown(" ".join(words).format(**known).replace("-", "−"))


def _scrub() -> None:
    epoch, player = committed("curves").epoch, st.session_state.get("player")
    if epoch is not None and player:
        player.seek(epoch)


def _floor(config: RunConfig, run: Run) -> float | None:
    """Return the entropy of the images' grey pixels, below which no Bernoulli loss can go."""
    return images_of(run)["entropy_floor"] if config.likelihood == "bernoulli" else None
