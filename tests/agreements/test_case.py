def test_smoke(case, legal):
    assert case.status == "in_review"
