"""Transfers that tests tell of."""

from datetime import date

import pytest

from tests.factories import make_transfer

THE_DAY = date(2014, 9, 15)


@pytest.fixture
def told(stranger, tickets, cloudy):
    """A report that nobody has looked into yet."""
    return make_transfer(stranger, tickets, cloudy)


@pytest.fixture
def of_2014(stranger, tickets, lumen, founder):
    """The transfer of the case, as reported."""
    return make_transfer(
        stranger,
        tickets,
        lumen,
        transferred_on=THE_DAY,
        channel="personal_mail",
        consideration="none",
        executor=founder.person,
        evidence="A message in an old mailbox.",
    )


@pytest.fixture
def confirmed(of_2014, legal, privacy):
    """The transfer of the case, confirmed by legal and privacy."""
    of_2014.propose(by=legal, note="The e-mail is at hand.", proposal="confirmed")
    of_2014.confirm(by=privacy, note="I have read it too.")
    return of_2014
