from __future__ import annotations

import pgtrigger
from django.db import models

from apps.core.access import Access
from apps.ledger.models import RecordedModel, RecordedQuerySet
from apps.ledger.triggers import Uncleared, Undeletable, Unedited


class SubjectKey(RecordedModel):
    """One secret with which people's keys are digested: its number and a fingerprint, never the secret itself."""

    version = models.PositiveSmallIntegerField(unique=True, editable=False)
    fingerprint = models.CharField(max_length=64, editable=False, help_text="What tells a wrong secret, as SHA-256.")

    objects = RecordedQuerySet["SubjectKey"].as_manager()

    class Meta:
        ordering = ["version"]

    def __str__(self) -> str:
        return f"Secret {self.version} for people's keys"


class DataSubject(models.Model):
    """A person, known by a keyed digest only. Forgetting destroys the digest; the number stays and points nowhere."""

    id = models.AutoField(primary_key=True)
    key_digest = models.BinaryField(max_length=16, null=True, unique=True, editable=False)
    key_version = models.SmallIntegerField(editable=False)

    # Digests are destroyed and replaced where a look-up or a secret on the ledger says so.
    portal_may = Access.ADD
    portal_calls = ("consents_forget(bigint)", "consents_rotate(smallint, integer[], bytea[])")

    class Meta:
        triggers = [
            Undeletable(),
            Uncleared(),
            Unedited(name="number_stays", condition=pgtrigger.AnyChange("id")),
        ]

    def __str__(self) -> str:
        return f"Person {self.pk}"

    @property
    def is_forgotten(self) -> bool:
        return self.key_digest is None
