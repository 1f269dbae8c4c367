"""Who plays in the tests, by the first part of the address, and the roles that each of them holds."""

from apps.accounts.models import Role

CAST = {
    "engineer": [Role.ENGINEER],
    "requester": [],
    "stranger": [],
    "founder": [],
    "legal": [Role.LEGAL],
    "second_lawyer": [Role.LEGAL],
    "privacy": [Role.PRIVACY],
    "dpo": [Role.DPO],
    "independent": [Role.INDEPENDENT],
    "executive": [Role.EXECUTIVE],
    "auditor": [Role.AUDITOR],
    "administrator": [Role.ADMINISTRATOR],
    "second_administrator": [Role.ADMINISTRATOR],
}
