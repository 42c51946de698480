"""The only maker of models/: trains each shipped checkpoint, rounds it to float16, measures it.

    python scripts/train_models.py            all of them, about two minutes on one core
    python scripts/train_models.py NAME …     only these

The files hold float16 numbers; torch and the browser both read exactly those. Beside each lie the
codes of the training images, so that a page can draw a map before anything has run.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 (the repository is on the path only now)
from safetensors.numpy import save  # noqa: E402

from vae_core import RunConfig, load_dataset  # noqa: E402
from vae_core.checkpoints import load_checkpoint, save_checkpoint  # noqa: E402
from vae_core.regularity import evaluate  # noqa: E402
from vae_core.training import encode, train  # noqa: E402

MODELS = ROOT / "models"
SHIPPED = {
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
    codes.write_bytes(save({"mu": mu, "std": std}))
    return {
        "command": f"python scripts/train_models.py {name}",
        "config": config.to_dict(),
        "sha256": sha256,
        "codes_sha256": hashlib.sha256(codes.read_bytes()).hexdigest(),
        "measures": {key: _rounded(v) for key, v in dataclasses.asdict(measures).items()},
    }


def _rounded(value: float | int | None) -> float | int | None:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def table(manifest: dict[str, Any]) -> str:
    """Return models/README.md: what each file is and how it measures."""
    lines = [
        "# Shipped models",
        "",
        "Made by `make models` (`scripts/train_models.py`), never by hand; `manifest.json`",
        "holds each one's command, settings, sha256 and measures. Weights are float16, rounded",
        "once: torch and the browser read the same numbers.",
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
    return "\n".join(lines).replace("-0.000", "0.000") + "\n"


def main(names: list[str]) -> None:
    """Make the models named, or all, and rewrite the manifest and its table."""
    unknown = set(names) - set(SHIPPED)
    if unknown:
        raise SystemExit(f"no model {', '.join(sorted(unknown))}; expected {', '.join(SHIPPED)}")
    path = MODELS / "manifest.json"
    old = json.loads(path.read_text()) if path.exists() else {}
    manifest = {}
    for name, config in SHIPPED.items():
        if not names or name in names:
            print(name, file=sys.stderr, flush=True)
            manifest[name] = make(name, config)
        elif name in old:
            manifest[name] = old[name]
    path.write_text(json.dumps(manifest, indent=1) + "\n")
    (MODELS / "README.md").write_text(table(manifest))


if __name__ == "__main__":
    main(sys.argv[1:])
