"""The mathematics: networks, objectives, training and measures. Knows no page and no job.

Importing this package is cheap: configuration and data need numpy only, torch is imported by
the modules that use it.
"""

from vae_core.config import ConfigError, RunConfig
from vae_core.data import DataError, Dataset, load_dataset

__all__ = ["ConfigError", "DataError", "Dataset", "RunConfig", "load_dataset"]
