"""Keying a request into the outside system (BBL, SOLA): a sheet to key from, and the number that comes back.

Neither system has a public interface: its officers key by hand. The sheet gives everything to be keyed, one subject a
sheet, each value in a cell of its own for copying. Its order is the portal's own, not that of an official form.
"""

from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from budgets.models import ExpenseCategory, ExternalNumber
from budgets.states import KEYED_INTO, KeyingSystem, ProposalState
from portal import access, clock
from portal.audit import record
from portal.errors import Refused
from portal.exports import FONT, FORMATS, MAX_CELL, WIDTHS, Column
from portal.thai.dates import thaidatetime
from portal.thai.digits import to_arabic

KEYED = frozenset(
    {
        ProposalState.IN_REQUEST,
        ProposalState.ALLOCATED,
        ProposalState.EXECUTING,
        ProposalState.COMPLETED,
        ProposalState.TERMINATED,
    }
)
SUBSIDY = "subsidy.specific"


def system_of(proposal):
    """The `KeyingSystem` into which a case is keyed, or None while its route is not known."""
    return KEYED_INTO.get(proposal.route)


def number_of(proposal):
    """The `ExternalNumber` of a case in its system, or None."""
    system = system_of(proposal)
    return proposal.external_numbers.filter(system=system).first() if system else None


def tidy(text):
    """A number as it is kept and searched: Arabic digits, capitals, no spaces."""
    return "".join(to_arabic(text).split()).upper()


def enter_number(proposal, number, *, by):
    """The `ExternalNumber` of a case, entered or corrected.

    Raises PermissionDenied, ValidationError (a number that stands on another case), or Refused: `not_in_request`.
    """
    capacity = access.capacity(by, "budgets.enter_external_number", proposal)
    if capacity is None:
        raise PermissionDenied(_("Only officers of this local government and of DLA enter this number."))
    refuse_unless_keyed(proposal)
    with transaction.atomic():
        system = system_of(proposal)
        found = ExternalNumber.objects.filter(proposal=proposal, system=system).first()
        row = found or ExternalNumber(proposal=proposal, system=system)
        before, row.number = row.number, tidy(number)
        row.entered_by, row.entered_at = by, clock.now()
        if not row.number:
            raise ValidationError({"number": _("Give the number.")})
        row.full_clean()
        row.save()
        details = {"system": system, "number": row.number, **({"instead_of": before} if before else {})}
        record("proposal.external_number", row, by=by, capacity=capacity, details=details)
    return row


def refuse_unless_keyed(proposal):
    if proposal.state not in KEYED or system_of(proposal) is None:
        raise Refused(
            _("Only what is in the budget request is keyed in; this is “%(state)s”.")
            % {"state": proposal.get_state_display()},
            code="not_in_request",
            state=proposal.state,
        )


# The sheet


def head_of(category):
    """A head of expenditure with the heads above it, outermost first."""
    words = []
    while category is not None:
        words.insert(0, category.name_th)
        category = category.parent
    return " › ".join(words)


def subjects(proposal):
    """What is keyed in, by subject: (title, columns, rows). The first has a row for each field."""
    place, number = proposal.local_government, number_of(proposal)
    subsidy = ExpenseCategory.objects.filter(code=SUBSIDY).select_related("parent__parent").first()
    is_sola = system_of(proposal) == KeyingSystem.SOLA
    facts = [
        (_("Number in this portal"), proposal.number),
        (_("Number in the system"), number.number if number else ""),
        (_("Fiscal year (B.E.)"), str(proposal.round.fiscal_year)),
        (_("Local government"), place.name_th),
        (_("Code of the local government"), place.code),
        (_("Kind"), str(place.get_kind_display())),
        (_("District"), place.district.name_th if place.district else ""),
        (_("Province"), place.province.name_th),
        (_("Project"), proposal.title_th),
        (_("Focus theme"), proposal.theme.name_th if proposal.theme else ""),
        (_("Local development plan"), plan_of(proposal)),
        (_("Rationale"), proposal.rationale),
        (_("Objectives"), "\n".join(proposal.objectives)),
        (_("Targets"), "\n".join(target_line(one) for one in proposal.targets)),
        (_("Beneficiaries"), proposal.beneficiaries_count),
        *([(_("Head of the State budget"), head_of(subsidy))] if is_sola and subsidy else []),
        (_("Total cost (baht)"), proposal.total_cost_baht),
        (_("Requested (baht)"), proposal.requested_baht),
        (_("Recommended (baht)"), proposal.recommended_baht),
        (_("Yearly upkeep (baht)"), proposal.om_cost_yearly_baht),
        (_("Source of upkeep"), proposal.om_source),
        (_("Resolution"), proposal.resolution_no),
    ]
    return [
        (_("Request"), (Column(_("Field"), lambda row: row[0]), Column(_("Value"), lambda row: row[1])), facts),
        (_("Items"), item_columns(), numbered(proposal.items.select_related("category__parent__parent"))),
        (_("Funding"), funding_columns(), numbered(proposal.funding.all())),
        (_("Indicators"), kpi_columns(), numbered(proposal.kpis.all())),
    ]


def numbered(rows):
    found = list(rows)
    for place, row in enumerate(found, start=1):
        row.place_in_sheet = place
    return found


def plan_of(proposal):
    words = [proposal.plan_window, str(proposal.get_plan_edition_display())]
    if proposal.plan_page:
        words.append(_("page %(page)s") % {"page": proposal.plan_page})
    if proposal.plan_item_no:
        words.append(_("item %(number)s") % {"number": proposal.plan_item_no})
    return " ".join(word for word in words if word)


def target_line(target):
    return " ".join(str(target.get(name, "")) for name in ("description", "quantity", "unit")).strip()


def item_columns():
    return (
        Column(_("No."), "place_in_sheet", "number"),
        Column(_("Head of expenditure"), lambda item: head_of(item.category)),
        Column(_("Item"), "description"),
        Column(_("Quantity"), "quantity", "number"),
        Column(_("Unit"), "unit"),
        Column(_("Unit price (baht)"), "unit_price_baht", "money"),
        Column(_("Total (baht)"), "total_baht", "money"),
        Column(_("Price basis"), lambda item: item.get_price_basis_display()),
        Column(_("Price reference"), "price_reference"),
        Column(_("Fiscal year (B.E.)"), "fiscal_year", "code"),
        Column(_("Quarter"), "quarter", "number"),
    )


def funding_columns():
    return (
        Column(_("No."), "place_in_sheet", "number"),
        Column(_("Channel"), lambda line: line.get_channel_display()),
        Column(_("Fiscal year (B.E.)"), "fiscal_year", "code"),
        Column(_("Amount (baht)"), "amount_baht", "money"),
    )


def kpi_columns():
    return (
        Column(_("No."), "place_in_sheet", "number"),
        Column(_("Indicator"), "name_th"),
        Column(_("Unit"), "unit"),
        Column(_("Baseline"), "baseline", "number"),
        Column(_("Target"), "target", "number"),
        Column(_("Direction"), lambda kpi: kpi.get_direction_display()),
    )


def write_sheet(file, proposal, *, by):
    """Write the workbook to key from into `file` (binary). Raises Refused before the case is in the request."""
    import xlsxwriter  # only those who ask for a workbook pay for it

    refuse_unless_keyed(proposal)
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": FONT,
    }
    about = [
        (_("For keying into"), str(system_of(proposal).label)),
        (_("Project"), f"{proposal.number} {proposal.title_th}"),
        (_("Made by"), str(by)),
        (_("Made at"), thaidatetime(clock.now())),
        (_("Order"), _("The order is this portal's own, not that of an official form.")),
        (
            _("Once it is keyed in"),
            _("Enter the number that the system gives into this portal, on the page of the project."),
        ),
    ]
    with xlsxwriter.Workbook(file, options) as book:
        styles = {name: book.add_format({**FONT, **shape}) for name, shape in FORMATS.items()}
        styles["head"] = book.add_format({**FONT, "bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
        pair = (Column(_("About"), lambda row: row[0]), Column("", lambda row: row[1]))
        for title, columns, rows in [*subjects(proposal), (_("Explanations"), pair, about)]:
            write_subject(book, styles, title, columns, rows)


def write_subject(book, styles, title, columns, rows):
    """One sheet: a row for each of `rows`, each value in a cell of its own kind."""
    sheet = book.add_worksheet(title[:31])
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, 70 if len(columns) == 2 and number == 1 else WIDTHS[column.kind])
        sheet.write_string(0, number, str(column.heading), styles["head"])
    for row, one in enumerate(rows, start=1):
        for number, column in enumerate(columns):
            write_cell(sheet, row, number, column.value_in(one), styles, column.kind)


def write_cell(sheet, row, number, value, styles, kind):
    match value:
        case None | "":
            sheet.write_blank(row, number, None, styles[kind])
        case Decimal() if kind == "text":
            sheet.write_number(row, number, value, styles["money"])
        case int() | Decimal() if kind != "code":
            sheet.write_number(row, number, value, styles["number" if kind == "text" else kind])
        case _:
            sheet.write_string(row, number, str(value)[:MAX_CELL], styles[kind])
