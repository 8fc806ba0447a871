"""Writes of figures and segments."""

from .catalogue import load_catalogue
from .followers import register_after_segmentation, tasks_after_segmentation
from .importing import MeasuresReport, import_measures
from .rollup import refresh_rollup
from .segmentation import run_segmentation, run_working_version
from .writing import RefusedRow, Written, write_measures

__all__ = [
    "MeasuresReport",
    "RefusedRow",
    "Written",
    "import_measures",
    "load_catalogue",
    "refresh_rollup",
    "register_after_segmentation",
    "run_segmentation",
    "run_working_version",
    "tasks_after_segmentation",
    "write_measures",
]
