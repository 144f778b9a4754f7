"""What the views under a proposal share: the case as this person may know it, and rows written inside `editing`."""

from contextlib import contextmanager

from django.http import Http404
from django.utils.functional import cached_property

from budgets.forms.sections import unit_of
from budgets.models import Proposal
from budgets.writing.drafting import editing, keep_as_typed
from portal.api.views import Nested, match, race_as_412

CASES = r"proposals/(?P<proposal_id>[0-9]+)"
WRITES = ("create", "update", "partial_update", "destroy")


def case_tag(proposal):
    """The ETag of a case: its version, and its round's, on which hangs what one may see of it."""
    return f'"{proposal.version}-{proposal.round.version}"'


def forget_typed(proposal, section, units):
    """Let what a page kept as typed in `units` of a section give way to what is written there now."""
    draft = proposal.section_drafts.filter(section=section).first()
    if draft and draft.typed:
        kept = {name: words for name, words in draft.typed.items() if unit_of(name) not in units}
        keep_as_typed(proposal, section, kept)


class OfProposal(Nested):
    """Anything beneath a proposal. The proposal's ETag stands for its rows."""

    parent_queryset = Proposal.objects.select_related("round", "local_government__province", "theme")
    parent_field, parent_kwarg = "proposal", "proposal_id"
    ordering = ["pk"]
    tagged_actions = Nested.tagged_actions | {"destroy"}

    @cached_property
    def parent(self):
        user = self.request.user
        try:
            return self.parent_queryset.visible_to(user).as_shown_to(user).get(pk=self.kwargs[self.parent_kwarg])
        except (Proposal.DoesNotExist, ValueError, OverflowError):
            raise Http404 from None

    def etag_of(self, obj):
        return case_tag(self.parent)

    def reread(self):
        """Read the case again after a write beneath it."""
        self.__dict__.pop("parent", None)
        return self.parent


class Rows(OfProposal):
    """Rows that belong to a section of a proposal."""

    section = None
    permissions = dict.fromkeys(WRITES, "budgets.change_proposal")

    @contextmanager
    def editing(self, *, is_versioned=True):
        """Give the fresh proposal for writing this section, from the version that `If-Match` names."""
        version = match(self.request, self.parent) if is_versioned else None
        with (
            race_as_412(self.parent),
            editing(self.parent, self.section, by=self.request.user, version=version) as fresh,
        ):
            yield fresh
            forget_typed(fresh, self.section, self.units())
        self.reread()

    def units(self):
        """The units of the section's page that this write replaces."""
        return {self.section.value}

    def perform_create(self, serializer):
        with self.editing(is_versioned=False) as proposal:
            self.object = serializer.save(**{self.parent_field: proposal, **self.placed(proposal, serializer)})

    def placed(self, proposal, serializer):
        """The position of a new row: behind the others, unless it is given."""
        if "position" in serializer.validated_data:
            return {}
        last = self.queryset.model.objects.filter(proposal=proposal).order_by("-position").first()
        return {"position": 0 if last is None else last.position + 1}

    def perform_update(self, serializer):
        with self.editing():
            self.object = serializer.save()

    def perform_destroy(self, instance):
        with self.editing():
            instance.delete()
