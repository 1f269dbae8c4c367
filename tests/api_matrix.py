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
    "GET agreements/{draft}/history/":                              (401, 404, 200, 200, 200, 200, 200, 200, 404, 200),

    "GET categories/":                                              (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET categories/{category}/":                                   (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET categories/{category}/history/":                           (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),

    "GET comments/":                                                (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "POST comments/":                                               (401, 400, 201, 201, 201, 201, 201, 403, 400, 201),
    "GET comments/{comment}/":                                      (401, 404, 200, 200, 200, 200, 200, 200, 404, 404),

    "GET conditions/":                                              (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET conditions/{condition}/":                                  (401, 404, 200, 200, 200, 200, 200, 200, 404, 404),
    "POST conditions/{condition}/meet/":                            (401, 404, 403, 403, 200, 403, 403, 403, 404, 404),

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
    "GET datasets/{dataset}/history/":                              (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),

    "GET declarations/":                                            (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "POST declarations/":                                           (401, 201, 201, 201, 201, 201, 201, 403, 201, 201),
    "GET declarations/{declaration}/":                              (401, 404, 200, 404, 200, 404, 404, 200, 404, 200),

    "GET files/":                                                   (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET files/{file}/":                                            (401, 404, 200, 200, 200, 200, 200, 200, 404, 404),
    "GET files/{file}/download/":                                   (401, 404, 200, 200, 200, 200, 200, 200, 404, 404),

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
    "GET findings/{finding}/history/":                              (401, 404, 200, 200, 200, 200, 200, 200, 404, 200),

    "GET interests/":                                               (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "POST interests/":                                              (401, 201, 201, 201, 400, 201, 201, 403, 201, 400),
    "POST interests/ of an outsider":                               (401, 400, 400, 400, 201, 400, 400, 403, 400, 201),
    "POST interests/ of a colleague":                               (401, 403, 403, 403, 201, 403, 403, 403, 403, 201),
    "GET interests/{of_requester}/":                                (401, 404, 200, 404, 200, 404, 404, 200, 404, 200),
    "PATCH interests/{of_requester}/":                              (401, 404, 403, 404, 200, 404, 404, 403, 404, 200),
    "GET interests/{of_requester}/history/":                        (401, 404, 200, 404, 200, 404, 404, 200, 404, 200),

    "GET ledger/":                                                  (401, 403, 403, 403, 200, 200, 403, 200, 200, 200),
    "GET ledger/{entry}/":                                          (401, 403, 403, 403, 200, 200, 403, 200, 200, 200),

    "GET people/":                                                  (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "POST people/":                                                 (401, 403, 403, 403, 201, 403, 403, 403, 403, 201),
    "GET people/{colleague}/":                                      (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET people/{outsider}/":                                       (401, 404, 404, 404, 200, 404, 404, 200, 404, 200),
    "PATCH people/{colleague}/":                                    (401, 403, 403, 403, 200, 403, 403, 403, 403, 200),
    "GET people/{colleague}/history/":                              (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),

    "GET redactions/":                                              (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "POST redactions/":                                             (401, 403, 403, 403, 201, 201, 403, 403, 403, 403),
    "GET redactions/{redaction}/":                                  (401, 404, 404, 404, 200, 200, 404, 200, 404, 404),
    "GET redactions/{redaction}/history/":                          (401, 404, 404, 404, 200, 200, 404, 200, 404, 404),
    "POST redactions/{redaction}/transitions/carry_out/":           (401, 404, 404, 404, 403, 200, 404, 403, 404, 404),
    "POST redactions/{redaction}/transitions/decline/":             (401, 404, 404, 404, 200, 200, 404, 403, 404, 404),

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
    "GET reviews/{review}/history/":                                (401, 404, 200, 200, 200, 200, 200, 200, 404, 200),

    "GET roles/":                                                   (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "POST roles/":                                                  (401, 403, 403, 403, 403, 403, 403, 403, 201, 403),
    "GET roles/{grant}/":                                           (401, 404, 404, 200, 404, 404, 404, 200, 200, 404),
    "POST roles/{waiting}/confirm/":                                (401, 404, 404, 404, 404, 404, 404, 403, 200, 404),
    "POST roles/{grant}/end/":                                      (401, 404, 404, 403, 404, 404, 404, 403, 200, 404),
    "GET roles/{grant}/history/":                                   (401, 404, 404, 200, 404, 404, 404, 200, 200, 404),

    "GET rules/":                                                   (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET rules/{rule}/":                                            (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "PATCH rules/{rule}/":                                          (401, 403, 403, 403, 200, 403, 403, 403, 403, 403),
    "GET rules/{rule}/history/":                                    (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "POST rules/{rule}/transitions/adopt/":                         (401, 403, 403, 403, 200, 403, 403, 403, 403, 403),
    "POST rules/{adopted}/transitions/suspend/":                    (401, 403, 403, 403, 200, 403, 403, 403, 403, 403),
    "POST rules/{rule}/transitions/retire/":                        (401, 403, 403, 403, 200, 403, 403, 403, 403, 403),

    "GET schema/":                                                  (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),

    "GET subject-types/":                                           (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET subject-types/{subject_type}/":                            (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET subject-types/{subject_type}/history/":                    (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),

    "GET tokens/":                                                  (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "POST tokens/":                                                 (401, 201, 201, 201, 201, 201, 201, 201, 201, 201),
    "GET tokens/{token}/":                                          (401, 404, 200, 404, 404, 404, 404, 404, 404, 404),
    "POST tokens/{token}/revoke/":                                  (401, 404, 200, 404, 404, 404, 404, 404, 404, 404),

    "GET users/":                                                   (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET users/{user}/":                                            (401, 404, 200, 404, 404, 404, 404, 200, 200, 404),
    "GET users/{user}/history/":                                    (401, 404, 200, 404, 404, 404, 404, 200, 200, 404),

    "GET uses/":                                                    (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET uses/{use}/":                                              (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET uses/{use}/history/":                                      (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),

    "GET transfers/":                                               (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "POST transfers/":                                              (401, 201, 201, 201, 201, 201, 201, 403, 201, 201),
    "GET transfers/{reported}/":                                    (401, 200, 404, 404, 200, 200, 404, 404, 404, 404),
    "GET transfers/{confirmed}/":                                   (401, 200, 404, 200, 200, 200, 200, 200, 404, 200),
    "GET transfers/{reported}/history/":                            (401, 200, 404, 404, 200, 200, 404, 404, 404, 404),
    "POST transfers/{reported}/transitions/propose/":               (401, 403, 404, 404, 200, 200, 404, 404, 404, 404),
    "POST transfers/{to_confirm}/transitions/confirm/":             (401, 403, 404, 404, 200, 403, 404, 404, 404, 404),
    "POST transfers/{mistake}/transitions/call_mistaken/":          (401, 403, 404, 404, 200, 403, 404, 404, 404, 404),
    "POST transfers/{repeated}/transitions/call_duplicate/":        (401, 403, 404, 404, 200, 403, 404, 404, 404, 404),
    "POST transfers/{to_confirm}/transitions/disagree/":            (401, 403, 404, 404, 200, 200, 404, 404, 404, 404),

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
    "GET vendors/{vendor}/history/":                                (401, 200, 200, 200, 200, 200, 200, 200, 200, 200),
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
    "POST transfers/": {
        "dataset": "{dataset}",
        "recipient": "{vendor}",
        "transferred_on": "2026-01-01",
        "channel": "sftp",
    },
    "POST transfers/{reported}/transitions/propose/": {**NOTE, "proposal": "confirmed"},
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
    "POST comments/": {"subject_kind": "agreement", "subject_id": "{in_review}", "body": "Why?"},
    "POST conditions/{condition}/meet/": {"evidence": "Read."},
    "POST redactions/": {"kind": "vendors.person", "record": "{colleague}", "field": "name", "reason": "Asked for."},
    "POST roles/": {"user": "{other_user}", "role": "Engineer"},
    "POST tokens/": {"name": "New"},
    "POST reviews/{review}/votes/ for legal": {**VOTE, "role": "Legal"},
    "POST reviews/{review}/votes/ for privacy": {**VOTE, "role": "Privacy"},
}

# What is asked after the path.
ABOUT = "?subject_kind=agreement&subject_id={in_review}"
QUERIES = {"GET comments/": ABOUT, "GET conditions/": ABOUT, "GET files/": ABOUT}
