"""The only maker of models/: trains each shipped checkpoint, rounds it to float16, measures it.

    python scripts/train_models.py            all of them, about five minutes on one core
    python scripts/train_models.py NAME …     only these

The files hold float16 numbers; torch and the browser both read exactly those. Beside each model lie
the codes of the training images, so that a page can draw a map before anything has run, and the
percentiles of the loss over the images kept aside. A family is
one network for every β; it is listed in families.json, with its own losses along β and those of
ordinary networks of its size and steps. three-images.json holds, for three images at a time, the
clouds of a VAE trained on them alone and the best that were found.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 (the repository is on the path only now)
from safetensors.numpy import save  # noqa: E402

from scripts.three_images import SETS, study  # noqa: E402
from vae_core import Dataset, RunConfig, load_dataset  # noqa: E402
from vae_core.checkpoints import load_checkpoint, load_family, save_checkpoint  # noqa: E402
from vae_core.rate_family import fold, train_family  # noqa: E402
from vae_core.regularity import evaluate  # noqa: E402
from vae_core.training import encode, losses_at_mean, train, validate  # noqa: E402

MODELS = ROOT / "models"
SHIPPED = (
    {
        f"{dataset}-{name}": RunConfig(dataset=dataset, model=model, beta=beta)
        for dataset in ("digits", "shapes")
        for name, model, beta in (
            ("linear", "linear", 1.0),
            ("ae", "ae", 1.0),
            ("vae-beta0", "vae", 0.0),
            ("vae-beta0.1", "vae", 0.1),
            ("vae-beta1", "vae", 1.0),
            ("vae-beta30", "vae", 30.0),
        )
    }
    | {
        f"digits-ae-seed{seed}": RunConfig(dataset="digits", model="ae", seed=seed)
        for seed in (1, 2, 3, 4)  # chapter 4's five spaces; seed 0 is digits-ae
    }
    | {  # chapters 7 and 8: a likelihood that is a density; c = 1 collapses
        f"digits-vae-gaussian-c{c:g}": RunConfig(dataset="digits", likelihood="gaussian", c=c)
        for c in (0.1, 1.0)
    }
    | {  # chapter 10: how many of 32 numbers are used
        name: RunConfig(dataset="digits", latent_dim=32, warmup=warmup)
        for name, warmup in (("digits-vae-k32", 0), ("digits-vae-k32-warmup", 60))
    }
)


class FamilyPlan(NamedTuple):
    """What a family is made from, and the β at which it is compared with ordinary networks."""

    config: RunConfig
    trained: tuple[float, float]  # wider than shown: the ends of a range are learnt least
    shown: tuple[float, float]
    compared: tuple[float, ...]  # the last one, beyond what is shown, has collapsed


FAMILIES = {
    "digits-family": FamilyPlan(
        RunConfig(
            dataset="digits", hidden=(128, 64), activation="relu", schedule="cosine", epochs=250
        ),
        trained=(0.03, 4.8),
        shown=(0.05, 3.0),
        compared=(0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 2.0, 2.5, 3.0, 30.0),
    ),
    "shapes-family": FamilyPlan(
        RunConfig(dataset="shapes", epochs=48),
        trained=(0.07, 16.0),
        shown=(0.1, 10.0),
        compared=(0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 2.5, 4.0, 6.5, 10.0, 100.0),
    ),
}
CURVE = 41  # values of β, log-spaced over the range shown


def make(name: str, config: RunConfig) -> dict[str, Any]:
    """Train, round, save and measure one model; return its manifest entry."""
    data = load_dataset(config.dataset)
    *_, last = train(config, data)
    rounded = {weight: array.astype(np.float16) for weight, array in last.weights.items()}
    path = MODELS / f"{name}.safetensors"
    sha256 = save_checkpoint(path, rounded, config)
    weights = load_checkpoint(path).weights
    measures = evaluate(config, weights, data)
    mu, std = encode(config, weights, data.x_train)
    codes = MODELS / f"{name}.codes.safetensors"
    losses = losses_at_mean(config, weights, data.x_val, data.image_shape)
    percentiles = np.percentile(losses, np.arange(101)).astype(np.float32)
    codes.write_bytes(save({"mu": mu, "std": std, "losses": percentiles}))
    return {
        "command": f"python scripts/train_models.py {name}",
        "config": config.to_dict(),
        "sha256": sha256,
        "codes_sha256": hashlib.sha256(codes.read_bytes()).hexdigest(),
        "measures": {key: _rounded(v) for key, v in dataclasses.asdict(measures).items()},
    }


def make_family(name: str, plan: FamilyPlan) -> dict[str, Any]:
    """Train, round, save and measure one family; return its entry in families.json."""
    data = load_dataset(plan.config.dataset)
    own = [individual(plan.config, beta, data) for beta in plan.compared]
    weights = train_family(plan.config, plan.trained, data)
    rounded = {weight: array.astype(np.float16) for weight, array in weights.items()}
    path = MODELS / f"{name}.safetensors"
    ranges = {"trained": plan.trained, "shown": plan.shown}
    sha256 = save_checkpoint(path, rounded, plan.config, family=ranges)
    family = load_family(path, sha256)

    def at(beta: float) -> dict[str, float]:
        folded = fold(family.weights, beta, plan.trained)
        return _point(beta, validate(plan.config, folded, data))

    inside = [beta for beta in plan.compared if beta <= plan.shown[1]]
    return {
        "command": f"python scripts/train_models.py {name}",
        "config": plan.config.to_dict(),
        "family": ranges,
        "sha256": sha256,
        "curve": [at(beta) for beta in np.geomspace(*plan.shown, CURVE).tolist()],
        "compared": [at(beta) for beta in inside],
        "individual": own,
    }


def individual(config: RunConfig, beta: float, data: Dataset) -> dict[str, float]:
    """Return the losses of an ordinary VAE of a family's size and steps, trained at one β."""
    *_, last = train(dataclasses.replace(config, beta=beta), data)
    return _point(beta, (last.val_recon, last.val_kl))


def _point(beta: float, losses: tuple[float, float | None]) -> dict[str, float]:
    recon, kl = losses
    return {"beta": _exact(beta), "val_recon": _exact(recon), "val_kl": _exact(kl or 0.0)}


def _exact(value: float) -> float:
    return float(f"{value:.6g}")


def _rounded(value: float | int | None) -> float | int | None:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def table(manifest: dict[str, Any], families: dict[str, Any]) -> str:
    """Return models/README.md: what each file is and how it measures."""
    lines = [
        "# Shipped models",
        "",
        "Made by `make models` (`scripts/train_models.py`), never by hand; `manifest.json`",
        "holds each one's command, settings, sha256 and measures, `families.json` those of the",
        "networks for every β. Weights are float16, rounded once: torch and the browser read the",
        "same numbers.",
        "",
        "Losses in nats per validation image; precision and coverage are shares (k = 5, 1000 real",
        "against 1000 decoded draws of N(0, I)); MMD² is against N(0, I); the step is a share of",
        "the mean distance between two images.",
        "",
        "| model | recon | KL | precision | coverage | MMD² | step | active units | seed |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, entry in manifest.items():
        m = entry["measures"]
        kl = "–" if m["val_kl"] is None else f"{m['val_kl']:.2f}"
        lines.append(
            f"| `{name}` | {m['val_recon']:.2f} | {kl} | {m['precision']:.2f} "
            f"| {m['coverage']:.2f} | {m['mmd2']:.3f} | {m['step_mean']:.3f} | {m['active_units']} "
            f"| {entry['config']['seed']} |"
        )
    lines += [line for name, entry in families.items() for line in _family_lines(name, entry)]
    return "\n".join(lines).replace("-0.000", "0.000") + "\n"


def _family_lines(name: str, entry: dict[str, Any]) -> list[str]:
    trained, shown = (entry["family"][key] for key in ("trained", "shown"))
    lines = [
        "",
        f"`{name}`: one network for every β from {shown[0]:g} to {shown[1]:g} (trained from "
        f"{trained[0]:g} to {trained[1]:g}),",
        "beside ordinary VAEs of its size and steps, each trained at one β. Seed "
        f"{entry['config']['seed']}.",
        "",
        "| β | recon | KL | recon, own network | KL, own network |",
        "|---|---|---|---|---|",
    ]
    at = {point["beta"]: point for point in entry["compared"]}
    for own in entry["individual"]:
        ours = at.get(own["beta"])
        cells = [f"{ours[key]:.2f}" if ours else "–" for key in ("val_recon", "val_kl")]
        cells += [f"{own[key]:.2f}" for key in ("val_recon", "val_kl")]
        lines.append(f"| {own['beta']:g} | {' | '.join(cells)} |")
    return lines


def main(names: list[str]) -> None:
    """Make the models named, or all, and rewrite the manifests and their table."""
    known = (*SHIPPED, *FAMILIES, *SETS)
    unknown = set(names) - set(known)
    if unknown:
        raise SystemExit(f"no model {', '.join(sorted(unknown))}; expected {', '.join(known)}")
    manifest = renewed("manifest.json", SHIPPED, make, names)
    families = renewed("families.json", FAMILIES, make_family, names)
    renewed("three-images.json", SETS, study, names)
    (MODELS / "README.md").write_text(table(manifest, families))


def renewed(
    file: str, plans: Mapping[str, Any], maker: Callable[..., dict[str, Any]], names: list[str]
) -> dict[str, Any]:
    """Make the models of one manifest that are named, or all, and return it, rewritten."""
    path = MODELS / file
    old = json.loads(path.read_text()) if path.exists() else {}
    manifest = {}
    for name, plan in plans.items():
        if not names or name in names:
            print(name, file=sys.stderr, flush=True)
            manifest[name] = maker(name, plan)
        elif name in old:
            manifest[name] = old[name]
    path.write_text(json.dumps(manifest, indent=1) + "\n")
    return manifest


if __name__ == "__main__":
    main(sys.argv[1:])
