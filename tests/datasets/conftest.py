import pytest

from tests.factories import make_approved, make_dataset, make_dataset_version
from tests.roles import put_in


@pytest.fixture
def version(tickets):
    """The first version of an approved dataset, registered and complete."""
    put_in(tickets, "approved")
    return make_dataset_version(tickets, record_count=100, subject_count=40)


@pytest.fixture
def settled(version, engineer):
    """The same, approved."""
    put_in(make_approved(version, engineer), "approved")
    return version


@pytest.fixture
def released(settled, engineer):
    settled.release(by=engineer)
    return settled


@pytest.fixture
def photos(engineer):
    return make_dataset(engineer, "Photos")
