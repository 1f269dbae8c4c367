import gzip
import io

import pytest

from apps.consents.intake.importing import import_consents
from apps.consents.models import CHUNK
from tests.consents.files import upload

HEADER = "subject,use,state,occurred_at"


def csv_of(*rows, header=HEADER):
    return "\n".join([header, *rows, ""]).encode()


def set_of(numbers):
    """People with these numbers, as sets of each of_chunk."""
    found = {}
    for number in numbers:
        chunk, place = divmod(number, CHUNK)
        found[chunk] = found.get(chunk, 0) | 1 << place
    return found


@pytest.fixture
def load(db):
    """Import a file with these rows, or these bytes as they are."""

    def load(*rows, header=HEADER, content=None, packed=False, **options):
        content = csv_of(*rows, header=header) if content is None else content
        file = io.BytesIO(gzip.compress(content) if packed else content)
        return import_consents(file, file_name=options.pop("file_name", "answers.csv"), **options)

    return load


@pytest.fixture
def answers(db):
    """Ann permits marketing and training, Bob withdrew, Cleo refused."""
    return import_consents(upload(), file_name="answers.csv").made


@pytest.fixture
def in_privacy(sign_in, privacy):
    return sign_in(privacy)
