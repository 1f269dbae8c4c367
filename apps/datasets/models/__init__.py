from apps.datasets.models.dataset import (
    Dataset,
    DatasetCategory,
    DatasetNotice,
    DatasetSubjectType,
    DatasetUse,
)
from apps.datasets.models.version import DatasetVersion, DatasetVersionParent, same_files

__all__ = [
    "Dataset",
    "DatasetCategory",
    "DatasetNotice",
    "DatasetSubjectType",
    "DatasetUse",
    "DatasetVersion",
    "DatasetVersionParent",
    "same_files",
]
