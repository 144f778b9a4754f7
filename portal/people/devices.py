"""Browsers on which people have signed in before.

Five wrong passwords close an account to strangers for five minutes. Who guesses from elsewhere must not shut its owner
out an hour before a deadline: a browser on which the owner has signed in before counts apart.
"""

from datetime import timedelta

from django.conf import settings

COOKIE = "known-device"
SALT = "portal.devices"
KEPT_FOR = int(timedelta(days=365).total_seconds())
PEOPLE = 8


def knows(request, username):
    """Whether somebody signed in as `username` on this browser within the last year."""
    return bool(username) and username.lower() in _people(request)


def remember(request, response, username):
    """`response`, which lets the browser keep that `username` (no spaces) signed in; a shared one keeps several."""
    name = username.lower()
    people = [name, *(other for other in _people(request) if other != name)][:PEOPLE]
    response.set_signed_cookie(
        COOKIE,
        " ".join(people),
        salt=SALT,
        max_age=KEPT_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _people(request):
    return request.get_signed_cookie(COOKIE, "", salt=SALT, max_age=KEPT_FOR).split()
