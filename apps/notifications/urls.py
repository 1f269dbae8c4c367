from django.urls import path

from apps.notifications import views

app_name = "notifications"
urlpatterns = [
    path("mail/", views.message_list, name="messages"),
    path("mail/<int:pk>/", views.message_detail, name="message"),
]
