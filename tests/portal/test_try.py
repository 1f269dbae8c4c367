from tests.portal.test_pages import *
@pytest.mark.parametrize("who", ["legal","requester","admin","auditor","founder","engineer"])
def test_all(demo, as_user, who):
    c = as_user(who); c.raise_request_exception=False
    for name,url in demo:
        r=c.get(url)
        print(who, r.status_code,name,url, r.headers.get("Location",""))
