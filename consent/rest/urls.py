"""This app's addresses."""

from django.urls import URLPattern, URLResolver, path

from consent.rest import asking, choices, consents, description, requests

__all__ = ["description", "urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/consents/", consents.Consents.as_view()),
    path("api/v1/privacy/requests/", requests.Requests.as_view()),
    path("api/v1/privacy/requests/<uuid:pk>/", requests.RequestStatus.as_view()),
    path("api/v1/privacy/requests/<uuid:pk>/receipt/", requests.RequestReceipt.as_view()),
    path("api/v1/privacy/requests/<uuid:pk>/download/", requests.RequestCopy.as_view()),
    path("privacy/", choices.home, name="privacy"),
    path("privacy/choices/", choices.choices, name="privacy-choices"),
    path("privacy/choices/mail/", choices.choices_mail, name="privacy-choices-mail"),
    path("privacy/choices/<str:token>/", choices.choices_by_link, name="privacy-choices-by-link"),
    path("privacy/copy/", asking.request_page, {"kind": "access"}, name="privacy-copy"),
    path("privacy/delete/", asking.request_page, {"kind": "erasure"}, name="privacy-delete"),
    path("privacy/confirm/<str:token>/", asking.confirm, name="privacy-confirm"),
    path("privacy/status/<str:token>/", asking.status, name="privacy-status"),
    path("privacy/status/<str:token>/receipt.json", asking.receipt, name="privacy-receipt"),
    path("privacy/download/<str:token>/", asking.download, name="privacy-download"),
    path("privacy/mailbox/", asking.mailbox, name="privacy-mailbox"),
    path(".well-known/gpc.json", choices.gpc_support),
]
