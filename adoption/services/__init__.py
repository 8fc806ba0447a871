"""Writes of figures and segments."""

from .catalogue import load_catalogue
from .followers import register_after_segmentation, tasks_after_segmentation
from .rollup import refresh_rollup
from .segmentation import run_segmentation, run_working_version

__all__ = [
    "load_catalogue",
    "refresh_rollup",
    "register_after_segmentation",
    "run_segmentation",
    "run_working_version",
    "tasks_after_segmentation",
]
