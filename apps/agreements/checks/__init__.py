"""What is asked of agreements and transfers, and what they make of datasets, notices and public statements."""

from apps.agreements.checks import evidence, notices, permission, sharing, statements

__all__ = ["evidence", "notices", "permission", "sharing", "statements"]
