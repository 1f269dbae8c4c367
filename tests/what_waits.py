"""After each step: what is asked of somebody, or why nobody has to do anything. See tests/test_every_step.py."""


class Nobody(str):
    """Why nothing waits for anybody."""


OVER = Nobody("It is over.")
OWN_DRAFT = Nobody("Whoever takes this step goes on with the draft; one that another opened again waits for them.")

NEXT = {
    "Organisation": {
        "propose": OWN_DRAFT,
        "submit": "Decide",
        "renew": "Decide",
        "revise": OWN_DRAFT,
        "lapse": "Submit again, or offboard",
        "suspend": "Resume or offboard",
        "resume": Nobody("The approval holds, and its owner is asked a month before it ends."),
        "offboard": "Finish offboarding",
        "finish_offboarding": OVER,
        "confirm_ownership": Nobody("When it has to be looked at again, that is a finding."),
    },
    "Dataset": {"submit": "Decide", "revise": OWN_DRAFT, "retire": OVER},
    "DatasetVersion": {
        "submit": "Decide",
        "revise": OWN_DRAFT,
        "release": Nobody("It is in use."),
        "quarantine": "Decide about the quarantine",
        "lift_quarantine": Nobody("It is in use again."),
        "retire": OVER,
    },
    "Agreement": {
        "submit": "Decide",
        "revise": OWN_DRAFT,
        "sign": "Activate",
        "activate": Nobody("It is in force, and whoever looks after it is asked two months before it ends."),
        "suspend": "Resume or terminate",
        "resume": Nobody("It is in force again."),
        "expire": OVER,
        "terminate": OVER,
    },
    "Review": {
        "ask": "Answer a question",
        "answer": "Decide",
        "request_changes": "Change and submit again",
        "withdraw": OWN_DRAFT,
    },
    "Finding": {
        "acknowledge": Nobody("Somebody takes care of it; it waits for them all again when it is late."),
        "propose": "Confirm or reopen",
        "accept": Nobody("It is closed until a date, and then open again."),
        "cover": OVER,
        "dismiss": OVER,
        "reopen": "Look into a finding",
        "resolve": OVER,
        "return_to_open": "Look into a finding",
    },
    "Transfer": {
        "propose": "Confirm or disagree",
        "confirm": Nobody("What follows from it are findings."),
        "call_mistaken": OVER,
        "call_duplicate": OVER,
        "disagree": "Look into",
    },
    "Requirement": {
        "adopt": Nobody("It is in force."),
        "suspend": Nobody("It asks without stopping anything; a house rule is a finding of its own."),
        "resume": Nobody("It stops its steps again."),
        "retire": OVER,
    },
    "Proposal": {"confirm": OVER, "decline": OVER, "withdraw": OVER},
    "Questionnaire": {"publish": Nobody("It is in use."), "retire": OVER},
    "DueDiligence": {
        "hand_in": "Conclude",
        "return_answers": "Answer again",
        "conclude": Nobody("The conclusion holds, and the owner is asked a month before it runs out."),
        "withdraw": OVER,
        "supersede": OVER,
        "expire": Nobody("That the vendor has to be questioned again is a finding."),
    },
    "Sameness": {
        "say_same": "Confirm or disagree",
        "say_different": "Confirm or disagree",
        "confirm_same": OVER,
        "confirm_different": OVER,
        "disagree": "Answer",
        "ask_again": "Answer",
        "find_again": "Answer",
    },
    "NoticeVersion": {
        "submit": "Decide",
        "revise": OWN_DRAFT,
        "publish": Nobody("It is before people."),
        "supersede": OVER,
    },
    "PublicStatement": {"submit": "Decide", "revise": OWN_DRAFT, "make": OVER, "record_as_made": OVER},
    "Redaction": {"carry_out": OVER, "decline": OVER},
}
