"""The lab's runs: up to four in a session, what each is called, where it stands, what it shows."""

from __future__ import annotations

import dataclasses
import secrets
from contextlib import suppress
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

import streamlit as st

from engine import Job, RecordingError, Run, get_engine
from ui.lab_map import forget
from ui.lab_names import NAME, default_name, folder_name
from ui.lab_picture import Picture, picture_of, shared_picture, shipped_picture
from ui.lab_settings import DEFAULTS, lab_datasets
from ui.maps import read_images
from ui.own_data import own_dataset, own_link_words
from ui.runs import queued, viewer
from ui.settings import config_of, read_link, spelled
from ui.shipped import manifest, shipped
from vae_core import RunConfig
from vae_core.config import OWN, ConfigError

MOST: Final = 4
_OPENING: Final = ("digits-vae-beta1", "digits-vae-k32-warmup")  # shipped: there at first paint


@dataclasses.dataclass(eq=False)
class LabRun:
    """A run of the session: trained in a worker, or shipped, or only described by a link."""

    number: int  # its place on the page, 0 to 3
    name: str
    config: RunConfig
    job_id: str | None = None  # None: it was not asked for in this session
    serial: int = 0  # of runs that were added later, for the keys of their widgets
    kept: bool = False  # never made room of for another run
    stopped: bool = False
    run: Run | None = None
    shown: Picture | None = None  # held here: of own data, or of a run that may lose its recording

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

    def _held(self, config: RunConfig, run: Run, epoch: int, live: bool) -> Picture:
        old = self.shown
        if old is None or (old.id, old.live) != (f"{run.id}-{epoch}", live):
            self.shown = picture_of(config, run, epoch, live, read_images(run))
        assert self.shown is not None
        return self.shown

    @property
    def epoch(self) -> int:
        """The last epoch that is known."""
        return self.run.losses[-1]["epoch"] if self.run and self.run.losses else 0

    @property
    def key(self) -> str:
        """What the keys of the run's widgets end in: no other run of the session has it."""
        return str(self.serial or self.number)

    @property
    def is_shipped(self) -> bool:
        """Whether this very run is among the shipped models."""
        return _as_shipped(self.config) is not None

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
            if self.stopped and self.shown:
                return self.shown  # others may go on with this run
            if self.config.dataset == OWN or self.word == "stopped":
                return self._held(*newest)
            return shared_picture(*newest)
        name = None if self.run else _as_shipped(self.config)
        return shipped_picture(name) if name else None


def lab_runs() -> list[LabRun]:
    """Return the session's runs, oldest first; at first those of the link, or two shipped ones."""
    if "lab_runs" not in st.session_state:
        found = read_runs(st.query_params.get("runs", ""))
        st.session_state["lab_runs"] = found or [
            LabRun(place, default_name(place, shipped(name).config), shipped(name).config)
            for place, name in enumerate(_OPENING)
        ]
        for each in found:
            _attach(each)
    runs: list[LabRun] = st.session_state["lab_runs"]
    return runs


def train(config: RunConfig) -> str:
    """Ask for a run; it takes the place of the oldest one not kept. Returns a complaint or ""."""
    runs = lab_runs()
    data = own_dataset() if config.dataset == OWN else None
    if config.dataset == OWN and data is None:  # removed by the click before
        return own_link_words()
    job = Job(config=config, data=data, owner=_owner()) if data else Job(config=config)
    same = same_run(config, job.id)
    if same and same.word not in ("ready", "stopped"):
        return f"This very run is here already, as {same.name}. Change a setting, the seed perhaps."
    room = in_place_of()
    if not same and len(runs) >= MOST and room is None:
        return f"All {MOST} runs are kept. Delete one, or keep one less, to make room."
    job_id = get_engine().submit(job, viewer())
    if not same and room:
        delete(room)
    run = same or _added(config)
    run.job_id, run.stopped, run.run, run.shown = job_id, False, None, None
    run.poll()
    return ""


def same_run(config: RunConfig, job_id: str | None = None) -> LabRun | None:
    """Return the run of the session that is this one, trained here or not."""
    for run in lab_runs():
        if job_id is not None and run.job_id == job_id:
            return run
        if (
            run.job_id is None
            and run.config.essence() == config.essence()
            and config.dataset != OWN
        ):
            return run
    return None


def in_place_of() -> LabRun | None:
    """Return the run that a new one would take the place of: one that shows nothing, else the
    oldest, none that is kept; None while there is room.
    """
    runs = [run for run in lab_runs() if not run.kept]
    if len(lab_runs()) < MOST:
        return None
    ended = [run for run in runs if run.word in ("ready", "stopped") and run.epoch == 0]
    return next(iter([*(run for run in ended if not run.is_shipped), *runs]), None)


def _added(config: RunConfig) -> LabRun:
    place = min(set(range(MOST)) - {run.number for run in lab_runs()})
    serial = st.session_state["lab_serial"] = st.session_state.get("lab_serial", MOST) + 1
    run = LabRun(place, default_name(place, config), config, serial=serial)
    lab_runs().append(run)
    return run


def stop(run: LabRun) -> None:
    """Leave a run; what it has learnt so far stays on the page."""
    run.poll()
    run.stopped = True
    with suppress(RecordingError):
        run.picture()  # holds what it has learnt
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
    run.name = short if short else default_name(run.number, run.config)


def read_runs(text: str) -> list[LabRun]:
    """Return the runs a link names; what cannot be read is left out."""
    found: list[LabRun] = []
    for number, part in enumerate(text.split(";")[:MOST]):
        name, bracket, settings = part.removesuffix(")").partition("(")
        if not bracket:
            continue
        kept, name = name.startswith("!"), name.removeprefix("!")
        pairs = dict(pair.split("=", 1) for pair in settings.split(",") if "=" in pair)
        values, problems = read_link(pairs, DEFAULTS, lab_datasets())
        try:
            config = config_of(values, lab_datasets())
        except ConfigError:
            continue
        if not problems:
            run = LabRun(number, "", config, kept=kept)
            rename(run, unquote(name))
            found.append(run)
    return found


def spelled_runs(runs: list[LabRun]) -> str:
    """Return the runs as a link says them: name(setting=value,…);…, by their place on the page;
    "" for those of the opening.
    """
    untouched = [run.job_id is None and not run.kept for run in runs]
    if all(untouched) and [(run.name, run.config) for run in runs] == _opening():
        return ""
    at = {run.number: f"{'!' * run.kept}{_own_name(run)}({_spelled(run.config)})" for run in runs}
    return ";".join(at.get(number, "") for number in range(max(at, default=-1) + 1))


def _spelled(config: RunConfig) -> str:
    name = folder_name(config.dataset)
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
    """Return the reader's name for a run, "" if it has none; the link's own marks are escaped."""
    if run.name == default_name(run.number, run.config):
        return ""
    return "".join(quote(c) if c in "%;()!" else c for c in run.name)


def _opening() -> list[tuple[str, RunConfig]]:
    configs = [shipped(name).config for name in _OPENING]
    return [(default_name(place, config), config) for place, config in enumerate(configs)]


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


@lru_cache(maxsize=64)
def _as_shipped(config: RunConfig) -> str | None:
    """Return the shipped model that is this very run, if there is one."""
    for name, entry in manifest().items():
        if RunConfig.from_dict(entry["config"]).essence() == config.essence():
            return name
    return None
