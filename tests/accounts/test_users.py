import pytest
from django.core.exceptions import ValidationError

from apps.accounts.models import User
from apps.core.exceptions import Conflict


class TestUser:
    def test_is_never_deleted(self, stranger):
        with pytest.raises(Conflict, match="deactivated, never deleted"):
            stranger.delete()
        with pytest.raises(TypeError):
            User.objects.filter(pk=stranger.pk).delete()
        assert User.objects.filter(pk=stranger.pk).exists()

    @pytest.mark.django_db
    @pytest.mark.parametrize("email", ["Ann@Example.ORG", " ann@example.org "])
    def test_keeps_the_address_in_lower_case(self, email):
        assert User.objects.create_user(email, full_name="Ann").email == "ann@example.org"

    def test_is_found_by_the_address_in_any_case(self, legal):
        assert User.objects.get_by_natural_key("LEGAL@example.org") == legal

    @pytest.mark.parametrize("fields", [{"email": "no address", "full_name": "A"}, {"email": "a@b.org"}])
    def test_needs_an_address_and_a_name(self, db, fields):
        with pytest.raises(ValidationError):
            User.objects.create_user(**fields)

    def test_of_one_address_is_one(self, legal):
        with pytest.raises(ValidationError):
            User.objects.create_user("legal@example.org", full_name="Another")

    def test_is_superuser_for_the_admin_site_only(self, superuser):
        assert superuser.has_module_perms("vendors")
        assert not superuser.has_perm("accounts.grant_role")
        assert not superuser.has_perm("vendors.no_such_permission")

    def test_deactivated_may_nothing(self, legal):
        legal.is_active = False
        assert not legal.has_perm("vendors.view_interests")
        assert not legal.has_perm("vendors.add_organisation")


def test_nobody_signs_up(client, db):
    password = "correct horse battery staple"
    client.post("/accounts/signup/", {"email": "ann@example.org", "password1": password, "password2": password})
    assert not User.objects.filter(email="ann@example.org").exists()


#                       grant  see users
MATRIX = {
    "administrator":    (True,  True),
    "auditor":          (False, True),
    "legal":            (False, False),
    "privacy":          (False, False),
    "dpo":              (False, False),
    "independent":      (False, False),
    "executive":        (False, False),
    "engineer":         (False, False),
    "requester":        (False, False),
}  # fmt: skip


@pytest.mark.parametrize("name", MATRIX)
def test_permission_matrix(cast, name):
    perms = "accounts.grant_role", "accounts.view_users"
    assert tuple(cast[name].has_perm(perm) for perm in perms) == MATRIX[name]


def test_signing_in_leaves_no_line_in_the_history(legal):
    before = legal.history.count(), legal.revision
    legal.last_login = legal.created_at
    legal.save(update_fields=["last_login"])
    assert (legal.history.count(), legal.revision) == before
