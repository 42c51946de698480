"""The lab's runs: up to four in a session, what each is called, where it stands, what it shows."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, unquote

import numpy as np
import streamlit as st
from safetensors.numpy import load

from engine import Job, Run, get_engine
from ui.lab_map import forget
from ui.lab_picture import Picture
from ui.lab_settings import DEFAULTS, describe, lab_datasets
from ui.maps import images_of, read_images
from ui.own_data import own_dataset
from ui.payloads import grey
from ui.runs import queued, viewer
from ui.settings import config_of, read_link, spelled
from ui.shipped import builtin_data, manifest, shipped
from vae_core import RunConfig
from vae_core.config import BUILT_IN, OWN, ConfigError

MOST: Final = 4
NAME: Final = 40  # characters of a run's name
_FEW: Final = 8  # numbers per code: with more, the codes of every image are too many to send
_OPENING: Final = ("digits-vae-beta1", "digits-vae-k32-warmup")  # shipped: there at first paint


@dataclasses.dataclass(eq=False)
class LabRun:
    """A run of the session: trained in a worker, or shipped, or only described by a link."""

    number: int  # its place on the page, 0 to 3
    name: str
    config: RunConfig
    job_id: str | None = None  # None: it was not asked for in this session
    kept: bool = False  # never made room of for another run
    stopped: bool = False
    run: Run | None = None
    shown: Picture | None = None  # of the reader's own data: held here, not in a shared cache

    def poll(self) -> None:
        """Bring the run up to date; it counts as watched."""
        if self.job_id and not self.stopped:
            self.run = get_engine().poll(self.job_id, viewer()) or self.run

    @property
    def live(self) -> bool:
        """Whether something may still come from a worker."""
        return bool(self.run and not self.run.ended and not self.stopped)

    @property
    def word(self) -> str:
        """The run's state as pages say it: ready, queued, training, done, stopped, diverged."""
        if self.run is None:
            return "ready"
        if self.stopped or self.run.state in ("failed", "cancelled"):
            return "stopped"
        return {"running": "training"}.get(self.run.state, self.run.state)

    @property
    def status(self) -> str:
        """One line: the state, then where the run is and what it costs now."""
        if self.run is None or self.word == "queued":
            return self.word if self.run is None else queued(self.run)
        parts = [self.word, f"epoch {self.epoch} of {self.config.epochs}"]
        if self.run.losses:
            last = self.run.losses[-1]
            parts.append(f"recon {last['recon']:.1f}".replace("-", "−"))
            if last["kl"] is not None:
                parts.append(f"KL {last['kl']:.1f}")
        return " · ".join(parts)

    def _own_picture(self, config: RunConfig, run: Run, epoch: int, live: bool) -> Picture:
        if self.shown is None or (self.shown.id, self.shown.live) != (f"{run.id}-{epoch}", live):
            self.shown = _picture(config, run, epoch, live, read_images(run))
        return self.shown

    @property
    def epoch(self) -> int:
        """The last epoch that is known."""
        return self.run.losses[-1]["epoch"] if self.run and self.run.losses else 0

    def shipped_measures(self) -> dict[str, float | None] | None:
        """Return what was measured of this very run where it is shipped."""
        name = _as_shipped(self.config)
        return manifest()[name]["measures"] if name else None

    def picture(self) -> Picture | None:
        """Return the newest keyframe, else the same run as shipped, else None.

        Raises `RecordingError` or `CheckpointError` if files are gone or damaged.
        """
        if self.run and self.run.keyframes:
            newest = (self.config, self.run, self.run.keyframes[-1], self.live)
            return self._own_picture(*newest) if self.config.dataset == OWN else _shared(*newest)
        name = None if self.run else _as_shipped(self.config)
        return _shipped_picture(name) if name else None


def lab_runs() -> list[LabRun]:
    """Return the session's runs, oldest first; at first those of the link, or two shipped ones."""
    if "lab_runs" not in st.session_state:
        found = read_runs(st.query_params.get("runs", ""))
        st.session_state["lab_runs"] = found or [
            LabRun(i, describe(shipped(name).config), shipped(name).config)
            for i, name in enumerate(_OPENING)
        ]
        for each in found:
            _attach(each)
    runs: list[LabRun] = st.session_state["lab_runs"]
    return runs


def train(config: RunConfig) -> str:
    """Ask for a run; it takes the place of the oldest one not kept. Returns a complaint or ""."""
    runs = lab_runs()
    if len(runs) >= MOST and all(run.kept for run in runs):
        return f"All {MOST} runs are kept. Delete one, or keep one less, to make room."
    data = own_dataset() if config.dataset == OWN else None
    job = Job(config=config, data=data, owner=_owner()) if data else Job(config=config)
    same = next((run for run in runs if run.job_id == job.id and run.word != "stopped"), None)
    if same:
        return f"This very run is here already, as {same.name}. Change a setting, the seed perhaps."
    job_id = get_engine().submit(job, viewer())
    if len(runs) >= MOST:
        delete(next(run for run in runs if not run.kept))
    free = min(set(range(MOST)) - {run.number for run in lab_runs()})
    new = LabRun(free, _free_name(describe(config)), config, job_id)
    new.poll()
    lab_runs().append(new)
    return ""


def stop(run: LabRun) -> None:
    """Leave a run; what it has learnt so far stays on the page."""
    run.poll()
    run.stopped = True
    if run.job_id:
        get_engine().cancel(run.job_id, viewer())


def delete(run: LabRun) -> None:
    """Take a run off the page; its worker stops if nobody else watches."""
    leaving = [run.live, run.config.dataset == OWN]  # to stop it; to have it forgotten, too
    for _ in range(sum(leaving) if run.job_id else 0):
        get_engine().cancel(str(run.job_id), viewer())
    st.session_state["lab_runs"] = [other for other in lab_runs() if other is not run]
    forget(run.number)


def rename(run: LabRun, name: str) -> None:
    """Give a run another name; an empty one gives it the one it began with."""
    short = " ".join(name.split())[:NAME]
    run.name = short if short else describe(run.config)


def read_runs(text: str) -> list[LabRun]:
    """Return the runs a link names; what cannot be read is left out."""
    found: list[LabRun] = []
    for number, part in enumerate(text.split(";")[:MOST]):
        name, bracket, settings = part.removesuffix(")").partition("(")
        if not bracket:
            continue
        pairs = dict(pair.split("=", 1) for pair in settings.split(",") if "=" in pair)
        values, problems = read_link(pairs, DEFAULTS, lab_datasets())
        try:
            config = config_of(values, lab_datasets())
        except ConfigError:
            continue
        if not problems:
            run = LabRun(number, "", config)
            rename(run, unquote(name))
            found.append(run)
    return found


def spelled_runs(runs: list[LabRun]) -> str:
    """Return the runs as a link says them: name(setting=value,…);…, by their place on the page;
    "" for those of the opening.
    """
    opening = [describe(shipped(name).config) for name in _OPENING]
    if [run.name for run in runs] == opening and not any(run.job_id for run in runs):
        return ""
    at = {run.number: f"{_own_name(run)}({_spelled(run.config)})" for run in runs}
    return ";".join(at.get(number, "") for number in range(max(at, default=-1) + 1))


def _spelled(config: RunConfig) -> str:
    name = config.dataset
    if name not in (*BUILT_IN, OWN):
        name = name.rpartition("/")[2]
    plain = config_of({**DEFAULTS, "dataset": name, "model": config.model,
                       "architecture": config.architecture}, [name])  # fmt: skip
    told = {key: getattr(config, key) for key in DEFAULTS}
    differing = {
        key: spelled(value) for key, value in told.items()
        if key not in ("dataset", "model", "architecture") and value != getattr(plain, key)
    }  # fmt: skip
    kinds = {"dataset": name, "model": config.model, "architecture": config.architecture}
    differing |= {key: value for key, value in kinds.items() if value != DEFAULTS[key]}
    return ",".join(f"{key}={value}" for key, value in differing.items())


def _own_name(run: LabRun) -> str:
    return "" if run.name == describe(run.config) else quote(run.name, safe=" ")


def _free_name(name: str) -> str:
    """Return the name, numbered if a run is called so already."""
    taken, number, free = {run.name for run in lab_runs()}, 2, name
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free


def _attach(run: LabRun) -> None:
    """Join a run of a link if it is under way or recorded here."""
    if run.config.dataset == OWN:
        return
    try:
        job_id = Job(config=run.config).id
    except ValueError:  # the data are not here
        return
    found = get_engine().poll(job_id, viewer())
    if found and found.state not in ("failed", "cancelled"):
        run.job_id, run.run = job_id, found


def _owner() -> str:
    """Return this session's secret: runs on its own data can be met by nobody else."""
    return str(st.session_state.setdefault("owner", secrets.token_hex(16)))


def _as_shipped(config: RunConfig) -> str | None:
    """Return the shipped model that is this very run, if there is one."""
    for name, entry in manifest().items():
        if RunConfig.from_dict(entry["config"]).essence() == config.essence():
            return name
    return None


@lru_cache(maxsize=8)
def _shipped_picture(name: str) -> Picture:
    model = shipped(name)
    data = builtin_data(model.config.dataset)
    images = {
        "x": grey(data.x_train, data.levels), "y": data.y_train.astype(np.uint8),
        "image_shape": data.image_shape, "classes": data.classes, "levels": data.levels,
        "table": None,
    }  # fmt: skip
    return Picture(
        model.sha256[:16], model.config, model.weights, model.mu, model.std, images
    )  # fmt: skip


@lru_cache(maxsize=16)
def _shared(config: RunConfig, run: Run, epoch: int, live: bool) -> Picture:
    return _picture(config, run, epoch, live, images_of(run))


def _picture(
    config: RunConfig, run: Run, epoch: int, live: bool, images: dict[str, Any]
) -> Picture:
    tensors = load(run.keyframe(epoch))
    weights = {name: array for name, array in tensors.items() if name not in ("mu", "std")}
    final = {} if live else _final(run)
    return Picture(
        f"{run.id}-{epoch}", config, weights, tensors["mu"], tensors["std"],
        {"table": None, **images}, live,
        final.get("losses"), *(_all_codes(final) if config.latent_dim <= _FEW else ()),
    )  # fmt: skip


def _all_codes(final: Mapping[str, np.ndarray]) -> tuple[np.ndarray | None, np.ndarray | None]:
    return final.get("mu"), final.get("y")


def _final(run: Run) -> Mapping[str, np.ndarray]:
    content = run.final()
    return load(content) if content else {}
