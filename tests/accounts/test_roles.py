from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from apps.accounts.models import DECIDING_ROLES, Role, RoleGrant, User
from apps.core import clock
from apps.core.exceptions import Conflict
from tests.factories import make_role, make_user

PLAIN_ROLES = set(Role) - DECIDING_ROLES


def roles_of(user):
    return set(User.objects.get(pk=user.pk).roles)


class TestGrant:
    @pytest.mark.parametrize("role", sorted(PLAIN_ROLES))
    def test_of_a_plain_role_takes_effect_at_once(self, stranger, administrator, role):
        RoleGrant.grant(stranger, role, by=administrator)
        assert roles_of(stranger) == {role}

    @pytest.mark.parametrize("role", sorted(DECIDING_ROLES))
    def test_of_a_deciding_role_waits_for_a_second_administrator(
        self, stranger, administrator, second_administrator, role
    ):
        grant = RoleGrant.grant(stranger, role, by=administrator)
        assert roles_of(stranger) == set()
        grant.confirm(by=second_administrator)
        assert roles_of(stranger) == {role}

    def test_says_who_granted_and_who_confirmed(self, stranger, administrator, second_administrator):
        grant = RoleGrant.grant(stranger, Role.LEGAL, by=administrator)
        grant.confirm(by=second_administrator)
        reasons = grant.history.order_by("pk").values_list("history_user", "history_change_reason")
        assert list(reasons) == [(administrator.pk, "grant Legal"), (second_administrator.pk, "confirm Legal")]

    def test_is_never_for_oneself(self, administrator):
        with pytest.raises(ValidationError, match="Nobody grants a role to themselves"):
            RoleGrant.grant(administrator, Role.ENGINEER, by=administrator)

    @pytest.mark.parametrize("name", ["legal", "privacy", "executive", "auditor", "engineer", "stranger"])
    def test_is_for_administrators(self, founder, cast, name):
        with pytest.raises(PermissionDenied):
            RoleGrant.grant(founder, Role.ENGINEER, by=cast[name])

    def test_is_not_for_superusers(self, founder, superuser):
        with pytest.raises(PermissionDenied):
            RoleGrant.grant(founder, Role.ENGINEER, by=superuser)

    def test_happens_once(self, stranger, administrator):
        RoleGrant.grant(stranger, Role.LEGAL, by=administrator)
        with pytest.raises(Conflict, match="already, or it waits"):
            RoleGrant.grant(stranger, Role.LEGAL, by=administrator)

    def test_happens_once_even_past_the_method(self, legal):
        grant = legal.grants.get()
        with pytest.raises(IntegrityError), transaction.atomic():
            RoleGrant(user=legal, role=grant.role).save()


class TestConfirm:
    @pytest.fixture
    def waiting(self, stranger, administrator):
        return RoleGrant.grant(stranger, Role.LEGAL, by=administrator)

    @pytest.mark.parametrize("name", ["administrator", "stranger", "legal", "auditor"])
    def test_is_by_another_administrator(self, waiting, cast, stranger, name):
        with pytest.raises(PermissionDenied):
            waiting.confirm(by=cast[name])
        assert roles_of(stranger) == set()

    def test_is_not_by_the_one_it_is_for(self, administrator, second_administrator):
        grant = RoleGrant.grant(second_administrator, Role.LEGAL, by=administrator)
        with pytest.raises(PermissionDenied):
            grant.confirm(by=second_administrator)

    def test_happens_once(self, waiting, second_administrator):
        waiting.confirm(by=second_administrator)
        with pytest.raises(Conflict):
            waiting.confirm(by=second_administrator)

    def test_is_too_late_after_the_end(self, waiting, administrator, second_administrator):
        waiting.end(by=administrator)
        with pytest.raises(Conflict):
            waiting.confirm(by=second_administrator)


class TestEnd:
    def test_takes_the_role_away(self, legal, administrator):
        legal.grants.get().end(by=administrator)
        assert roles_of(legal) == set()

    def test_is_for_administrators_and_happens_once(self, legal, privacy, administrator):
        grant = legal.grants.get()
        with pytest.raises(PermissionDenied):
            grant.end(by=privacy)
        grant.end(by=administrator)
        with pytest.raises(Conflict):
            grant.end(by=administrator)

    def test_leaves_room_for_a_new_grant(self, legal, administrator):
        legal.grants.get().end(by=administrator)
        assert RoleGrant.grant(legal, Role.LEGAL, by=administrator).effective_at is None


class TestInEffect:
    def test_is_nothing_of_a_deactivated_user(self, legal):
        legal.is_active = False
        legal.save()
        assert roles_of(legal) == set()
        assert not RoleGrant.objects.in_effect().of(Role.LEGAL).filter(user=legal).exists()

    def test_starts_at_its_moment(self, stranger):
        make_role(stranger, Role.LEGAL, since=clock.now() + timedelta(hours=1))
        assert roles_of(stranger) == set()
        with clock.travel_to(clock.now() + timedelta(hours=2)):
            assert roles_of(stranger) == {"Legal"}


@pytest.mark.world("bare")
class TestFirstAdministrators:
    def test_are_two(self, db):
        for name in ("one", "two"):
            RoleGrant.bootstrap_administrator(make_user(name))
        with pytest.raises(Conflict, match="two administrators already"):
            RoleGrant.bootstrap_administrator(make_user("three"))
