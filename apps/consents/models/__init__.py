from apps.consents.models.bits import CHUNK
from apps.consents.models.cohort import Cohort, CohortChunk
from apps.consents.models.coverage import CoveragePoint
from apps.consents.models.event import ConsentEvent, ConsentImport, ImportRun
from apps.consents.models.link import WithdrawalLink
from apps.consents.models.lookup import SubjectLookup
from apps.consents.models.permission import AnsweredUse, FilledUse, PermissionChunk, PermissionDue
from apps.consents.models.screening import Screening
from apps.consents.models.state import NEVER_ASKED, OUTCOME_OF, SAID_NO, STATES, Outcome, State
from apps.consents.models.subject import DataSubject, SubjectKey

__all__ = [
    "CHUNK",
    "NEVER_ASKED",
    "OUTCOME_OF",
    "SAID_NO",
    "STATES",
    "AnsweredUse",
    "Cohort",
    "CohortChunk",
    "ConsentEvent",
    "ConsentImport",
    "CoveragePoint",
    "DataSubject",
    "FilledUse",
    "ImportRun",
    "Outcome",
    "PermissionChunk",
    "PermissionDue",
    "Screening",
    "State",
    "SubjectKey",
    "SubjectLookup",
    "WithdrawalLink",
]
