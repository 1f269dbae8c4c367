import pytest

from tests.notifications.background import smtp_server


@pytest.fixture
def postbox():
    with smtp_server() as postbox:
        yield postbox
