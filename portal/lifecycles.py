"""Every lifecycle of the project, and the words in which its table tells what happened."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps


@cache
def lifecycles():
    """Every lifecycle of the project as (app label, name, lifecycle), in the order of the apps."""
    found = []
    for config in apps.get_app_configs():
        if find_spec(f"{config.name}.lifecycle") and config.name != "portal":
            module = import_module(f"{config.name}.lifecycle")
            found += [(config.label, name, lifecycle) for name, lifecycle in module.LIFECYCLES.items()]
    return found


def lifecycle_of(event):
    """The lifecycle one of whose steps `event` tells, or None."""
    app, _dot, _model = event.object_type.partition(".")
    family, _dot, step = event.verb.partition(".")
    named = (one for label, _name, one in lifecycles() if label == app and one.name == family)
    return next((one for one in named if step in one.steps), None)
