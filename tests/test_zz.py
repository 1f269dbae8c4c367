import pytest, time
from apps.portal.demo import load_case
from apps.agreements.models import Agreement, Transfer
from apps.portal.demo.agreements import CASE
from apps.consents.models import *
from apps.accounts.models import User
@pytest.mark.django_db
def test_it(client):
    t=time.time(); load_case(password="correct horse battery", subjects=30_000); print('loaded', time.time()-t)
    a=Agreement.objects.get(title=CASE)
    for s in Screening.objects.all(): print(s.needs, s.occurred_by.date(), s.permitted, s.members)
    from apps.agreements.permission import permissions_under
    for p in permissions_under([a])[a.pk]: print(p.words, p.wider_words, p.rows[0]['percent_words'])
    from apps.findings.models import evaluate
    for o in evaluate(a): print(o.requirement.code, o.result.fact, '|', o.result.detail)
    for other in Agreement.objects.exclude(pk=a.pk): print(other, [o.requirement.code for o in evaluate(other)])
    client.force_login(User.objects.get(email='legal@example.org'), backend="allauth.account.auth_backends.AuthenticationBackend")
    for r in (a, Transfer.objects.get(recipient__name='Lumen Vision')):
        h=client.get(r.get_absolute_url()).content.decode()
        import re
        print(re.sub(r'\s+',' ',re.sub('<[^>]+>',' ',h[h.find('Permission of the people'):]))[:1500])
    assert 0
