"""Own data: what is uploaded is read as Pillow, numpy and `csv` read it by hand; the rest
is told in one sentence.
"""

from __future__ import annotations

import csv
import io
import math
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from sklearn.datasets import load_digits, load_iris

from vae_core import DataError, RunConfig, load_dataset, own
from vae_core.data import Table
from vae_core.own import Choices, Intake, Upload, read_input, read_uploads
from vae_core.own.archive import Archive
from vae_core.own.jpeg import scans


def png(pixels: np.ndarray, mode: str | None = None) -> bytes:
    return saved(Image.fromarray(pixels) if mode is None else Image.fromarray(pixels).convert(mode))


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def zipped(files: Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def noise(n: int = 20, side: int = 8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, side, side), dtype=np.uint8)


def pictures(n: int = 20, side: int = 8) -> list[tuple[str, bytes]]:
    return [(f"{'ab'[i % 2]}_{i:03}.png", png(image)) for i, image in enumerate(noise(n, side))]


def table(rows: int = 20, separator: str = ",", header: str = "a,b,kind") -> str:
    lines = [f"{i},{i * i - 5},{'xy'[i % 2]}" for i in range(rows)]
    return "\n".join([header, *lines] if header else lines).replace(",", separator)


def of_table(text: str | bytes, choices: Choices | None = None) -> Intake:
    content = text if isinstance(text, bytes) else text.encode()
    return read_uploads([Upload("t.csv", content)], choices)


def rows_of(found: Intake) -> tuple[np.ndarray, np.ndarray]:
    """All examples and labels in the order they came in: the split's permutation undone."""
    data, order = found.dataset, np.random.RandomState(0).permutation(found.n)
    x, y = np.empty((found.n, data.x_train.shape[1]), np.float32), np.empty(found.n, np.int64)
    x[order] = np.concatenate([data.x_train, data.x_val])
    y[order] = np.concatenate([data.y_train, data.y_val])
    return x, y


def refusal(uploads: list[Upload], choices: Choices | None = None) -> str:
    with pytest.raises(DataError) as caught:
        read_uploads(uploads, choices)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    return message


def test_digits_as_a_zip_of_png_come_back_equal_with_their_classes() -> None:
    digits = load_digits()
    grey = np.rint(digits.images * 255 / 16).astype(np.uint8)
    files = [
        (f"digits/{label}/{i:05}.png", png(image))
        for i, (image, label) in enumerate(zip(grey, digits.target, strict=True))
    ]
    found = read_uploads([Upload("digits.zip", zipped(files))])
    assert (found.kind, found.n, found.sizes) == ("images", 1797, ((8, 8), (8, 8)))
    assert found.choices == Choices(side=8, labels="folder")
    assert found.dataset.name == "own"
    assert found.dataset.classes == tuple("0123456789")
    assert len(found.dataset.x_val) == 179
    order = np.argsort([name for name, _ in files], kind="stable")
    x, y = rows_of(found)
    np.testing.assert_array_equal(x, (grey[order].reshape(-1, 64) / np.float32(255)))
    np.testing.assert_array_equal(y, digits.target[order])
    np.testing.assert_array_equal(found.after, x[:8])
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(found.before[3])).convert("L")),
                                  grey[order][3])  # fmt: skip


def test_a_digit_table_and_its_array_give_the_same_examples() -> None:
    iris = load_iris()
    lines = [",".join(map(str, row)) for row in iris.data]
    text = "\n".join(["a,b,c,d", *lines])
    from_csv, from_npz = of_table(text), read_uploads([Upload("i.npz", npz(iris=iris.data))])
    low, high = iris.data.min(0), iris.data.max(0)
    for found in (from_csv, from_npz):
        assert found.dataset.table is not None
        assert found.dataset.image_shape == (1, 4)
        np.testing.assert_array_equal(found.dataset.table.low, low)
        np.testing.assert_array_equal(found.dataset.table.high, high)
        x, _ = rows_of(found)
        np.testing.assert_allclose(x, (iris.data - low) / (high - low), atol=2e-7)
        assert x.min() == 0
        assert x.max() == 1
    assert from_csv.dataset.table is not None
    assert from_csv.dataset.table.names == ("a", "b", "c", "d")
    assert from_npz.kind == "arrays"


@pytest.mark.parametrize("kind", ["grey", "colour", "transparent", "sixteen", "lying", "wide"])
def test_an_image_becomes_what_pillow_and_numpy_make_of_it(kind: str) -> None:
    pixels = noise(3, 8)
    if kind == "grey":
        content, expected = png(pixels[0]), pixels[0]
    elif kind == "colour":
        colour = np.stack(pixels, -1)
        content = png(colour)
        expected = np.asarray(Image.fromarray(colour).convert("L"))
    elif kind == "transparent":  # black under every alpha: grey is what is not covered of white
        clear = np.zeros((8, 8, 4), np.uint8)
        clear[..., 3] = pixels[0]
        content, expected = png(clear), 255 - pixels[0]
    elif kind == "sixteen":
        content, expected = png(pixels[0].astype(np.uint16) * 257), pixels[0]
    elif kind == "lying":
        exif = Image.Exif()
        exif[0x0112] = 6
        image = Image.fromarray(np.repeat(np.repeat(pixels[0], 8, 0), 8, 1))
        content = saved(image, "JPEG", quality=100, exif=exif)
        expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
                              .resize((8, 8), Image.Resampling.BICUBIC))  # fmt: skip
    else:
        wide = np.concatenate([pixels[0], pixels[1], pixels[2]], 1)
        content, expected = png(wide), pixels[1]  # its middle
    x, words = read_input(Upload("one.png", content), (8, 8), None)
    assert x.dtype == np.float32
    np.testing.assert_allclose(
        x.reshape(8, 8) * 255, expected, atol=3.01 if kind == "lying" else 1e-4
    )
    assert ("its middle" in words) == (kind == "wide")


def test_images_are_resized_to_the_side_chosen_and_what_is_no_image_is_told() -> None:
    files = [*pictures(24, 30), ("c_1.png", b"no image"), ("c_2.png", png(noise(1)[0])[:60])]
    uploads = [Upload(*file) for file in files]
    found = read_uploads(uploads)
    assert (found.n, found.choices) == (24, Choices(side=28, labels="name"))
    assert found.dataset.classes == ("a", "b")
    assert [note.split()[0] for note in found.left_out] == ["c_1.png", "c_2.png"]
    found = read_uploads(uploads, Choices(side=12, labels=""))
    assert found.dataset.x_train.shape == (22, 144)
    assert found.dataset.classes == ("all",)
    expected = Image.fromarray(noise(24, 30)[0]).resize((12, 12), Image.Resampling.BICUBIC)
    index = sorted(name for name, _ in files).index("a_000.png")
    np.testing.assert_allclose(found.after[index] * 255, np.asarray(expected).reshape(-1), atol=1)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("header", ["a,b,kind", ""])
def test_a_table_is_read_as_csv_reads_it(separator: str, header: str) -> None:
    text = table(30, separator, header)
    found = of_table(text)
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))[bool(header) :]
    values = np.array([[float(a), float(b)] for a, b, _ in rows])
    x, y = rows_of(found)
    low, high = values.min(0), values.max(0)
    np.testing.assert_allclose(x, (values - low) / (high - low), atol=1e-7)
    assert [found.dataset.classes[i] for i in y] == [row[2] for row in rows]
    names = ("a", "b", "kind") if header else ("column 1", "column 2", "column 3")
    assert found.possible_columns == names[:2]
    assert found.choices == Choices(labels=names[2], columns=names[:2])


def test_rows_and_columns_that_cannot_be_used_are_counted() -> None:
    body = "\n".join(f"{i},{i % 7},1,,{'pq'[i % 2]}" for i in range(30))
    bad = "\n".join([",1,1,,p", "1e400,1,1,,p", "nan,2,1,,q", "word,2,1,,q", "1,2", "3,4,1,,"])
    found = of_table(f"a,b,same,void,kind\n{body}\n\n{bad}\n")
    assert found.n == 30
    notes = " ".join(found.left_out)
    assert "2 rows are left out: a cell is empty" in notes
    assert "3 rows are left out: a cell holds no number, or one beyond ±1e30." in notes
    assert "1 row is left out: not 5 cells" in notes
    assert "The column void is left out: it is empty." in notes
    assert "The column same is left out: all its values are 1." in notes
    assert found.dataset.table == Table(("a", "b"), (0.0, 0.0), (29.0, 6.0))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_a_table_may_be_written_in_any_of_the_usual_encodings(encoding: str) -> None:
    found = of_table(table(20, header="é,ü,kind").encode(encoding))
    assert found.possible_columns == ("é", "ü")


def test_columns_and_labels_are_the_readers_choice() -> None:
    text = "\n".join(["a,b,c,k", *(f"{i},{i * 2},{i % 3},{'uv'[i % 2]}" for i in range(30))])
    found = of_table(text, Choices(labels="c", columns=("b", "a")))
    assert found.possible_labels == ("c", "k")
    assert found.dataset.table is not None
    assert found.dataset.table.names == ("a", "b")
    assert found.dataset.classes == ("0", "1", "2")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (noise(20), lambda v: v / 255),
        (noise(20) / np.float32(255), lambda v: v),
        (noise(20) % 2, lambda v: v),
        (noise(20).astype(np.float64) - 100, lambda v: (v - v.min()) / (v.max() - v.min())),
        (np.asfortranarray(noise(20)), lambda v: v / 255),
        (noise(20)[..., None], lambda v: v[..., 0] / 255),
        (noise(20).astype(">i4"), lambda v: v / 255),
    ],
    ids=["bytes", "unit", "binary", "own range", "by columns", "one channel", "big-endian"],
)
def test_arrays_are_scaled_by_their_own_range(
    values: np.ndarray, expected: Callable[[np.ndarray], np.ndarray]
) -> None:
    found = read_uploads([Upload("x.npy", npy(values))])
    x, _ = rows_of(found)
    assert found.dataset.image_shape == (8, 8)
    np.testing.assert_allclose(x, expected(values).reshape(20, 64), atol=0.5 / 255 + 1e-6)
    np.testing.assert_allclose(x * 255, np.rint(x * 255), atol=1e-4)


def test_the_array_that_fits_is_taken_with_labels_of_its_name() -> None:
    colour = np.random.default_rng(1).integers(0, 256, (40, 70, 70, 3), dtype=np.uint8)
    digits = np.arange(40) % 4
    content = npz(x_train=np.zeros((90_000, 10, 10), np.uint8), x_test=colour,
                  y_test=digits, other=digits % 2)  # fmt: skip
    found = read_uploads([Upload("m.npz", content)])
    assert found.choices == Choices(labels="y_test", array="x_test")
    assert found.possible_labels == ("y_test", "other")
    assert found.dataset.image_shape == (28, 28)
    expected = Image.fromarray(colour[5]).convert("L").resize((28, 28), Image.Resampling.BICUBIC)
    np.testing.assert_allclose(found.after[5] * 255, np.asarray(expected).reshape(-1), atol=2)
    _, y = rows_of(found)
    np.testing.assert_array_equal(y, digits)
    assert "x_train" in dict(found.possible_arrays)


def test_rows_of_an_array_that_are_not_finite_are_left_out_with_their_labels() -> None:
    values = np.random.default_rng(0).normal(size=(30, 3))
    values[2, 0], values[5, 1] = np.nan, np.inf
    found = read_uploads([Upload("v.npz", npz(v=values, y=np.arange(30) // 10))])
    _, y = rows_of(found)
    np.testing.assert_array_equal(y, np.delete(np.arange(30) // 10, [2, 5]))
    words = "2 rows are left out: not all of its numbers are finite and within ±1e30."
    assert found.left_out == (words,)


def test_images_of_an_array_that_are_not_finite_are_left_out() -> None:
    values = noise(600, 70) / 255.0  # several pieces, the first without one good image
    values[:200, 0, 0] = np.nan
    found = read_uploads([Upload("v.npy", npy(values.astype(np.float32)))])
    assert found.n == 400
    assert "200 rows are left out" in found.left_out[-1]


def bomb_npz(rows: int) -> bytes:
    """A small file that announces, and could hold, `rows` times 1024 bytes of zeros."""
    buffer = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": (rows, 1024)}
    np.lib.format.write_array_header_1_0(buffer, header)  # type: ignore[arg-type]
    content = bytearray(zipped([("x.npy", buffer.getvalue() + bytes(2**20))]))
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", len(buffer.getvalue()) + rows * 1024)
    return bytes(content)


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    ihdr = chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + ihdr
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


def objects() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{}, []], object), allow_pickle=True)
    return buffer.getvalue()


def encrypted() -> bytes:
    content = bytearray(zipped(pictures()))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def with_sizes(sizes: str) -> bytes:
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({sizes},)}}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(999)


def progressive(scans: int) -> bytes:
    """A JPEG drawn in `scans` passes: the second of six, again and again."""
    content = saved(Image.fromarray(noise(1, 64)[0]), "JPEG", progressive=True)
    parts = content.split(b"\xff\xda")
    return b"\xff\xda".join([*parts[:2], *parts[2:3] * (scans - 5), *parts[3:]])


def talkative(kind: bytes) -> bytes:
    """A PNG whose text or profile unpacks to 60 MB."""
    content = kind + b"k\0\0" + zlib.compress(bytes(60_000_000))
    size, check = struct.pack(">I", len(content) - 4), struct.pack(">I", zlib.crc32(content))
    image = png(noise()[0])
    return image[:33] + size + content + check + image[33:]


REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "nothing": ("a.csv", lambda: b"", "no data"),
    "too much": ("a.csv", lambda: b"1" * (own.MAX_BYTES + 1), "at most 20 MB"),
    "a program": ("a.exe", lambda: b"MZ\0\1" * 99, "upload PNG or JPEG"),
    "text for an image": ("a.png", lambda: b"hello", "not a PNG or JPEG image"),
    "npz bomb": ("a.npz", lambda: bomb_npz(2**21), "at most 200 MB are unpacked"),
    "ratio": ("a.npz", lambda: bomb_npz(2**15), "times its own size"),
    "huge png": ("a.png", lambda: png_header(12_000, 12_000), "more than 25 megapixels"),
    "larger png": ("a.png", lambda: png_header(60_000, 60_000), "more than 25 megapixels"),
    "columns": ("a.csv", lambda: b",".join([b"1"] * 300), "300 columns"),
    "long line": ("a.csv", lambda: b",".join([b"1"] * 200_000) + b"\n" * 9, "65536 characters"),
    "many rows": ("a.csv", lambda: b"1,2\n" * 4_500_000, "at most 1 million"),
    "infinite": ("a.csv", lambda: b"1e400,1\n" * 40, "beyond ±1e30"),
    "words": ("a.csv", lambda: b"one,two\nthree,four\n" * 20, "no column of numbers"),
    "one column": ("a.csv", lambda: b"1\n2\n" * 20, "1 columns of numbers"),
    "few": ("a.csv", lambda: b"1,2\n2,3\n", "Found 2 examples"),
    "alike": ("a.npy", lambda: npy(np.ones((30, 8, 8))), "the same"),
    "beyond": ("a.npy", lambda: npy((noise() - 128.0) * 2e36), "no row of finite numbers within"),
    "nearly alike": (
        "a.npy",
        lambda: npy(np.full((30, 8, 8), 1e-50) * noise(30)),
        "would see them",
    ),
    "tiny column": (
        "a.csv",
        lambda: table(30).replace(",", "e-49,").encode(),
        "give or take 1e−37",
    ),
    "underscores": ("a.csv", lambda: b"1_0,2\n3_5,4\n" * 20, "1 columns of numbers"),
    "hex": ("a.npy", lambda: with_sizes("0x" + "f" * 4500), "sizes that no array has"),
    "hex and none": ("a.npy", lambda: with_sizes("0x" + "f" * 4500 + ", 0"), "no array has"),
    "many axes": ("a.npy", lambda: with_sizes("0" + ", 7" * 900), "expected (n, d)"),
    "labels only": ("a.csv", lambda: b"y\n" + b"1\n2\n" * 20, "no column of numbers to learn"),
    "passes": ("a.jpg", lambda: progressive(31), "more than 30 passes"),
    "zTXt": ("a.png", lambda: talkative(b"zTXt"), "too much besides its pixels"),
    "iCCP": ("a.png", lambda: talkative(b"iCCP"), "too much besides its pixels"),
    "commas": ("a.csv", lambda: b",,,\n\n,,\n", "no column of numbers"),
    "pickle": ("a.npy", objects, "no plain numbers"),
    "short": ("a.npy", lambda: npy(noise())[:-1], "more than it holds"),
    "encrypted": ("a.zip", encrypted, "without a password"),
    "broken zip": ("a.zip", lambda: zipped(pictures())[:-30], "damaged zip"),
    "nested": ("a.zip", lambda: zipped([("b.zip", zipped(pictures()))]), "is not opened"),
    "many files": ("a.zip", lambda: zipped((f"{i}", b"") for i in range(20_001)), "20000 files"),
    "wide array": ("a.npy", lambda: npy(np.zeros((30, 1000))), "1000 columns"),
    "five axes": ("a.npy", lambda: npy(np.zeros((20, 2, 2, 2, 2))), "expected (n, d)"),
    "many images": ("a.npy", lambda: npy(np.zeros((8001, 32, 32), np.uint8)), "smaller side"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_says_what_was_found(case: str) -> None:
    name, content, words = REFUSED[case]
    assert words in refusal([Upload(name, content())])


def test_own_data_are_a_setting_but_no_folder() -> None:
    assert RunConfig(dataset="own").dataset == "own"
    with pytest.raises(DataError, match="session they were uploaded in"):
        load_dataset("own")


def test_one_kind_at_a_time_and_one_table() -> None:
    image, rows = Upload("a.png", png(noise()[0])), Upload("b.csv", table().encode())
    assert "one kind at a time" in refusal([image, rows])
    assert "expected one file" in refusal([rows, rows])


@pytest.mark.parametrize("choices", [Choices(labels="b"), Choices(columns=("z",))])
def test_a_choice_the_table_does_not_offer_is_refused(choices: Choices) -> None:
    assert "expected one of" in refusal([Upload("t.csv", table(70).encode())], choices)


def test_no_column_is_none_to_learn_from() -> None:
    none = Choices(columns=())
    assert "no column of numbers to learn" in refusal([Upload("t.csv", table().encode())], none)


def test_a_side_is_one_of_the_sides() -> None:
    uploads = [Upload(*file) for file in pictures()]
    assert "side: found 7" in refusal(uploads, Choices(side=7))


def test_what_does_not_belong_into_a_zip_is_left_out() -> None:
    link, inner = zipfile.ZipInfo("link.png"), zipped(pictures())
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    files = [*pictures(), ("__MACOSX/._a.png", b"x"), (".DS_Store", b"x"), ("../up.png", b"x"),
             (link, b"/etc/passwd"), ("in.zip", inner), ("notes.txt", b"hello")]  # fmt: skip
    with pytest.warns(UserWarning, match="Duplicate"):
        content = zipped([*files, pictures()[0]])
    found = read_uploads([Upload("a.zip", content)])
    assert found.n == 20
    assert [note.split(" is left out: ")[0] for note in found.left_out] == [
        "link.png", "in.zip", "a_000.png", "notes.txt",
    ]  # fmt: skip


def test_a_member_without_a_name_is_left_out() -> None:
    content = zipped([*pictures(), ("#", png(noise()[0]))])
    entry = content.rindex(b"PK\x01\x02")
    shorter = bytearray(content[: entry + 46] + content[entry + 47 :])
    shorter[entry + 28] = 0  # letters of the name
    end = shorter.rindex(b"PK\x05\x06")
    shorter[end + 12 : end + 16] = struct.pack("<I", end - content.index(b"PK\x01\x02"))
    found = read_uploads([Upload("a.zip", bytes(shorter))])
    assert found.n == 20
    assert found.left_out == ("(no name) is left out: it has no name.",)


def test_every_member_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    whole = Archive.read

    def once(archive: Archive, member: zipfile.ZipInfo) -> bytes:
        read.append(member.filename)
        return whole(archive, member)

    monkeypatch.setattr(Archive, "read", once)
    files = [*pictures(20, 30), ("a_020.png", png(noise(1, 48)[0])), ("b_021.png", b"no image")]
    found = read_uploads([Upload("a.zip", zipped(files))])
    assert (found.n, found.sizes) == (21, ((30, 30), (48, 48)))
    assert sorted(read) == sorted(name for name, _ in files)


def test_small_images_stay_as_they_are_only_if_all_have_their_size() -> None:
    small, large = noise(21, 12), noise(1, 30)[0]
    files = [(f"a_{i:02}.png", png(image)) for i, image in enumerate(small)]
    assert read_uploads([Upload(*file) for file in files]).choices.side == 12
    found = read_uploads([Upload(*file) for file in [*files, ("b.png", png(large))]])
    assert (found.n, found.choices.side, len(found.before)) == (22, 28, 8)
    x, _ = rows_of(found)
    for i, image in ((0, small[0]), (21, large)):
        expected = Image.fromarray(image).resize((28, 28), Image.Resampling.BICUBIC)
        np.testing.assert_array_equal(np.rint(x[i] * 255), np.asarray(expected).reshape(-1))


def test_the_passes_of_a_jpeg_are_counted_without_what_follows_it() -> None:
    image = Image.fromarray(noise(1, 64)[0])
    grey, colour = (saved(image.convert(m), "JPEG", progressive=True) for m in ("L", "RGB"))
    film = b"\0\2" + b"\xff\xda\0\2" * 40  # as telephones add
    plain = saved(image, "JPEG", comment=b"\xff\xda" * 40) + film
    assert [scans(content) for content in (grey, colour, plain)] == [6, 10, 1]
    assert [scans(progressive(n)) for n in (6, 30, 31, 300)] == [6, 30, 31, 31]
    assert scans(grey[:-2]) == 6
    x, _ = read_input(Upload("a.jpg", progressive(30)), (8, 8), None)
    assert x.shape == (64,)


def test_a_column_may_be_as_small_as_float32_can_tell() -> None:
    values = np.random.default_rng(0).random((30, 2)) * [3e-37, 1]
    found = of_table("\n".join(f"{a},{b}" for a, b in values.tolist()))
    x, _ = rows_of(found)
    low, high = values.min(0), values.max(0)
    np.testing.assert_allclose(x, (values - low) / (high - low), atol=2e-7)


def test_a_member_that_lies_about_its_size_is_not_followed() -> None:
    content = bytearray(zipped([*pictures(), ("zeros.png", png(noise(1, 64)[0]))]))
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 50)
    found = read_uploads([Upload("a.zip", bytes(content))])
    assert found.n == 20
    assert found.left_out == ("zeros.png is left out: it is damaged, get the file again.",)


def test_a_long_list_of_notes_is_cut_short() -> None:
    found = read_uploads(
        [Upload(*f) for f in [*pictures(), *((f"z{i}.png", b"") for i in range(9))]]
    )
    assert len(found.left_out) == 6
    assert found.left_out[-1] == "… and 4 more."


COLUMNS = Table(("a", "b"), (0.0, -10.0), (10.0, 10.0))


def test_a_row_to_try_is_found_by_its_columns() -> None:
    x, _ = read_input(Upload("r.csv", b"b;other;a\n0;word;5\n"), (1, 2), COLUMNS)
    np.testing.assert_allclose(x, [0.5, 0.5])
    x, words = read_input(Upload("r.csv", b"1,90\n"), (1, 2), COLUMNS)
    np.testing.assert_allclose(x, [0.1, 1])
    assert "nearest value of the training data: b" in words
    x, _ = read_input(Upload("r.csv", b"0,51,102,255"), (2, 2), None)
    np.testing.assert_allclose(x, [0, 0.2, 0.4, 1])


@pytest.mark.parametrize(
    ("content", "columns", "words"),
    [
        (b"1,2,3", COLUMNS, "no row of 2 numbers"),
        (b"a,b\n1,inf", COLUMNS, "no row of 2 numbers"),
        (png(noise()[0]), COLUMNS, "row of numbers"),
        (zipped(pictures(2)), None, "one PNG or JPEG"),
        (b"1,2,3,999", None, "expected grey levels"),
    ],
)
def test_an_input_that_does_not_fit_is_refused(
    content: bytes, columns: Table | None, words: str
) -> None:
    with pytest.raises(DataError, match=words):
        read_input(Upload("x", content), (2, 2) if columns is None else (1, 2), columns)


def valid_files() -> list[tuple[str, bytes]]:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = Image.fromarray(noise(1, 40)[0])
    return [
        ("a.png", png(noise()[0])),
        ("a.jpg", saved(photo, "JPEG", exif=exif)),
        ("a.zip", zipped(pictures(20))),
        ("a.npz", npz(x=noise(), y=np.arange(20) % 3)),
        ("a.npy", npy(noise() / 255.0)),
        ("a.csv", table().encode()),
    ]


VALID = valid_files()
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"")


def whatever(name: str, content: bytes) -> None:
    """It is read, or refused in one sentence. Nothing else."""
    try:
        found = read_uploads([Upload(name, content)])
    except DataError as error:
        assert "\n" not in str(error)
        return
    x = found.dataset.x_train
    assert x.dtype == np.float32
    assert 0 <= x.min() <= x.max() <= 1
    assert math.prod(found.dataset.image_shape) == x.shape[1]


@settings(max_examples=120)
@given(st.text(max_size=60), st.sampled_from(MAGIC), st.binary(max_size=300))
def test_random_bytes_are_read_or_refused(name: str, magic: bytes, content: bytes) -> None:
    whatever(name, magic + content)


@settings(max_examples=250)
@given(st.data())
def test_damaged_files_are_read_or_refused(data: st.DataObject) -> None:
    name, content = data.draw(st.sampled_from(VALID))
    damaged = bytearray(content)
    near = st.one_of(st.integers(0, min(300, len(content) - 1)), st.integers(-300, -1))
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[max(-len(content), data.draw(near))] = data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    whatever(name, bytes(damaged[:end]))
