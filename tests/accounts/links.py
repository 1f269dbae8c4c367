"""The links in mails with which people choose a password."""

import re

CHOSEN = "marmalade on a ferry"


def link_in(mail):
    return re.search(r"https?://\S+", mail.body)[0]


def path_of(link):
    return "/" + link.split("/", 3)[3]


def follow(client, link, password):
    """Open the link and choose this password; the answer to that."""
    form = client.get(path_of(link), follow=True)
    return client.post(form.request["PATH_INFO"], {"password1": password, "password2": password})
