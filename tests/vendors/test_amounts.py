"""Amounts are for those who may see interests, and not about an organisation in which they have one themselves."""

import re

import pytest

from apps.findings.models import Finding, reconcile
from apps.vendors.models import Interest
from apps.vendors.services import recheck_conflicts
from tests.api_cast import api_of
from tests.factories import make_insider, make_interest, make_organisation, make_stake

AMOUNT = re.compile(r"\b(40|25|12|4\.8|3) ?%")


@pytest.fixture
def fund(lumen):
    """The fund of the founder, in which a second one holds 25 %."""
    fund = lumen.interests.get().holder_organisation
    make_interest(make_insider("B. Coe"), fund, 25)
    reconcile(lumen)
    return fund


@pytest.fixture
def own(fund, legal):
    """What a lawyer holds in the fund too."""
    stake = make_stake(legal, fund, 10)
    recheck_conflicts(fund)
    return stake


def pages(lumen, fund):
    holders = [
        interest.holder_person.get_absolute_url() for interest in fund.interests.exclude(holder_person__user=None)
    ]
    findings = [finding.get_absolute_url() for finding in Finding.objects.about(lumen)]
    return [
        lumen.get_absolute_url(),
        f"{lumen.get_absolute_url()}checks/",
        fund.get_absolute_url(),
        *holders,
        *findings,
    ]


class TestWhoeverHasAnInterestThere:
    def test_reads_no_amounts_of_others_on_any_page(self, own, fund, lumen, legal, sign_in):
        urls = [
            *pages(lumen, fund),
            *(interest.get_absolute_url() for interest in (*fund.interests.all(), *lumen.interests.all())),
        ]
        told = {url: sign_in(legal).get(url) for url in urls if url != own.get_absolute_url()}
        assert {url for url, answer in told.items() if AMOUNT.search(answer.content.decode())} == set()
        assert told[fund.interests.first().get_absolute_url()].status_code == 404

    def test_reads_none_through_the_api_either(self, own, fund, lumen, legal):
        api = api_of(legal)
        assert api.ids("interests/") == {own.pk}
        assert api.ids("interests/", organisation=fund.pk) == {own.pk}
        assert not AMOUNT.search(api.get("findings/").content.decode())
        assert api.get(f"vendors/{lumen.pk}/").json()["conflicts"] is None
        assert api.get(f"vendors/{lumen.pk}/ownership/").status_code == 403

    def test_is_not_told_who_else_may_not_take_part(self, own, lumen, legal, second_lawyer):
        assert Finding.objects.visible_to(second_lawyer).filter(requirement__code="HOUSE-5").exists()
        assert not Finding.objects.visible_to(legal).filter(requirement__code="HOUSE-5").exists()

    def test_still_reads_of_every_other_organisation(self, own, legal):
        elsewhere = make_interest(make_insider("C. Dee"), make_organisation("Elsewhere"), 7)
        assert set(Interest.objects.visible_to(legal)) == {own, elsewhere}

    def test_is_so_for_auditors_too(self, fund, lumen, auditor):
        own = make_stake(auditor, lumen)
        assert set(Interest.objects.visible_to(auditor)) == {own}


class TestOthersWhoMaySeeInterests:
    @pytest.mark.parametrize("member", ["second_lawyer", "auditor"])
    def test_read_all_of_them(self, own, fund, lumen, cast, member, sign_in):
        assert api_of(cast[member]).ids("interests/") == set(Interest.objects.values_list("pk", flat=True))
        for url in pages(lumen, fund)[:3]:
            assert AMOUNT.search(sign_in(cast[member]).get(url).content.decode()), url
        found = api_of(cast[member]).get("findings/", requirement__code="HOUSE-5").json()["results"]
        assert any("4.8 %" in row["confidential"] for row in found)


def test_nobody_else_reads_how_many_interests_are_on_record(fund, requester, sign_in):
    empty = make_organisation("Empty")
    texts = [sign_in(requester).get(one.get_absolute_url()).content.decode() for one in (fund, empty)]
    assert all("Legal and auditors without an interest of their own see who holds what." in text for text in texts)
    assert not any("on record. Legal" in text or "No ownership" in text for text in texts)
