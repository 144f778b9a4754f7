"""What the record calls that which happens in the registry apart from the steps."""

from django.utils.translation import gettext_lazy as _

SAID = {
    "application.assess": _("Technical assessment written"),
    "application.change": _("Application written"),
    "application.check": _("Document checked"),
    "application.start": _("Application begun"),
    "change.ask": _("Change of a listing asked for"),
    "comparison.draw_up": _("Comparison drawn up"),
    "complaint.file": _("Complaint made"),
    "complaint.follow": _("Went to the successor of the local government"),
    "complaint.follow_stays": _("Stayed with the former local government"),
    "provider.check_company": _("Company checked"),
    "provider.succeed": _("Company followed by another"),
    "representative.claim": _("Asked to speak for a company"),
    "terms.change": _("Terms of a listing changed"),
}
