"""The console's pages and who may see them, for the tests that look at all of them."""

ROLES = ("admin", "marketer", "analyst", "privacy")

PAGES = {
    "/admin/": {"admin", "marketer", "analyst", "privacy"},
    "/admin/profiles/profile/": {"admin", "marketer", "analyst", "privacy"},
    "/admin/profiles/profile/completeness/": {"admin", "marketer", "analyst", "privacy"},
    "/admin/profiles/profile/completeness/email/": {"admin", "marketer", "analyst", "privacy"},
    "/admin/profiles/definition/": {"admin", "marketer", "analyst"},
    "/admin/profiles/source/": {"admin"},
    "/admin/profiles/source/add/": {"admin"},
    "/admin/profiles/quarantined/": {"admin"},
    "/admin/segments/segment/": {"admin", "marketer", "analyst"},
    "/admin/segments/segment/add/": {"admin", "marketer"},
    "/admin/segments/clusterrun/": {"admin", "marketer", "analyst"},
    "/admin/recommendations/override/": {"admin", "marketer", "analyst"},
    "/admin/recommendations/override/add/": {"admin", "marketer"},
    "/admin/recommendations/item/": {"admin", "marketer", "analyst"},
    "/admin/recommendations/run/": {"admin"},
    "/admin/consent/request/": {"admin", "privacy"},
    "/admin/consent/ledgerrecord/": {"admin", "privacy"},
    "/admin/consent/purpose/": {"admin", "privacy"},
    "/admin/consent/apikey/": {"admin"},
    "/admin/django_celery_beat/periodictask/": {"admin"},
    "/admin/django_celery_beat/periodictask/add/": {"admin"},
    "/admin/auth/user/": {"admin"},
    "/admin/auth/user/add/": {"admin"},
    "/admin/auth/group/": {"admin"},
}
"""Addresses, and the roles that get 200 there; the others get 403."""

DETAILS = (
    ("/admin/profiles/profile/?known=1", "a[href*='/admin/people/']"),
    ("/admin/segments/segment/", "#result_list a[href$='/read/']"),
    ("/admin/segments/segment/", "#result_list a[href$='/change/']"),
    ("/admin/segments/clusterrun/", "#result_list a[href$='/change/']"),
    ("/admin/recommendations/override/", "#result_list a[href*='/change/']"),
    ("/admin/profiles/source/", "#result_list a[href*='/change/']"),
    ("/admin/auth/user/", "#result_list a[href*='/change/']"),
    ("/admin/auth/group/", "#result_list a[href*='/change/']"),
)
"""Pages of one thing: a list, and the link on it that opens them."""

PUBLIC = (
    "/privacy/",
    "/privacy/choices/",
    "/privacy/choices/mail/",
    "/privacy/copy/",
    "/privacy/delete/",
    "/privacy/mailbox/",
    "/shop/",
    "/shop/category/toys/",
    "/shop/item/TOY-001/",
    "/shop/cart/",
    "/shop/sign-in/",
)
"""What anybody may open."""
