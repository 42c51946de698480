"""Benchmarks: one file per question. `python -m benchmarks` asks them all; see `__main__.py`."""
