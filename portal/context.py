"""What is known of the request in hand, for code that is not handed the request."""

from contextvars import ContextVar

request_id = ContextVar("request_id", default="")
