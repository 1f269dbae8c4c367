"""What is asked of agreements and transfers, and what they make of datasets, notices and public statements."""

from apps.agreements.checks import notices, sharing, statements

__all__ = ["notices", "sharing", "statements"]
