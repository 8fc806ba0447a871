"""Which tasks follow a segmentation: the apps above say so at start-up, without adoption knowing them."""

from adoption.models import SegmentationRun

_task_names: list[str] = []


def register_after_segmentation(task_name: str) -> None:
    """Have this Celery task sent after every run of the working version; called from an AppConfig's ready."""
    if task_name not in _task_names:
        _task_names.append(task_name)


def tasks_after_segmentation(run: SegmentationRun) -> list[str]:
    """The tasks that the caller of a run has to send: none unless the run's version is the working one."""
    return list(_task_names) if run.version.is_working else []
