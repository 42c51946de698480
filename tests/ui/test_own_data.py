"""The reader's own data: read, shown, refused kindly; what was there before stays."""

import io
import re
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.ui.opening import opened
from ui import own_data
from ui.figures.intake_preview import images_preview, own_unit, printed, table_preview
from vae_core import load_dataset
from vae_core.data import Table

SCRIPT = """
import streamlit as st
from ui.own_data import own_data_panel, own_dataset, own_link_words

st.slider("Another", 0, 10, key="another")
data = own_dataset()
st.markdown(f"in use: {len(data.x_train) if data else own_link_words()}")
own_data_panel()
"""


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return file.getvalue()


def zipped(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def digits(n=40):
    """n digits as uint8 images, their classes, and a zip with a folder per class."""
    data = load_dataset("digits")
    images = np.rint(data.x_train[:n].reshape(-1, 8, 8) * 255).astype(np.uint8)
    y = data.y_train[:n]
    names = [f"{label}/{i:03}.png" for i, label in enumerate(y)]
    return images, y, zipped({name: png(image) for name, image in zip(names, images, strict=True)})


def npz(**arrays):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def table(n=30):
    """n rows of three numbers and a word, and the CSV that says them."""
    random = np.random.default_rng(0)
    numbers = np.round(random.uniform([-5, 100, 0], [5, 900, 1], (n, 3)), 2)
    kinds = ["ab"[i % 2] for i in range(n)]
    lines = [f"{a},{b},{c},{kind}" for (a, b, c), kind in zip(numbers, kinds, strict=True)]
    return numbers, kinds, "\n".join(["width,height,age,kind", *lines]).encode()


def drop(app, *files):
    """Drop files, (name, content) each."""
    app.file_uploader[0].set_value([(name, content, "") for name, content in files])
    app.run()
    assert not app.exception
    return app


def stored(app):
    return app.session_state["own_data"]


def text(app):
    return "\n".join(element.value for element in app.markdown)


@pytest.fixture
def calls(monkeypatch):
    """How often files were read."""
    made, real = [], own_data.intake
    monkeypatch.setattr(own_data, "intake", lambda *given: made.append(given) or real(*given))
    return made


def test_images_are_read_once_and_shown(calls):
    images, y, content = digits()
    app = opened(SCRIPT)
    assert "never leave the session" in text(app)
    assert "never written to disk" in text(app)
    drop(app, ("my digits.zip", content))
    assert "in use: 36" in text(app)
    found = stored(app).intake
    assert found.dataset.classes == tuple(str(label) for label in sorted(set(y)))
    assert "40 images of 8 × 8" in text(app)
    assert "sent as" not in text(app)
    assert "36 to train on, 4 kept aside" in text(app)
    assert "my digits\\.zip" in text(app)
    app.slider(key="another").set_value(7).run()
    assert len(calls) == 1
    app.selectbox(key="own_side").set_value(12).run()
    assert "40 images of 12 × 12" in text(app)
    assert "sent as 8 × 8 pixels" in text(app)
    app.selectbox(key="own_side").set_value(8).run()
    assert len(calls) == 3
    data = stored(app).intake.dataset
    both = np.concatenate([data.x_train, data.x_val])
    expected = images.reshape(40, -1) / np.float32(255)
    np.testing.assert_allclose(np.sort(both, 0), np.sort(expected, 0), atol=1e-6)
    assert app.slider(key="another").value == 7
    app.selectbox(key="own_labels").set_value("").run()
    assert stored(app).intake.dataset.classes == ("all",)
    assert stored(app).intake.choices.side == 8
    assert "no classes" in text(app)


def test_a_tables_columns_and_classes_can_be_chosen():
    numbers, kinds, content = table()
    app = drop(opened(SCRIPT), ("t.csv", content))
    assert stored(app).intake.dataset.table.names == ("width", "height", "age")
    assert stored(app).intake.dataset.classes == tuple(sorted(set(kinds)))
    low, high = (f"{value:.2f}" for value in (numbers[:, 0].min(), numbers[:, 0].max()))
    preview = stored(app).preview
    assert low.replace("-", "−") in preview
    assert high in preview
    columns = app.multiselect(key="own_columns")
    columns.set_value(["height", "age"])
    app.button(key="own_use").click().run()
    assert stored(app).intake.dataset.table.names == ("height", "age")
    x = stored(app).intake.dataset
    values = np.concatenate([x.x_train, x.x_val])[:, 0]
    low, high = numbers[:, 1].min(), numbers[:, 1].max()
    np.testing.assert_allclose(
        np.sort(low + values * (high - low)), np.sort(numbers[:, 1]), rtol=1e-5
    )
    app.multiselect(key="own_columns").set_value(["age"])
    app.button(key="own_use").click().run()  # too few
    assert not app.exception
    assert len(app.warning) == 1
    assert stored(app).intake.dataset.table.names == ("height", "age")
    assert app.multiselect(key="own_columns").value == ["height", "age"]
    app.selectbox(key="own_labels").set_value("").run()  # the other choice stays
    assert not app.warning
    assert stored(app).intake.dataset.table.names == ("height", "age")
    assert stored(app).intake.dataset.classes == ("all",)
    app.multiselect(key="own_columns").set_value([])
    app.button(key="own_use").click().run()
    assert stored(app).intake.dataset.table.names == ("width", "height", "age")


def test_an_array_can_be_chosen():
    images, y, _ = digits()
    app = drop(opened(SCRIPT), ("a.npz", npz(first=images, second=255 - images, y=y)))
    first = stored(app)
    names = [name for name, _ in first.intake.possible_arrays]
    other = next(n for n in names if n in ("first", "second") and n != first.intake.choices.array)
    app.selectbox(key="own_array").set_value(other).run()
    assert stored(app) is not first
    assert stored(app).sha256 != first.sha256
    np.testing.assert_allclose(stored(app).intake.after, 1 - first.intake.after, atol=1e-6)


BAD = {
    "words.png": b"plainly no image at all",
    "few.csv": b"a,b\n1,2\n",
    "bomb.npz": npz(x=np.zeros((20_000, 50, 50), np.uint8)),
    "evil.npz": npz(x=np.array([{"a": 1}], dtype=object)),
}


def test_a_refusal_is_a_sentence_and_the_data_before_it_stay():
    app = opened(SCRIPT)
    app.slider(key="another").set_value(4).run()
    drop(app, ("words.png", BAD["words.png"]))  # nothing there before
    assert len(app.warning) == 1
    assert "in use: There are no data" in text(app)
    drop(app, ("good.zip", digits()[2]))
    before = stored(app)
    for name, content in BAD.items():
        drop(app, (name, content))
        (warning,) = app.warning
        assert "Traceback" not in warning.value
        assert warning.value.endswith("The data you had before stay in use.")
        assert stored(app) is before
        assert app.slider(key="another").value == 4
        assert "in use: 36" in text(app)
        assert "choose the files again" in text(app)
    app.run()
    assert len(app.warning) == 1  # still said, not read again


def test_data_outlive_the_uploader_until_they_are_removed():
    app = drop(opened(SCRIPT), ("good.zip", digits()[2]))
    app.file_uploader[0].set_value(None)
    app.run()
    assert "in use: 36" in text(app)
    assert not app.selectbox
    app.button(key="own_remove").click().run()
    assert "own_data" not in app.session_state
    assert not app.file_uploader[0].value
    drop(app, ("good.zip", digits()[2]))
    assert "in use: 36" in text(app)


def test_a_readers_words_are_shown_as_they_are():
    content = table()[2].replace(b"width", b"<b>*wide*</b>")
    app = drop(opened(SCRIPT), ("*a*_[b](c).csv", content))
    assert "&lt;b&gt;*wide*&lt;/b&gt;" in stored(app).preview
    assert "<b>" not in stored(app).preview
    assert r"\*a\*\_\[b\]\(c\)\.csv" in text(app)


def test_a_printed_image_is_its_pixels_as_opacity():
    x = np.arange(12, dtype=np.float32) / 11
    image = Image.open(io.BytesIO(printed(x, (3, 4), 5)))
    assert image.mode == "LA"
    pixels = np.asarray(image)
    assert (pixels[..., 0] == 0).all()
    assert pixels.shape == (15, 20, 2)
    np.testing.assert_array_equal(pixels[2::5, 2::5, 1], np.rint(255 * x.reshape(3, 4)))
    preview = images_preview([b"a"] * 2, np.stack([x, x]), (3, 4), ("sent", "got"))
    assert preview.count("<img") == preview.count("<i ") == 2
    assert "sent" not in images_preview([], np.stack([x]), (3, 4), ("sent", "got"))


def test_a_table_is_shown_in_its_own_units():
    columns = Table(tuple("abcdefghij"), (-1.0,) * 10, (3.0,) * 10)
    x = np.linspace(0, 1, 60).reshape(6, 10)
    preview = table_preview(x, columns, ("rows", "and {n} more", "low", "high"))
    cells = re.findall(r"<td>([^<]+)</td>", preview)
    assert cells[0] == "and 2 more"
    assert cells[1:9] == [f"{-1 + 4 * v:.2f}".replace("-", "−") for v in x[0, :8]]
    assert cells[-16:] == ["−1.00"] * 8 + ["3.00"] * 8
    assert preview.count("<tr") == 1 + 5 + 2


@pytest.mark.parametrize(
    ("value", "span", "words"),
    [(-0.0, 1, "0.000"), (12345.6, 5000, "12346"), (0.00042, 0.001, "0.000420"), (3, 0, "3"),
     (-2.5, 30, "−2.5"), (4.2e9, 1e9, "4.20e9"), (1e-9, 1e-8, "1.00e-9")],
)  # fmt: skip
def test_a_value_has_the_decimals_its_range_needs(value, span, words):
    assert own_unit(value, span) == words.replace("e-", "e−")
