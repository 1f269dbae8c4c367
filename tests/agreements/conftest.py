import pytest

from tests.factories import make_transfer


@pytest.fixture
def told(stranger, tickets, cloudy):
    """A report that nobody has looked into yet."""
    return make_transfer(stranger, tickets, cloudy)
