"""What reviewers' profiles tie them to: the own province, offices and companies that they worked for."""

from collections import defaultdict

from django.utils.translation import gettext as _

from budgets.models import ProposalItem, Quotation, ReviewerProfile
from portal.errors import Refused
from portal.models.places import Succession


class Ties:
    """What the profiles of `people` tie them to among `proposals`, read at once for all of them.

    A profile of the case's round counts, else the newest of another round.
    """

    def __init__(self, proposals, people):
        profiles = ReviewerProfile.objects.filter(reviewer__in=people).prefetch_related("employers")
        self.profiles, self.newest = {}, {}
        for one in profiles.order_by("confirmed_at", "pk"):
            self.profiles[one.round_id, one.reviewer_id] = self.newest[one.reviewer_id] = one
        companies = {e.juristic_number for one in self.profiles.values() for e in one.employers.all()} - {""}
        offices = {e.local_government_id for one in self.profiles.values() for e in one.employers.all()} - {None}
        cases = [proposal.pk for proposal in proposals]
        self.sellers = _sellers(cases) if companies else {}
        self.before = _predecessors({p.local_government_id for p in proposals}) if offices else {}

    def refusal(self, proposal, person):
        """The refusal that follows from the profile of `person`, or None."""
        profile = self.profiles.get((proposal.round_id, person.pk)) or self.newest.get(person.pk)
        if profile is None:
            return Refused(_("This reviewer has not confirmed a profile yet."), code="profile_not_confirmed")
        place = proposal.local_government
        if profile.home_province_id == place.province_id:
            return Refused(_("Reviewers do not review their own province."), code="own_province")
        offices = {place.pk, *self.before.get(place.pk, ())}
        sellers = self.sellers.get(proposal.pk, set())
        for employer in profile.employers.all():
            if employer.local_government_id in offices or employer.juristic_number in sellers:
                text = _("This reviewer worked for %(name)s in the last five years.")
                return Refused(text % {"name": employer.name}, code="employer")
        return None


def _predecessors(places):
    """The local governments that each of `places` (keys) comes after, as a dict of sets."""
    found = defaultdict(set)
    for old, new in Succession.objects.filter(to_local_government__in=places).values_list(
        "from_local_government", "to_local_government"
    ):
        found[new].add(old)
    return found


def _sellers(cases):
    """The juristic numbers of who quoted, or is chosen from the account, in each of `cases` (keys)."""
    found = defaultdict(set)
    quoted = Quotation.objects.filter(item__proposal__in=cases).exclude(juristic_number="")
    for case, number in quoted.values_list("item__proposal", "juristic_number"):
        found[case].add(number)
    chosen = ProposalItem.objects.filter(proposal__in=cases).exclude(listing=None)
    for case, snapshot in chosen.values_list("proposal", "listing_snapshot"):
        found[case].add(snapshot.get("provider", {}).get("juristic_number"))
    return found
