"""The code a reader is shown is cut from its file, Python or JavaScript, whole and nothing else."""

import pytest

from ui.page import ROOT, source_of


def test_a_python_function_comes_with_its_decorators():
    source = source_of("vae_core/training.py", "encode")
    assert source.startswith("@torch.no_grad()\ndef encode(")
    assert source.endswith("return mu.numpy(), std.numpy()")


def test_a_javascript_function_comes_with_what_is_said_above_it():
    source = source_of("ui/widgets/shared/algebra.js", "product")
    assert source.startswith("/** a (n, m) · b (m, k) → (n, k). */\nfunction product(")
    assert source.endswith("return out;\n}")
    assert source.count("function ") == 1


def test_a_javascript_class_comes_whole():
    source = source_of("ui/widgets/shared/range.js", "RangeHandle")
    file = (ROOT / "ui/widgets/shared/range.js").read_text()
    assert source == file[file.index("class RangeHandle") :].strip()


@pytest.mark.parametrize("file", ["vae_core/training.py", "ui/widgets/shared/algebra.js"])
def test_a_name_that_is_not_there_is_said_to_be_missing(file):
    with pytest.raises(LookupError, match="defines no nothing"):
        source_of(file, "nothing")
