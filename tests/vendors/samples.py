"""The sample files of the ownership standard (BODS), which are not part of this repository."""

import pytest

from governance.environment import BASE_DIR

SAMPLES = BASE_DIR.parent / "shared" / "data" / "bods"
SAMPLE_NAMES = [
    "bods-package-fi-soe",
    "fermcat",
    "indirect-ownership",
    "joint-ownership",
    "levent",
    "multiple-indirect-ownership",
]

needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(),
    reason=f"The sample files of the ownership standard are not part of this repository. Put them into {SAMPLES}.",
)
