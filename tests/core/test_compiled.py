"""Queries whose SQL is made once."""

import pytest

from apps.accounts.models import User
from apps.core.compiled import CompiledQuery, given


@pytest.fixture
def by_email():
    return CompiledQuery(lambda: User.objects.filter(email=given("email"), is_active=given("open")).values_list("pk"))


def test_each_time_it_is_asked_with_the_values_of_that_time(by_email, legal, privacy):
    assert by_email.rows(email=legal.email, open=True) == [(legal.pk,)]
    assert by_email.rows(email=privacy.email, open=True) == [(privacy.pk,)]
    assert by_email.rows(email=privacy.email, open=False) == []


def test_its_sql_is_made_once(legal):
    made = []
    query = CompiledQuery(lambda: made.append(1) or User.objects.filter(pk=given("pk")).values_list("email"))
    for _ in range(2):
        assert query.rows(pk=legal.pk) == [(legal.email,)]
    assert made == [1]


def test_values_are_values(by_email, legal):
    assert by_email.rows(email="' OR true --", open=True) == []


def test_a_value_that_is_missing_is_an_error(by_email, db):
    with pytest.raises(KeyError):
        by_email.rows(email="a@b.example")
