"""What has to be right before a web process, a worker or beat does anything."""

from apps.consents.keys import require_right_secrets
from apps.ledger.own_role import watch_connections


def require_fit() -> None:
    """Refuse to start as the owner of the tables, or with secrets with which nobody would be known again."""
    watch_connections()
    require_right_secrets()
