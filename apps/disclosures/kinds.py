"""What people and others outside are told."""

from __future__ import annotations

from apps.disclosures.forms import PublicStatementForm
from apps.disclosures.models import NoticeVersion, PublicStatement
from apps.disclosures.views import statements, versions
from apps.records.kind import Door, Kind, Look
from apps.records.registry import register

VERSIONS = Kind[NoticeVersion](
    model=NoticeVersion,
    path="disclosures/versions",
    label="Disclosures",
    searched=("notice__product", "label", "text"),
    line=lambda version: f"In force from {version.effective_from:%-d %b %Y}",
    related=("notice",),
    steps={"submit": Look.EXPECTED, "publish": Look.EXPECTED},
    tones={"in_review": "azure", "approved": "green", "rejected": "red", "published": "green"},
    home=True,
    pages={"detail": versions.version_detail, "edit": versions.version_edit},
)
STATEMENTS = Kind[PublicStatement](
    model=PublicStatement,
    path="disclosures/statements",
    label="Public statements",
    searched=("title", "text", "organisation__name"),
    line=lambda statement: f"About {statement.organisation}, {statement.said_on:%-d %b %Y}",
    related=("organisation",),
    form=PublicStatementForm,
    create=Door(
        "Draft a statement",
        lead="What we are about to tell somebody outside, or what was told already.",
        next_steps="Enter what its sentences say. Then submit it for clearance, or let legal or privacy record it as "
        "made already.",
    ),
    edit=Door(),
    steps={"submit": Look.EXPECTED, "make": Look.EXPECTED},
    tones={"in_review": "azure", "pre_cleared": "green", "rejected": "red", "made": "azure"},
    home=True,
    pages={"list": statements.statement_list, "detail": statements.statement_detail},
)
for kind in (VERSIONS, STATEMENTS):
    register(kind)
