from apps.disclosures.models.claim import Claim
from apps.disclosures.models.notice import Notice
from apps.disclosures.models.offer import OptOutOffer
from apps.disclosures.models.public_statement import PublicStatement, StatementClaim
from apps.disclosures.models.version import NoticeVersion

__all__ = ["Claim", "Notice", "NoticeVersion", "OptOutOffer", "PublicStatement", "StatementClaim"]
