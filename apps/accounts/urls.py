from django.urls import path

from apps.accounts import views

app_name = "accounts"
urlpatterns = [
    path("account/", views.account, name="account"),
    path("account/tokens/<int:pk>/revoke/", views.token_revoke, name="token_revoke"),
    path("users/", views.user_list, name="user_list"),
    path("users/new/", views.user_create, name="user_create"),
    path("users/<int:pk>/", views.user_detail, name="user_detail"),
    path("users/<int:pk>/invite/", views.user_invite, name="invite"),
    path("users/<int:pk>/close/", views.account_close, name="close"),
    path("users/<int:pk>/reopen/", views.account_reopen, name="reopen"),
    path("users/grants/<int:pk>/confirm/", views.grant_confirm, name="grant_confirm"),
    path("users/grants/<int:pk>/end/", views.grant_end, name="grant_end"),
]
