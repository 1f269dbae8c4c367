import rules

from apps.accounts.rules import is_administrator, is_auditor

rules.add_perm("notifications.view_all_messages", is_administrator | is_auditor)
