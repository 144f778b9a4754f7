"""How the programme says no."""


class Refused(Exception):
    """A rule of the programme stands in the way (409).

    `message` is for the person who reads it; `code` is part of the API contract; `facts` are further
    members of the problem document, such as `state` or `missing`.
    """

    def __init__(self, message, *, code, **facts):
        super().__init__(message)
        self.message = message
        self.code = code
        self.facts = facts


class UnknownStep(LookupError):
    """The lifecycle has no step of that name (404)."""
