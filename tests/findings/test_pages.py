"""Findings and rules on their pages."""

import csv

import pytest

from apps.findings.models import Finding, Requirement, reconcile


@pytest.fixture
def found(case):
    reconcile(case)
    return {finding.requirement.code: finding for finding in Finding.objects.about(case)}


@pytest.fixture
def listed(sign_in):
    def listed(user, **query):
        page = sign_in(user).get("/findings/", query)
        assert page.status_code == 200
        return {row.record.requirement.code for row in page.context["table"].page.object_list}

    return listed


class TestList:
    def test_leaves_out_what_is_hidden_from_the_reader(self, listed, found, legal, founder, stranger):
        assert {"OKC-4", "HOUSE-1", "HOUSE-4"} <= listed(legal)
        assert not {"OKC-4", "HOUSE-1"} & listed(founder)
        assert "HOUSE-4" in listed(founder)
        assert not {"OKC-4", "HOUSE-1", "HOUSE-4"} & listed(stranger)

    def test_is_filtered(self, listed, found, legal):
        assert "OKC-4" in listed(legal, severity="critical", status="not_closed")
        assert "OKC-4" not in listed(legal, severity="low")
        assert listed(legal, rule=found["OKC-4"].requirement.title) == {"OKC-4"}
        assert listed(legal, q="no end date") == {"HOUSE-4"}

    def test_export_holds_words_only(self, found, legal, sign_in):
        answer = sign_in(legal).get("/findings/?export=csv")
        rows = list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))
        assert rows[1][0] == "Critical"
        assert not any("<" in cell for row in rows for cell in row)


class TestFinding:
    @pytest.mark.parametrize("part", ["", "history/"])
    def test_that_is_hidden_is_404(self, found, founder, legal, sign_in, part):
        url = f"{found['OKC-4'].get_absolute_url()}{part}"
        assert sign_in(founder).get(url).status_code == 404
        assert sign_in(legal).get(url).status_code == 200

    @pytest.mark.parametrize("part", ["", "history/"])
    def test_tells_amounts_to_legal_and_auditors_only(self, found, cast, sign_in, part):
        # So that the history tells of a change of the confidential text.
        finding = found["OKC-4"]
        finding.confidential += " It was 4.8 % before."
        finding.on_behalf(None, "the facts changed").save()
        url = f"{finding.get_absolute_url()}{part}"
        for name, sees in (("legal", True), ("auditor", True), ("privacy", False), ("requester", False)):
            assert (b"4.8 %" in sign_in(cast[name]).get(url).content) is sees

    def test_is_acknowledged_and_proposed_to_be_closed(self, found, privacy, sign_in):
        finding = found["HOUSE-3"]
        url = finding.get_absolute_url()
        assert sign_in(privacy).post(f"{url}do/acknowledge/", {"note": ""}).status_code == 302
        answer = sign_in(privacy).post(f"{url}do/propose/", {"proposal": "accepted", "note": "For now."})
        assert answer.status_code == 422
        assert b"Choose a date within the next 180 days." in answer.content

    def test_of_a_rule_that_stands_is_not_closed(self, found, legal, sign_in):
        url = f"{found['OKC-4'].get_absolute_url()}do/dismiss/"
        answer = sign_in(legal).post(url, {"note": "Never mind."})
        assert answer.status_code == 422
        found["OKC-4"].refresh_from_db()
        assert found["OKC-4"].status == "open"


class TestRules:
    @pytest.fixture
    def rule(self, db):
        return Requirement.objects.get(code="HOUSE-4")

    def test_are_read_by_everybody(self, rule, stranger, sign_in):
        assert sign_in(stranger).get("/rules/?q=agreement").status_code == 200
        assert sign_in(stranger).get(rule.get_absolute_url()).status_code == 200

    def test_are_edited_by_legal(self, rule, legal, privacy, sign_in):
        url = f"{rule.get_absolute_url()}edit/"
        assert sign_in(privacy).get(url).status_code == 403
        assert sign_in(legal).get(url).status_code == 200

    def test_show_whoever_was_slower_what_differs(self, rule, legal, second_lawyer, sign_in):
        url = f"/rules/{rule.pk}/edit/"
        opened = {"title": rule.title, "sentence": rule.sentence, "source": rule.source, "stops": rule.stops}
        opened |= {"severity": rule.severity, "applies_when": rule.applies_when, "revision": rule.revision}
        assert sign_in(second_lawyer).post(url, {**opened, "severity": "high"}).status_code == 302
        response = sign_in(legal).post(url, {**opened, "severity": "critical"})
        assert response.status_code == 409
        differs = [(row.name, row.mine, row.theirs) for row in (r["row"] for r in response.context["conflict"]["rows"])]
        assert differs == [("severity", "Critical", "High")]

    def test_count_no_findings_that_are_hidden(self, found, founder, legal, sign_in):
        def counted(user):
            rows = sign_in(user).get("/rules/", {"per_page": 100}).context["table"].page.object_list
            return next(row.record.open_findings for row in rows if row.record.code == "OKC-4")

        assert counted(legal) == 1
        assert counted(founder) == 0
