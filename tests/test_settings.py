"""The portal does not start in production with what is fit for development only."""

import os
import subprocess
import sys

import pytest

from governance.environment import switch

GOOD = {
    "PRODUCTION": "1",
    "SECRET_KEY": "x" * 50,
    "WITHDRAWAL_KEYS": "y" * 50,
    "CONSENT_KEY": "y" * 50,
    "ALLOWED_HOSTS": "portal.example.org",
    "DEBUG": "0",
    "PORTAL_URL": "https://portal.example.org",
}


def start(**changed: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": "postgres://nowhere.invalid/x", **GOOD, **changed}
    return subprocess.run(
        [sys.executable, "-c", "import governance.settings"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_starts_with_a_secret_and_a_host():
    assert start().returncode == 0


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set"),
        ({"SECRET_KEY": "insecure-default-for-development-only"}, "SECRET_KEY must be set"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must be set"),
        ({"WITHDRAWAL_KEYS": ""}, "WITHDRAWAL_KEYS must be"),
        ({"WITHDRAWAL_KEYS": f"{'y' * 50},short"}, "WITHDRAWAL_KEYS must be"),
        ({"CONSENT_KEY": "short"}, "CONSENT_KEY must hold secrets"),
        ({"CONSENT_KEY": "insecure-default-for-development-only"}, "CONSENT_KEY must hold secrets"),
        ({"CONSENT_KEY": "y" * 50 + ",short"}, "CONSENT_KEY must hold secrets"),
        ({"CONSENT_KEY": ""}, "CONSENT_KEY must hold secrets"),
        ({"DEBUG": "1"}, "DEBUG must be off"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name"),
        ({"PORTAL_URL": "http://127.0.0.1:8000"}, "PORTAL_URL must be"),
    ],
)
def test_refuses_with_a_sentence(changed, sentence):
    stopped = start(**changed)
    assert stopped.returncode != 0
    assert sentence in stopped.stderr


@pytest.mark.parametrize("name", ["PRODUCTION", "DEBUG", "BEHIND_PROXY", "REQUIRE_SECOND_FACTOR"])
@pytest.mark.parametrize("word", ["enabled", "ture", "2", ""])
def test_a_word_that_is_neither_true_nor_false_is_refused(name, word):
    stopped = start(**{name: word})
    assert stopped.returncode != 0
    assert f"{name} is {word!r}, which is neither true nor false." in stopped.stderr


@pytest.mark.parametrize(
    ("word", "means"), [("true", True), ("On", True), ("1", True), ("FALSE", False), ("no", False)]
)
def test_words_for_true_and_false(word, means, monkeypatch):
    monkeypatch.setenv("PRODUCTION", word)
    assert switch("PRODUCTION", default=not means) == means
