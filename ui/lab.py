"""The lab: settings, up to four runs side by side under one probe, what each comes to."""

from __future__ import annotations

import streamlit as st

from engine import ENDED, RecordingError
from ui import link
from ui.lab_curves import Curve, lab_curves_figure
from ui.lab_input import lab_input_figure
from ui.lab_map import lab_map_figure
from ui.lab_names import NAME, describe
from ui.lab_picture import Picture
from ui.lab_runs import (
    MOST,
    LabRun,
    delete,
    in_place_of,
    lab_runs,
    rename,
    same_run,
    spelled_runs,
    stop,
    train,
)
from ui.lab_settings import lab_controls, take
from ui.lab_table import Row, lab_table, takeaway
from ui.own_data import own_data_panel
from ui.page import caption, plain
from ui.prose import section
from vae_core import DataError, RunConfig
from vae_core.checkpoints import CheckpointError
from vae_core.config import OWN

POLL = 0.5  # seconds


def lab() -> None:
    """Show the settings beside the runs; those run again by themselves while one is live."""
    lab_runs()
    with st.container(key="lab_bench"):
        bench = st.container(key="figure_lab")
        with st.container(key="lab_rail"):
            bar = st.container(key="lab_bar", gap="small")
            config, complaints = lab_controls()
            with bar:
                _train_bar(config, complaints)
        with bench:
            if st.session_state["lab_settings"]["dataset"] == OWN:
                own_data_panel()
            polled = any(run.live for run in lab_runs())
            st.fragment(_bench, run_every=POLL if polled else None)(polled)


def _train_bar(config: RunConfig | None, complaints: list[str]) -> None:
    st.button("Train", key="train", type="primary", disabled=config is None, width="stretch",
              on_click=_train, args=(config,), icon=":material/play_arrow:")  # fmt: skip
    if config is not None:
        st.markdown(f":gray[{_where(config)}]")
    for complaint in [*complaints, plain(st.session_state.pop("lab_complaint", ""))]:
        if complaint:
            st.warning(complaint)


def _where(config: RunConfig) -> str:
    """Return, in words, where a run will stand that is trained now."""
    name, room = plain(describe(config)), in_place_of()
    if same := same_run(config):
        return section("lab", "train_same").format(name=plain(same.name))
    if room is not None:
        return section("lab", "train_instead").format(name=name, room=plain(room.name))
    return section("lab", "train_full" if len(lab_runs()) >= MOST else "train_as").format(name=name)


def _train(config: RunConfig) -> None:
    try:
        st.session_state["lab_complaint"] = train(config)
    except DataError as error:
        st.session_state["lab_complaint"] = str(error)
    except OSError as error:
        st.session_state["lab_complaint"] = f"The run could not be recorded: {error.strerror}."


def _bench(polled: bool) -> None:
    runs = lab_runs()
    for run in runs:
        run.poll()
    link.write({"runs": spelled_runs(runs)})
    _status(runs)
    found = [(run, _picture(run)) for run in runs]  # the oldest first
    shown = sorted(found, key=lambda pair: pair[0].number)
    lab_input_figure([(run.name, picture) for run, picture in found if picture])
    _columns(shown)
    if shown:
        caption("lab_map", "maps")
    told = [
        Curve(run.name, run.job_id or "", run.config, run.run.losses, run.word, _data(picture))
        for run, picture in shown if run.run and run.run.losses
    ]  # fmt: skip
    if told:
        with st.container(key="figure_lab_curves"):
            lab_curves_figure(told, missing=len(shown) - len(told))
    rows = [_row(run, picture) for run, picture in shown]
    if rows:
        with st.container(key="figure_lab_table"):
            lab_table(rows)
    if any(run.live for run in runs) != polled:
        st.rerun()  # the whole page, to change how often this fragment runs


def _status(runs: list[LabRun]) -> None:
    """The newest run's state and its Stop, where Train was pressed."""
    newest = next((run for run in reversed(runs) if run.run), None)
    with st.container(key="run_state", horizontal=True, gap="small", vertical_alignment="center"):
        st.button("Stop", key="stop", on_click=stop, args=(newest,),
                  disabled=newest is None or not newest.live)  # fmt: skip
        with st.container(key="run_status", gap="small", width="stretch"):
            st.markdown(newest.status if newest else "ready")
            if newest:
                st.markdown(f":gray[{plain(newest.name)}]")
            if newest and newest.run and newest.run.message:
                st.markdown(plain(newest.run.message))


def _columns(shown: list[tuple[LabRun, Picture | None]]) -> None:
    if not shown:
        st.markdown(f":gray[{section('lab', 'empty')}]")
        return
    for start in range(0, len(shown), 2):
        columns = st.columns(2, gap="medium")
        for column, (run, picture) in zip(columns, shown[start : start + 2], strict=False):
            with column, st.container(key=f"lab_run_{run.key}", gap="small"):
                _card(run, picture)


def _card(run: LabRun, picture: Picture | None) -> None:
    name = f"name_{run.key}"
    st.session_state[name] = run.name  # every time: a page one comes back to has forgotten it
    with st.container(
        key=f"lab_head_{run.key}", horizontal=True, gap="small", vertical_alignment="center"
    ):
        st.text_input(
            "Name", key=name, max_chars=NAME, label_visibility="collapsed",
            on_change=lambda: rename(run, st.session_state[name]),
        )  # fmt: skip
        label = section("lab", "more_kept") if run.kept else "More"
        with st.popover(label, key=f"more_{run.key}", on_change="rerun") as more:
            if more.open:
                _more(run, picture)
    if picture is None:
        st.markdown(f":gray[{_why_no_picture(run)}]")
        if run.run is None and run.config.dataset != OWN:
            st.button("Train this run", key=f"train_{run.key}", on_click=_train,
                      args=(run.config,))  # fmt: skip
        return
    lab_map_figure(run.number, run.name, _note(run), picture)


def _more(run: LabRun, picture: Picture | None) -> None:
    st.markdown(f":gray[{plain(describe(run.config))}]")
    kept = f"kept_{run.key}"
    st.session_state[kept] = run.kept
    st.toggle(
        "Keep", key=kept, help=section("lab", "keep_help").format(most=MOST),
        on_change=lambda: setattr(run, "kept", st.session_state[kept]),
    )  # fmt: skip
    if st.button("Take these settings", key=f"take_{run.key}"):
        take(run.config)
        st.rerun()  # the whole page: the settings stand outside this fragment
    if run.live:
        st.button("Stop", key=f"stop_{run.key}", on_click=stop, args=(run,))
    if picture is not None and not picture.live:
        shape, table = picture.images["image_shape"], picture.images.get("table")
        takeaway(run.name, picture.config, picture.weights, shape, f"away_{run.key}", table)
    st.button("Delete", key=f"delete_{run.key}", on_click=delete, args=(run,))


def _note(run: LabRun) -> str:
    """Return a run's state and, if there is one, its message, as the map says them."""
    if run.run is None:
        return section("lab", "shipped")
    message = run.run.message if run.run.state in ENDED else ""
    if run.word == "stopped" and run.epoch:
        message = f"{message} {section('lab', 'stopped').format(epoch=run.epoch)}"
    return f"{run.status}. {message}" if message else run.status


def _why_no_picture(run: LabRun) -> str:
    if run.run is not None:
        return plain(f"{run.status}. {run.run.message}".strip())
    if run.config.dataset == OWN:
        return section("lab", "own_elsewhere")
    return section("lab", "not_trained")


def _picture(run: LabRun) -> Picture | None:
    try:
        return run.picture()
    except (RecordingError, CheckpointError) as error:
        st.warning(plain(f"{run.name}: {error}"))
        return None


def _row(run: LabRun, picture: Picture | None) -> Row:
    if run.run is None and picture is not None:  # shipped
        measured = run.shipped_measures() or {}
        return Row(run.name, run.config, "done", run.config.epochs, measured.get("val_recon"),
                   measured.get("val_kl"), measured, _data(picture))  # fmt: skip
    losses = run.run.losses if run.run else []
    last = losses[-1] if losses else None
    return Row(
        run.name, run.config, run.word, run.epoch, last["val_recon"] if last else None,
        last["val_kl"] if last else None, run.run.measures if run.run else None,
        _data(picture),
    )  # fmt: skip


def _data(picture: Picture | None) -> str:
    return picture.data if picture else ""
