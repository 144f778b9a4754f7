"""The number by which the law knows a company (เลขทะเบียนนิติบุคคล)."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import ValidationError as NotValid
from stdnum.th import moa, pin

from portal.thai.digits import to_arabic

SCHEME = "TH-DBD"
DIGITS = 13


def juristic_number(text):
    """`text` as thirteen Arabic digits; spaces and dashes are left out, Thai digits are read.

    Raises ValidationError with code `citizen_number` for what is a person's number, else `juristic_length`,
    `juristic_first_digit` or `juristic_check_digit`.
    Source: the Department of Business Development's thirteen digits, whose check digit is the citizen number's.
    """
    number = moa.compact(to_arabic(str(text)))
    if len(number) != DIGITS or not (number.isascii() and number.isdigit()):
        raise ValidationError(_("A juristic number has 13 digits."), code="juristic_length")
    if moa.is_valid(number):
        return number
    if pin.is_valid(number):
        raise ValidationError(
            _("This is a person's citizen number. Give the company's juristic number; it begins with 0."),
            code="citizen_number",
        )
    if number[0] != "0":
        raise ValidationError(_("A juristic number begins with 0."), code="juristic_first_digit")
    raise ValidationError(
        _("The last digit does not fit the others. Compare the number with the company certificate."),
        code="juristic_check_digit",
    )


def validate_juristic_number(number):
    """Refuse what is not a juristic number in its plain form."""
    if juristic_number(number) != number:
        raise ValidationError(_("A juristic number has 13 digits."), code="juristic_length")


def grouped(number):
    """`number` as the company certificate groups it: `0-10-5-536-11201-4`."""
    try:
        return moa.format(number)
    except NotValid:
        return number
