"""What dragging is compared with: the same decoder behind `st.slider` and a rerun.

Nothing else is on the page, the weights are kept between reruns and the picture is as small as the
image, so this is the quickest a slider can be.
"""

from pathlib import Path

import numpy as np
import streamlit as st
from safetensors.numpy import load_file

MODEL = Path(__file__).parents[2] / "models" / "shapes-vae-beta1.safetensors"


@st.cache_resource
def decoder() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the decoder's layers as (weight, bias), float32."""
    weights = {name: array.astype(np.float32) for name, array in load_file(MODEL).items()}
    count = sum(name.startswith("decoder.") for name in weights) // 2
    return [(weights[f"decoder.{k}.weight"], weights[f"decoder.{k}.bias"]) for k in range(count)]


def decode(z: np.ndarray) -> np.ndarray:
    """Return the image at z (2,) as grey levels, (28, 28) uint8."""
    *hidden, (weight, bias) = decoder()
    for inner, offset in hidden:
        z = np.maximum(inner @ z + offset, 0)  # this model's hidden layers are ReLU
    return np.uint8(255 / (1 + np.exp(-(weight @ z + bias)))).reshape(28, 28)


z1 = st.slider("z₁", -3.0, 3.0, 0.0, 0.01)
z2 = st.slider("z₂", -3.0, 3.0, 0.0, 0.01)
st.image(decode(np.array([z1, z2], np.float32)), width=112, output_format="PNG")
