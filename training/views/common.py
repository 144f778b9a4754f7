"""What training's views share."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import ProtectedError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from portal.errors import Refused
from training.models import CourseRun

WITH_COURSE = ("course", "province", "seats")


def run_of(request, pk):
    """The run, for whoever may see it, or 404."""
    return get_object_or_404(CourseRun.objects.visible_to(request.user).select_related(*WITH_COURSE), pk=pk)


def conducted(request, pk):
    """The run, for those who conduct it."""
    run = run_of(request, pk)
    if not request.user.has_perm("training.manage_run", run):
        raise PermissionDenied(_("Only those who conduct this run see its console."))
    return run


def posted(request):
    """What was sent, be it nothing but unticked boxes; None where the page is only looked at."""
    return request.POST if request.method == "POST" else None


def attempt(form, action):
    """Do `action()`; what stands in the way is put on `form`. True when it was done."""
    try:
        action()
    except ValidationError as error:
        for field, found in _by_field(error).items():
            form.add_error(field if field in form.fields else None, found)
    except Refused as refusal:
        form.add_error(None, refusal.message)
    except ProtectedError:
        form.add_error(None, _("This is still in use."))
    else:
        return True
    return False


def _by_field(error):
    return error.error_dict if hasattr(error, "error_dict") else {None: error.error_list}


def do(request, action, done, to):
    """Do `action()` for a button, tell how it went, and go to `to`."""
    try:
        action()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except Refused as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, done)
    return redirect(to)


def form_page(request, form, **context):
    """The page of one form: `title`, `back` (url, label), `lead`, `submit` and whatever else the template shows."""
    template = context.pop("template", "training/form.html")
    return render(request, template, {"form": form, **context}, status=400 if form.errors else 200)
