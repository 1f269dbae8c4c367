from django.urls import include, path

from governance.urls import handler500, urlpatterns

urlpatterns = [*urlpatterns, path("", include("tests.madeup.gardens.urls"))]
__all__ = ["handler500", "urlpatterns"]
