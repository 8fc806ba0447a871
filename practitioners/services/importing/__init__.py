"""Bringing files of practitioners into the registry."""

from .importer import import_practitioners
from .report import ImportReport
from .runs import begin_run, end_run

__all__ = ["ImportReport", "begin_run", "end_run", "import_practitioners"]
