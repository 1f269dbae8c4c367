"""Who is counted when there were too many tries: the one who tries, whatever they claim and whoever passes it on."""

import pytest
from django.conf import settings as as_they_run
from django.test import Client

from apps.accounts.models import User
from governance import settings as real

PASSWORD = "a long and unusual one"
PROXY = "172.18.0.9"
TOO_MANY = "Too many failed login attempts"


@pytest.fixture(autouse=True)
def limits(db, settings):
    """As they are outside of tests, behind one proxy."""
    settings.ACCOUNT_RATE_LIMITS = real.ACCOUNT_RATE_LIMITS
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.ALLOWED_HOSTS = ["*"]


@pytest.fixture
def person(db):
    return User.objects.create_user("person@example.org", PASSWORD, full_name="Person")


def log_in(address, login="nobody@example.org", password="wrong password", peer=PROXY):
    """A new visitor's try; `address` is what the header says when it reaches the portal."""
    headers = {"X-Forwarded-For": address} if address else {}
    given = {"login": login, "password": password}
    return Client(REMOTE_ADDR=peer).post("/accounts/login/", given, headers=headers)


def guess(times, address, **more):
    """The answers to wrong tries, each for another account."""
    return [log_in(address, f"account{number}@example.org", **more) for number in range(times)]


def is_refused(answer):
    return answer.status_code == 429 or TOO_MANY in answer.content.decode()


def test_many_wrong_tries_from_one_address_lock_out_nobody_else(person):
    assert is_refused(guess(24, "198.51.100.7")[-1])
    assert log_in("203.0.113.5", person.email, PASSWORD).status_code == 302
    assert is_refused(log_in("198.51.100.7", person.email, PASSWORD))


def test_an_address_that_is_claimed_neither_frees_who_claims_it_nor_locks_out_who_has_it(person):
    answers = [
        log_in(f"203.0.113.{number}, 198.51.100.7", f"account{number}@example.org") for number in (5, *range(20, 43))
    ]
    assert is_refused(answers[-1])
    assert sum(map(is_refused, answers)) == 24 - 10
    assert log_in("203.0.113.5", person.email, PASSWORD).status_code == 302


def test_without_a_proxy_nothing_that_is_claimed_is_believed(person, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    answers = [log_in(f"203.0.113.{number}", f"a{number}@example.org", peer="198.51.100.7") for number in range(12)]
    assert sum(map(is_refused, answers)) == 2
    assert log_in("", person.email, PASSWORD, peer="203.0.113.5").status_code == 302


def test_behind_two_proxies_the_address_that_the_outer_one_saw_counts(person, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    assert is_refused(guess(12, "1.1.1.1, 198.51.100.7, 10.0.0.4")[-1])
    assert log_in("1.1.1.1, 203.0.113.5, 10.0.0.4", person.email, PASSWORD).status_code == 302


def test_addresses_of_one_network_of_ip_version_6_are_one_visitor():
    answers = [log_in(f"2001:db8:1:2::{number:x}", f"account{number}@example.org") for number in range(12)]
    assert is_refused(answers[-1])


def test_links_to_withdraw_are_counted_by_visitor_too(client):
    def status(address):
        return client.post("/withdraw/guess/", REMOTE_ADDR=PROXY, headers={"X-Forwarded-For": address}).status_code

    assert [status("198.51.100.7") for _ in range(11)][-1] == 429  # ten for one link, whoever tries

    def another(number, address):
        url = f"/withdraw/guess{number}/"
        return client.post(url, REMOTE_ADDR=PROXY, headers={"X-Forwarded-For": address}).status_code

    assert [another(number, "198.51.100.7") for number in range(30)][-1] == 429
    assert another(99, "203.0.113.5") == 404


def test_the_count_is_kept_where_all_processes_read_it():
    """See tests/test_serving.py, where two processes do."""
    assert as_they_run.CACHES["default"]["BACKEND"] == "apps.core.shared_cache.SharedCache"
