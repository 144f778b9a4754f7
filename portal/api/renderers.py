"""Compact UTF-8 JSON, whatever `Accept` says: the API speaks one language."""

import json

import orjson
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.functional import Promise
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer

_plain = DjangoJSONEncoder().default


def _member(value):
    return str(value) if isinstance(value, Promise) else _plain(value)


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        if data is None:
            return b""
        try:
            return orjson.dumps(data, default=_member, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME)
        except TypeError:
            return json.dumps(data, cls=DjangoJSONEncoder, separators=(",", ":")).encode()


class OneLanguage(DefaultContentNegotiation):
    """Answers JSON also to those who ask for something else: `?format=` chooses tables."""

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type
