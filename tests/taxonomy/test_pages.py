"""The page of terms."""

from apps.taxonomy.models import DataCategory, DataUse


def test_every_term_can_be_linked_to(stranger, sign_in):
    page = sign_in(stranger).get("/taxonomy/").content.decode()
    for term in (DataCategory.objects.first(), DataUse.objects.last()):
        assert f'id="{term.key}"' in page
        assert term.get_absolute_url().startswith("/taxonomy/")
