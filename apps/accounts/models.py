from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import pgtrigger
import rules
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Group
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.crypto import salted_hmac

from apps.core import clock
from apps.core.exceptions import Conflict
from apps.core.permissions import require, ways_out
from apps.core.reading import once_while_reading
from apps.core.scopes import Scope, with_reading
from apps.ledger.models import RecordedModel, RecordedQuerySet
from apps.ledger.triggers import Uncleared, Undeletable, Unedited

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    AnyUser: TypeAlias = "User | AnonymousUser"


class Role(StrEnum):
    """The roles of the portal. Each is a Django group that the portal makes itself."""

    ENGINEER = "Engineer"
    LEGAL = "Legal"
    PRIVACY = "Privacy"
    DPO = "DPO"
    INDEPENDENT = "Independent reviewer"
    EXECUTIVE = "Executive"
    AUDITOR = "Auditor"
    ADMINISTRATOR = "Administrator"


# Granting one of these needs a second administrator. So does making one: nobody makes their own second.
DECIDING_ROLES = frozenset({Role.LEGAL, Role.PRIVACY, Role.DPO, Role.INDEPENDENT, Role.EXECUTIVE, Role.ADMINISTRATOR})
# The outcome of what somebody took back themselves (`ways_out`), which a review alone brings about.
OUTCOME = "return_to_draft_"


class UserQuerySet(RecordedQuerySet["User"]):
    def visible_to(self, user: AnyUser) -> UserQuerySet:
        """Administrators and auditors see all accounts, everybody else their own."""
        return self if user.has_perm("accounts.view_users") else self.filter(pk=user.pk or 0)

    def nameable_by(self, user: AnyUser) -> UserQuerySet:
        """Whom records may name, such as a sponsor: every colleague, though accounts are shown to few."""
        return self if user.is_authenticated else self.none()


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user without any role. `email` is kept in lower case."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Somebody who may enter the admin site. Being a superuser permits nothing by itself."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, RecordedModel):
    """A person or service account that signs in. Deactivated, never deleted."""

    email = models.EmailField(unique=True)
    full_name = models.CharField("name", max_length=150)
    is_active = models.BooleanField(default=True)
    is_service = models.BooleanField("service account", default=False)
    is_staff = models.BooleanField(default=False)
    is_superuser = models.BooleanField(default=False)
    invited_at = models.DateTimeField(null=True, editable=False, help_text="Earlier invitations no longer work.")
    sessions_ended_at = models.DateTimeField(null=True, editable=False, help_text="Who signed in before is signed out.")

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]
    named_by = "full_name"
    redactable = ("full_name", "email")
    unrecorded = ("password", "last_login")
    secret_fields = ("password",)

    class Meta:
        ordering = ["full_name"]

    def __str__(self) -> str:
        return self.full_name

    def get_full_name(self) -> str:
        return self.full_name

    def get_absolute_url(self) -> str:
        return reverse("accounts:user_detail", args=[self.pk])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise Conflict("Users are deactivated, never deleted: their decisions stay on the record.")

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Of what a session ends with: the password, and the account's last closing or opening."""
        ended = self.sessions_ended_at
        bound_to = f"{self.password} {ended.isoformat()}" if ended else self.password
        salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        return salted_hmac(salt, bound_to, secret=secret, algorithm="sha256").hexdigest()

    @property
    def waits_for_password(self) -> bool:
        """Whether the person has yet to choose a password."""
        return self.is_active and not self.is_service and not self.has_usable_password()

    @transaction.atomic
    def invite(self, *, by: User | None) -> None:
        """Let the person choose the first password. Nobody else learns it, and an earlier link no longer works."""
        self.lock()
        if by and not by.has_perm("accounts.grant_role"):
            raise PermissionDenied("Administrators invite.")
        if not self.waits_for_password:
            raise Conflict(f"{self} has a password already, or cannot sign in.")
        self.invited_at = clock.now()
        self.on_behalf(by, "invite").save()

    @transaction.atomic
    def end_tokens(self, *, by: User | None, reason: str) -> None:
        for token in self.tokens.filter(revoked_at=None):
            token.revoke(by=by, reason=reason)

    @transaction.atomic
    def close(self, *, by: User) -> None:
        """Let nobody sign in with this account. Its roles end and its tokens stop; what it did stays on the record."""
        self._require_closable(by)
        if not self.is_active:
            raise Conflict("This account is closed already.")
        for grant in self.grants.current():
            grant.end(by=by)
        self.end_tokens(by=by, reason="close account")
        self.is_active, self.sessions_ended_at = False, clock.now()
        self.on_behalf(by, "close account").save()

    @transaction.atomic
    def reopen(self, *, by: User) -> None:
        """Let this person sign in again. Roles are granted anew, deciding ones by two administrators."""
        self._require_closable(by)
        if self.is_active:
            raise Conflict("This account is open.")
        self.end_tokens(by=by, reason="reopen account")
        self.is_active, self.sessions_ended_at = True, clock.now()
        self.on_behalf(by, "reopen account").save()

    def _require_closable(self, by: User) -> None:
        self.lock()
        require(by, "accounts.close_account", self)

    @cached_property
    def roles(self) -> frozenset[str]:
        """Names of the roles in effect, asked once for this instance."""
        if not self.is_active:
            return frozenset()
        return frozenset(self.grants.in_effect().values_list("role__name", flat=True))

    @classmethod
    def prefetch_roles(cls, users: Collection[User]) -> None:
        """Ask the roles of all these users at once; each then knows its own."""
        grants = RoleGrant.objects.in_effect().filter(user__in=users).values_list("user", "role__name")
        held: dict[int, set[str]] = {user.pk: set() for user in users}
        for key, role in grants:
            held[key].add(role)
        for user in users:
            user.roles = frozenset(held[user.pk])

    def has_role(self, *roles: Role) -> bool:
        return any(role.value in self.roles for role in roles)

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Asks the predicates in rules.py: no superuser shortcut, no permissions by click.

        Whatever they say, nobody changes a record that concerns an interest of their own, but for taking back what
        they asked for.
        """
        if not self.is_active or not rules.has_perm(perm, self, obj):
            return False
        reads = perm in ways_out or perm.partition(".")[2].startswith(("view_", OUTCOME))
        return reads or not isinstance(obj, RecordedModel) or not obj.concerns(self)

    def has_perms(self, perms: list[str], obj: models.Model | None = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff


class RoleGrantQuerySet(RecordedQuerySet["RoleGrant"]):
    def visible_to(self, user: AnyUser) -> RoleGrantQuerySet:
        return self if user.has_perm("accounts.view_users") else self.filter(user_id=user.pk or 0)

    def current(self) -> RoleGrantQuerySet:
        """Granted or waiting for a second administrator, and not ended."""
        return self.filter(ended_at=None)

    def in_effect(self, by: datetime | None = None) -> RoleGrantQuerySet:
        """In effect now, and since before `by` when it is given."""
        return self.current().filter(effective_at__lte=by or clock.now(), user__is_active=True)

    def all_in_effect(self) -> list[RoleGrant]:
        """Those of everybody, with who holds which role, whatever this queryset is filtered by."""
        grants = RoleGrant.objects.in_effect().select_related("user", "role")
        return once_while_reading("grants", lambda: list(grants))

    def of(self, role: str) -> RoleGrantQuerySet:
        return self.filter(role__name=role)


class RoleGrant(RecordedModel):
    """That somebody holds a role. A deciding role takes effect when a second administrator confirms it."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="grants")
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    effective_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        ordering = ["role__name", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], condition=Q(ended_at=None), name="one_current_grant"),
            models.CheckConstraint(condition=~Q(user=models.F("granted_by")), name="role_granted_by_another"),
            models.CheckConstraint(
                condition=~Q(confirmed_by=models.F("user")) & ~Q(confirmed_by=models.F("granted_by")),
                name="role_confirmed_by_a_third",
            ),
        ]
        # Whoever could exchange the person or the role of a grant would make it say what nobody confirmed.
        triggers = [
            Undeletable(),
            Uncleared(),
            Unedited(name="grant_stays", condition=pgtrigger.AnyChange("id", "user", "role", "granted_by")),
            Unedited(
                name="confirmation_stays",
                condition=pgtrigger.Condition(
                    "OLD.effective_at IS NOT NULL AND (OLD.effective_at, OLD.confirmed_by_id) "
                    "IS DISTINCT FROM (NEW.effective_at, NEW.confirmed_by_id)"
                ),
            ),
            Unedited(name="end_stays", condition=pgtrigger.Q(old__ended_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"

    def get_absolute_url(self) -> str:
        return self.user.get_absolute_url()

    @classmethod
    def grant(cls, user: User, role: Role, *, by: User) -> RoleGrant:
        """Give a role. A deciding role waits for `confirm` by another administrator."""
        if not by.has_perm("accounts.grant_role"):
            raise PermissionDenied
        if by == user:
            raise ValidationError("Nobody grants a role to themselves. Ask another administrator.")
        held = set(cls.objects.current().filter(user=user).values_list("role__name", flat=True)) - {role.value}
        if held and Role.AUDITOR in (role, *held):
            raise ValidationError("An auditor reads everything and changes nothing, and so has no other role.")
        if cls.objects.current().of(role).filter(user=user).exists():
            raise Conflict(f"{user} has the role {role} already, or it waits for a second administrator.")
        return cls._start(user, role, by=by, effective_at=None if role in DECIDING_ROLES else clock.now())

    @classmethod
    def bootstrap_administrator(cls, user: User) -> RoleGrant:
        """Make an administrator from the command line, as long as there are fewer than two of them."""
        if cls.objects.current().of(Role.ADMINISTRATOR).count() >= 2:
            raise Conflict("There are two administrators already. One of them can grant the role on the page Users.")
        return cls._start(user, Role.ADMINISTRATOR, by=None, effective_at=clock.now())

    @classmethod
    def _start(cls, user: User, role: Role, *, by: User | None, effective_at: datetime | None) -> RoleGrant:
        group = Group.objects.get(name=role.value)
        made = cls(user=user, role=group, granted_by=by, effective_at=effective_at)
        made.on_behalf(by, f"grant {role}").save()
        return made

    @transaction.atomic
    def confirm(self, *, by: User) -> None:
        self.lock()
        if self.ended_at or self.effective_at:
            raise Conflict("This role is not waiting for a second administrator.")
        if not by.has_perm("accounts.grant_role") or by in (self.granted_by, self.user):
            raise PermissionDenied("Another administrator than the one who granted the role must confirm it.")
        self.confirmed_by, self.effective_at = by, clock.now()
        self.on_behalf(by, f"confirm {self.role.name}").save()

    @transaction.atomic
    def end(self, *, by: User) -> None:
        self.lock()
        if not by.has_perm("accounts.grant_role"):
            raise PermissionDenied
        if self.ended_at:
            raise Conflict("This role has ended already.")
        self.ended_at = clock.now()
        self.on_behalf(by, f"end {self.role.name}").save()


class TokenQuerySet(RecordedQuerySet["ApiToken"]):
    def visible_to(self, user: AnyUser) -> TokenQuerySet:
        return self.filter(user_id=user.pk or 0)

    def usable(self, at: datetime | None = None) -> TokenQuerySet:
        """Those that are, now or at the moment given."""
        return self.filter(revoked_at=None, expires_at__gt=at or clock.now(), user__is_active=True)


class ApiToken(RecordedModel):
    """A key for the API. Only its SHA-256 is stored; the key itself is shown once, when it is issued."""

    LASTS = timedelta(days=90)
    # Of tokens that were made when there were no scopes.
    BEFORE_SCOPES = (Scope.READ, Scope.WRITE)
    NOTED_EVERY = timedelta(minutes=5)

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=100, help_text="What it is for, such as the pipeline that uses it.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=10), null=True, editable=False, help_text="What it is used for.")
    parent = models.ForeignKey(
        "self", null=True, editable=False, on_delete=models.PROTECT, related_name="made", help_text="What made it."
    )
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    objects = TokenQuerySet.as_manager()
    secret_fields = ("digest",)
    unrecorded = ("last_used_at",)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name

    @property
    def held(self) -> frozenset[Scope]:
        return frozenset(self.BEFORE_SCOPES if self.scopes is None else map(Scope, self.scopes))

    @property
    def scope_names(self) -> str:
        return ", ".join(scope for scope in Scope if scope in self.held)

    @classmethod
    @transaction.atomic
    def issue(
        cls,
        user: User,
        name: str,
        *,
        by: User | None,
        scopes: Iterable[Scope] = (Scope.READ,),
        lasts: timedelta = LASTS,
        parent: ApiToken | None = None,
    ) -> tuple[ApiToken, str]:
        """The stored token and the key to hand over, which cannot be shown again."""
        key = secrets.token_urlsafe(32)
        token = cls(user=user, name=name, digest=cls.digest_of(key), scopes=with_reading(set(scopes)), parent=parent)
        token.expires_at = clock.now() + lasts
        if parent:
            parent._require_covers(token)
            token.expires_at = min(token.expires_at, parent.expires_at)
        token.on_behalf(by, "issue token").save()
        return token, key

    def _require_covers(self, made: ApiToken) -> None:
        """A token makes none that may do more than itself, and none once it has ended."""
        self.lock()
        if not ApiToken.objects.usable().filter(pk=self.pk, user=made.user).exists():
            raise PermissionDenied("This token has ended.")
        if more := made.held - self.held:
            raise ValidationError({"scopes": f"A token gives only scopes of its own: not {', '.join(sorted(more))}."})

    @staticmethod
    def digest_of(key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()

    def revoke(self, *, by: User | None, reason: str = "revoke token") -> None:
        """End this token and those that were made with it, and with those."""
        with transaction.atomic():
            ending: list[ApiToken] = [self]
            for token in ending:
                token.lock()  # whoever makes another with it at this moment is waited for
                ending += token.made.filter(revoked_at=None)
                if token.revoked_at is None:
                    token.revoked_at = clock.now()
                    token.on_behalf(by, reason if token is self else f"{reason} that made it").save()

    def note_use(self) -> None:
        """Remember when it was used, to within a few minutes, so that not every request writes."""
        now = clock.now()
        if self.last_used_at is None or now - self.last_used_at > self.NOTED_EVERY:
            self.last_used_at = now
            self.save(update_fields=["last_used_at"])
