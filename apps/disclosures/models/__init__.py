from apps.disclosures.models.claim import Claim
from apps.disclosures.models.notice import Notice
from apps.disclosures.models.version import NoticeVersion

__all__ = ["Claim", "Notice", "NoticeVersion"]
