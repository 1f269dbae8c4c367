"""Who gets what answer from each operation of the API, for people to read. See test_api_matrix.

A row is METHOD path, with the names of records in braces, and perhaps words that tell it from another row.
"""

# Each with the member of the cast that plays it.
ROLES = {
    "anonymous": None,
    "stranger": "stranger",
    "requester": "requester",
    "engineer": "engineer",
    "legal": "legal",
    "privacy": "privacy",
    "independent": "independent",
    "auditor": "auditor",
    "administrator": "administrator",
    "profiting": "second_lawyer",
}

# fmt: off
#                                                                    anon stra requ engi lega priv inde audi admi prof
MATRIX = {
    "GET agreements/":                                              (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "POST agreements/":                                             (401, 201, 201, 201, 201, 201, 201, 403, 201, 201),
    "GET agreements/{draft}/":                                      (401, 404, 200, 200, 200, 200, 200, 200, 404, 200),
    "PATCH agreements/{draft}/":                                    (401, 404, 200, 200, 403, 403, 403, 403, 404, 403),
    "PATCH agreements/{in_review}/":                                (401, 404, 409, 409, 403, 403, 403, 403, 404, 403),
    "POST agreements/{in_review}/justification/":                   (401, 404, 403, 403, 403, 403, 200, 403, 404, 403),
    "POST agreements/{draft}/transitions/submit/":                  (401, 404, 200, 200, 403, 403, 403, 403, 404, 403),
    "POST agreements/{in_review}/transitions/revise/":              (401, 404, 200, 200, 200, 403, 403, 403, 404, 403),
    "POST agreements/{in_review}/transitions/approve/":             (401, 404, 403, 403, 409, 409, 409, 403, 404, 403),
    "POST agreements/{in_review}/transitions/reject/":              (401, 404, 403, 403, 409, 409, 409, 403, 404, 403),
    "POST agreements/{in_review}/transitions/return_to_draft/":     (401, 404, 409, 409, 409, 409, 409, 403, 404, 403),
    "POST agreements/{in_review}/transitions/sign/ too early":      (401, 404, 409, 409, 409, 409, 409, 409, 404, 409),
    "POST agreements/{approved}/transitions/sign/":                 (401, 404, 403, 403, 200, 403, 403, 403, 404, 403),
    "POST agreements/{signed}/transitions/activate/":               (401, 404, 403, 403, 200, 403, 403, 403, 404, 403),
    "POST agreements/{active}/transitions/suspend/":                (401, 404, 403, 403, 200, 200, 403, 403, 404, 403),
    "POST agreements/{suspended}/transitions/resume/":              (401, 404, 403, 403, 200, 403, 403, 403, 404, 403),
    "POST agreements/{active}/transitions/terminate/":              (401, 404, 403, 403, 200, 403, 403, 403, 404, 403),
    "POST agreements/{active}/transitions/expire/":                 (401, 404, 403, 403, 403, 403, 403, 403, 404, 403),

    "GET datasets/":                                                (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "POST datasets/":                                               (401, 403, 403, 201, 403, 403, 403, 403, 403, 403),
    "GET datasets/{dataset}/":                                      (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "PATCH datasets/{dataset}/":                                    (401, 403, 403, 200, 403, 403, 403, 403, 403, 403),
    "POST datasets/{dataset}/transitions/submit/":                  (401, 403, 403, 200, 403, 403, 403, 403, 403, 403),
    "POST datasets/{dataset}/transitions/retire/":                  (401, 403, 403, 200, 200, 200, 403, 403, 403, 200),
    "POST datasets/{asked_dataset}/transitions/revise/":            (401, 403, 403, 200, 403, 403, 403, 403, 403, 403),
    "POST datasets/{asked_dataset}/transitions/approve/":           (401, 403, 403, 403, 409, 409, 409, 403, 403, 409),
    "POST datasets/{asked_dataset}/transitions/reject/":            (401, 403, 403, 403, 409, 409, 409, 403, 403, 409),
    "POST datasets/{asked_dataset}/transitions/return_to_draft/":   (401, 403, 403, 409, 409, 409, 409, 403, 403, 409),

    "GET vendors/":                                                 (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "POST vendors/":                                                (401, 201, 201, 201, 201, 201, 201, 403, 201, 201),
    "GET vendors/{vendor}/":                                        (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "PATCH vendors/{proposed}/":                                    (401, 403, 200, 403, 200, 403, 403, 403, 403, 200),
    "PATCH vendors/{unowned}/":                                     (401, 200, 200, 200, 200, 200, 200, 403, 200, 200),
    "PATCH vendors/{vendor}/ approved":                             (401, 409, 409, 409, 409, 409, 409, 403, 409, 409),
    "POST vendors/{unowned}/transitions/propose/":                  (401, 200, 200, 200, 200, 200, 200, 403, 200, 200),
    "POST vendors/{proposed}/transitions/submit/":                  (401, 403, 200, 403, 200, 403, 403, 403, 403, 200),
    "POST vendors/{asked_vendor}/transitions/revise/":              (401, 403, 403, 200, 200, 403, 403, 403, 403, 200),
    "POST vendors/{asked_vendor}/transitions/approve/":             (401, 403, 403, 403, 409, 409, 409, 403, 403, 409),
    "POST vendors/{asked_vendor}/transitions/reject/":              (401, 403, 403, 403, 409, 409, 409, 403, 403, 409),
    "POST vendors/{asked_vendor}/transitions/return_to_draft/":     (401, 403, 403, 409, 409, 409, 409, 403, 403, 409),
    "POST vendors/{vendor}/transitions/suspend/":                   (401, 403, 403, 403, 200, 200, 403, 403, 403, 200),
    "POST vendors/{stopped_vendor}/transitions/resume/":            (401, 403, 403, 403, 200, 403, 403, 403, 403, 200),
    "POST vendors/{vendor}/transitions/offboard/":                  (401, 403, 403, 403, 200, 403, 403, 403, 403, 200),
    "POST vendors/{offboarding}/transitions/finish_offboarding/":   (401, 403, 403, 403, 200, 403, 403, 403, 403, 200),
    "POST vendors/{vendor}/transitions/lapse/":                     (401, 403, 403, 403, 403, 403, 403, 403, 403, 403),

    "GET people/":                                                  (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "POST people/":                                                 (401, 403, 403, 403, 201, 403, 403, 403, 403, 201),
    "GET people/{colleague}/":                                      (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET people/{outsider}/":                                       (401, 404, 404, 404, 200, 404, 404, 200, 404, 200),
    "PATCH people/{colleague}/":                                    (401, 403, 403, 403, 200, 403, 403, 403, 403, 200),

    "GET interests/":                                               (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "POST interests/":                                              (401, 201, 201, 201, 400, 201, 201, 403, 201, 400),
    "POST interests/ of an outsider":                               (401, 400, 400, 400, 201, 400, 400, 403, 400, 201),
    "POST interests/ of a colleague":                               (401, 403, 403, 403, 201, 403, 403, 403, 403, 201),
    "GET interests/{of_requester}/":                                (401, 404, 200, 404, 200, 404, 404, 200, 404, 200),
    "PATCH interests/{of_requester}/":                              (401, 404, 403, 404, 200, 404, 404, 403, 404, 200),

    "GET findings/":                                                (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET findings/{finding}/":                                      (401, 404, 200, 200, 200, 200, 200, 200, 404, 200),
    "GET findings/{of_profiting}/":                                 (401, 404, 200, 200, 200, 200, 200, 200, 404, 404),
    "POST findings/{finding}/transitions/acknowledge/":             (401, 404, 403, 403, 200, 200, 403, 403, 404, 403),
    "POST findings/{of_profiting}/transitions/acknowledge/":        (401, 404, 403, 403, 200, 200, 403, 403, 404, 404),
    "POST findings/{finding}/transitions/propose/":                 (401, 404, 403, 403, 200, 200, 403, 403, 404, 403),
    "POST findings/{finding}/transitions/accept/":                  (401, 404, 403, 403, 200, 200, 403, 403, 404, 403),
    "POST findings/{finding}/transitions/cover/":                   (401, 404, 403, 403, 200, 200, 403, 403, 404, 403),
    "POST findings/{finding}/transitions/dismiss/":                 (401, 404, 403, 403, 200, 200, 403, 403, 404, 403),
    "POST findings/{closed}/transitions/reopen/":                   (401, 404, 403, 403, 200, 200, 403, 403, 404, 403),
    "POST findings/{finding}/transitions/resolve/":                 (401, 404, 403, 403, 403, 403, 403, 403, 404, 403),
    "POST findings/{closed}/transitions/return_to_open/":           (401, 404, 403, 403, 403, 403, 403, 403, 404, 403),

    "GET reviews/":                                                 (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET reviews/{review}/":                                        (401, 404, 200, 200, 200, 200, 200, 200, 404, 200),
    "GET reviews/{review}/votes/":                                  (401, 404, 200, 200, 200, 200, 200, 200, 404, 200),
    "POST reviews/{review}/votes/ for legal":                       (401, 404, 403, 403, 200, 403, 403, 403, 404, 403),
    "POST reviews/{review}/votes/ for privacy":                     (401, 404, 403, 403, 403, 200, 403, 403, 404, 403),
    "POST reviews/{review}/transitions/ask/":                       (401, 404, 403, 403, 200, 200, 200, 403, 404, 403),
    "POST reviews/{paused}/transitions/answer/":                    (401, 404, 200, 403, 200, 200, 200, 403, 404, 403),
    "POST reviews/{review}/transitions/send_back/":                 (401, 404, 403, 403, 200, 200, 200, 403, 404, 403),
    "POST reviews/{review}/transitions/withdraw/":                  (401, 404, 200, 403, 403, 403, 403, 403, 404, 403),
    "POST reviews/{review}/transitions/approve/":                   (401, 404, 403, 403, 409, 409, 409, 403, 404, 409),
    "POST reviews/{review}/transitions/refuse/":                    (401, 404, 403, 403, 409, 409, 409, 403, 404, 409),
    "POST reviews/{review}/transitions/void/":                      (401, 404, 409, 409, 409, 409, 409, 409, 404, 409),

    "GET schema/":                                                  (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
}
# fmt: on

NOTE = {"note": "Because."}
SIGNATURE = {**NOTE, "signed_on": "2026-01-01", "signatories": "A and B", "document_sha256": "ab" * 32}
VOTE = {"verdict": "approve"}

# What is sent along. A step is given a note, an edit nothing.
BODIES = {
    "POST agreements/": {"title": "New", "type": "processor", "our_entity": "{ours}", "counterparty": "{vendor}"},
    "POST agreements/{in_review}/justification/": {"text": "It is right."},
    "POST agreements/{in_review}/transitions/sign/ too early": SIGNATURE,
    "POST agreements/{approved}/transitions/sign/": SIGNATURE,
    "POST datasets/": {"name": "New"},
    "POST vendors/": {"name": "New"},
    "POST people/": {"name": "New"},
    "POST interests/": {"organisation": "{vendor}"},
    "POST interests/ of an outsider": {"organisation": "{vendor}", "holder_person": "{outsider}", "source": "register"},
    "POST interests/ of a colleague": {
        "organisation": "{vendor}",
        "holder_person": "{colleague}",
        "source": "register",
    },
    "POST findings/{finding}/transitions/propose/": {**NOTE, "proposal": "covered"},
    "POST findings/{finding}/transitions/accept/": {**NOTE, "until": "{soon}"},
    "POST reviews/{review}/votes/ for legal": {**VOTE, "role": "Legal"},
    "POST reviews/{review}/votes/ for privacy": {**VOTE, "role": "Privacy"},
}
