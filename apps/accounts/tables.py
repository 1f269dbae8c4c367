from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.contrib.auth.models import Group

from apps.accounts.models import User
from apps.core.search import SearchFilter


class UserTable(tables.Table):
    full_name = tables.Column(verbose_name="Name", linkify=True)
    role_names = tables.Column(verbose_name="Roles", orderable=False, empty_values=())
    is_active = tables.BooleanColumn(verbose_name="Active", yesno="yes,no")

    class Meta:
        model = User
        fields = ("full_name", "email", "role_names", "is_active")

    def render_role_names(self, record: User) -> str:
        grants = [grant for grant in record.grants.all() if grant.ended_at is None]
        names = [g.role.name if g.effective_at else f"{g.role.name} (to be confirmed)" for g in grants]
        return ", ".join(names) or "none"


class UserFilter(django_filters.FilterSet):
    q = SearchFilter("full_name", label="Search")
    role = django_filters.ModelChoiceFilter(
        label="Role", field_name="grants__role", queryset=Group.objects.all(), distinct=True
    )

    class Meta:
        model = User
        fields = ("q", "role")
