"""Answers of a few people, as a file that somebody sends."""

import gzip

from django.core.files.uploadedfile import SimpleUploadedFile

ANN, BOB, CLEO = "ann.doe@example.org", "bob.roe@example.org", "account-4711"
HEAD = "subject,use,state,occurred_at\n"
TRAINING, SHARING = "train_ai_system.face_recognition", "third_party_sharing.third_party"


def lines(*rows):
    return HEAD + "".join(f"{subject},{use},{state},{at}\n" for subject, use, state, at in rows)


ANSWERS = lines(
    (ANN, "marketing", "given", "2026-01-10T10:00:00Z"),
    (ANN, TRAINING, "given", "2026-02-01T10:00:00Z"),
    (BOB, "marketing", "given", "2026-01-11T10:00:00Z"),
    (BOB, "marketing", "withdrawn", "2026-03-01T10:00:00Z"),
    (CLEO, TRAINING, "refused", "2026-02-02T10:00:00Z"),
)


def upload(content=ANSWERS, name="answers.csv"):
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())


def packed(content=ANSWERS):
    return upload(gzip.compress(content.encode(), mtime=0), "answers.csv.gz")


def said(response):
    return " ".join(response.content.decode().split())
