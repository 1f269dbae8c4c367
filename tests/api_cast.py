"""The API as somebody of the cast uses it."""

from rest_framework.test import APIClient

from apps.accounts.models import ApiToken, User
from apps.core.scopes import Scope
from tests.shown import shown_in_api


class Api:
    """A client that signs in with a token, or with none, and knows where the API begins."""

    def __init__(self, user=None, scopes=tuple(Scope)):
        self.client = APIClient()
        if user:
            _, key = ApiToken.issue(user, "tests", by=user, scopes=scopes)
            self.client.credentials(HTTP_AUTHORIZATION=f"Token {key}")

    def get(self, path, **query):
        return self.client.get(f"/api/v1/{path}", query)

    def post(self, path, body=None, **options):
        """A decision is about the present version, unless the body names another."""
        if body is None or isinstance(body, dict):
            body = {**shown_in_api(path), **(body or {})} or body
        return self.client.post(f"/api/v1/{path}", body, **options)

    def patch(self, path, body=None, **options):
        return self.client.patch(f"/api/v1/{path}", body, **options)

    def ids(self, path, **query):
        """The ids that a list shows."""
        response = self.get(path, **query)
        assert response.status_code == 200, response.json()
        return {row["id"] for row in response.json()["results"]}

    def vote(self, review, role, verdict="approve", **more):
        return self.post(f"reviews/{review.pk}/votes/", {"role": role, "verdict": verdict, **more})


def api_of(user, *scopes):
    """With a token of these scopes, or of all."""
    return Api(User.objects.get(pk=user.pk), scopes or tuple(Scope))
