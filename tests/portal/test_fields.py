from datetime import date
from decimal import Decimal as D

import pytest
from django import forms
from django.core.exceptions import FieldError, ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Avg, Case, F, Max, Q, Sum, Value, When
from django.db.models.functions import Coalesce
from django.test.utils import isolate_apps
from django.utils import translation

from portal.fields import BahtField, BahtFormField, ThaiDateField, ThaiDecimalField, ThaiIntegerField, in_baht

with isolate_apps("portal"):

    class Purse(models.Model):
        ceiling_baht = BahtField()
        spent_baht = BahtField(default=0)
        asked_baht = BahtField(null=True, blank=True)
        pieces = models.IntegerField(default=1)

        def __str__(self):
            return f"{self.spent_baht} of {self.ceiling_baht}"

        class Meta:
            app_label = "portal"
            db_table = "test_purse"
            constraints = [
                models.CheckConstraint(name="purse_within", condition=Q(spent_baht__lte=F("ceiling_baht"))),
                models.CheckConstraint(name="purse_least", condition=Q(ceiling_baht__gte=D("0.50"))),
                models.CheckConstraint(name="purse_room", condition=Q(asked_baht__lt=F("ceiling_baht") + D("100.00"))),
            ]


@pytest.fixture(scope="module", autouse=True)
def table(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            editor.create_model(Purse)
        yield
        with connection.schema_editor() as editor:
            editor.delete_model(Purse)


def purse(**amounts):
    return Purse.objects.create(**{"ceiling_baht": D("100"), **amounts})


def only(**lookup):
    return Purse.objects.filter(**lookup).count()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (D("1234.5"), "1234.50"),
        ("0.1", "0.10"),
        (7, "7.00"),
        (D("5.000"), "5.00"),
        (D("-3.25"), "-3.25"),
        (D("99999999999.99"), "99999999999.99"),
        (D("0"), "0.00"),
    ],
)
@pytest.mark.django_db
def test_an_amount_comes_back_exactly(given, kept):
    kept_purse = Purse.objects.create(ceiling_baht=D("99999999999.99"), spent_baht=given)

    kept_purse.refresh_from_db()

    assert str(kept_purse.spent_baht) == kept
    with connection.cursor() as cursor:
        cursor.execute("SELECT spent_baht FROM test_purse")
        assert cursor.fetchone() == (int(D(kept) * 100),)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (D("0.001"), "places"),
        (D("NaN"), "invalid"),
        (D("Infinity"), "invalid"),
        (D("100000000000"), "range"),
        (D("1e400"), "range"),
        (0.1, "invalid"),
        (True, "invalid"),
        ("1e3", "invalid"),
        ("1_000", "invalid"),
        ("๑๒", "invalid"),
        ("", "invalid"),
        ([], "invalid"),
    ],
)
def test_what_is_no_amount_is_refused(given, code):
    with pytest.raises(ValidationError) as cleaned:
        BahtField().clean(given, None)
    with pytest.raises(ValidationError) as prepared:
        BahtField().get_prep_value(given)

    assert (cleaned.value.code, prepared.value.code) == (code, code)


@pytest.mark.django_db
def test_a_field_may_have_a_limit_of_its_own():
    field = BahtField(max_baht=D("50"))

    assert field.clean(D("50"), None) == D("50.00")
    with pytest.raises(ValidationError):
        field.clean(D("50.01"), None)
    assert field.clone().max_baht == D("50")
    assert "max_baht" not in BahtField().deconstruct()[3]


@pytest.mark.django_db
def test_aggregates_are_amounts():
    for _ in range(3):
        purse(spent_baht=D("0.10"), pieces=3)

    totals = Purse.objects.aggregate(
        sum=Sum("spent_baht"),
        most=Max("spent_baht"),
        average=Avg("spent_baht"),
        rest=Sum(F("ceiling_baht") - F("spent_baht")),
        cost=Sum(F("pieces") * F("spent_baht")),
        nothing=Coalesce(Sum("asked_baht"), in_baht(0)),
        some=Sum("spent_baht", filter=Q(spent_baht__gt=D("5")), default=in_baht("1.5")),
    )

    assert {name: str(total) for name, total in totals.items()} == {
        "sum": "0.30",
        "most": "0.10",
        "average": "0.10",
        "rest": "299.70",
        "cost": "0.90",
        "nothing": "0.00",
        "some": "1.50",
    }


@pytest.mark.parametrize(
    ("update", "result"),
    [
        (lambda: F("spent_baht") + D("5.00"), "15.25"),
        (lambda: F("spent_baht") - 5, "5.25"),
        (lambda: D("20") - F("spent_baht"), "9.75"),
        (lambda: F("spent_baht") + in_baht("5"), "15.25"),
        (lambda: F("spent_baht") + F("spent_baht"), "20.50"),
        (lambda: F("spent_baht") * 2, "20.50"),
        (lambda: F("spent_baht") + F("pieces") * F("spent_baht") - D("0.25"), "40.75"),
        (lambda: Value(D("7.50")), "7.50"),
        (lambda: Coalesce(F("asked_baht"), D("2")), "2.00"),
        (lambda: Case(When(spent_baht__gt=D("10"), then=F("spent_baht") + 1), default=D("3")), "11.25"),
        (lambda: D("1.10"), "1.10"),
    ],
)
@pytest.mark.django_db
def test_an_update_reckons_in_baht(update, result):
    row = purse(spent_baht=D("10.25"), pieces=3)

    Purse.objects.filter(pk=row.pk).update(spent_baht=update())

    row.refresh_from_db()
    assert str(row.spent_baht) == result


@pytest.mark.django_db
def test_saving_and_bulk_writing_reckon_in_baht():
    row, other = purse(spent_baht=D("10")), Purse.objects.create(ceiling_baht=Value(D("60")))
    row.spent_baht = F("spent_baht") + D("0.50")
    row.save()
    other.spent_baht = F("spent_baht") + D("0.75")
    Purse.objects.bulk_update([other], ["spent_baht"])
    Purse.objects.bulk_create([Purse(ceiling_baht=D("1"), spent_baht=D("0.05"))])

    rows = Purse.objects.order_by("pk").values_list("ceiling_baht", "spent_baht")
    assert list(rows) == [(D("100"), D("10.50")), (D("60"), D("0.75")), (D("1"), D("0.05"))]


@pytest.mark.django_db
def test_comparisons_reckon_in_baht():
    purse(spent_baht=D("10.25"), asked_baht=D("15.25"))

    assert only(spent_baht=D("10.25")) == only(spent_baht__in=[D("10.25")]) == only(spent_baht__gt=D("10.24")) == 1
    assert only(spent_baht__range=(D("10"), D("10.25"))) == only(spent_baht__lt=11) == only(spent_baht="10.25") == 1
    assert only(asked_baht=F("spent_baht") + D("5.00")) == only(asked_baht__gte=F("spent_baht") + 5) == 1
    assert only(asked_baht__gt=F("spent_baht") + D("5.00")) == only(spent_baht__lt=F("asked_baht") - 5) == 0
    assert only(spent_baht=Value(D("10.25"))) == 1
    assert Purse.objects.annotate(left=F("ceiling_baht") - in_baht("0.5")).get().left == D("99.50")


@pytest.mark.django_db
def test_an_annotation_does_not_guess_the_unit():
    with pytest.raises(FieldError):
        list(Purse.objects.annotate(left=F("ceiling_baht") - D("5")))


@pytest.mark.parametrize(
    "amounts",
    [
        {"ceiling_baht": D("100"), "spent_baht": D("100.01")},
        {"ceiling_baht": D("0.49")},
        {"ceiling_baht": D("100"), "asked_baht": D("200")},
    ],
)
@pytest.mark.django_db
def test_constraints_reckon_in_baht(amounts):
    with pytest.raises(IntegrityError), transaction.atomic():
        Purse.objects.create(**amounts)
    with pytest.raises(ValidationError):
        Purse(**amounts).full_clean()

    Purse(ceiling_baht=D("100"), spent_baht=D("100"), asked_baht=D("199.99")).full_clean()
    purse(spent_baht=D("100"), asked_baht=D("199.99"))


@pytest.mark.parametrize(
    ("field", "typed", "read"),
    [
        (BahtFormField(), "1,234.50", D("1234.50")),
        (BahtFormField(), "๑,๒๓๔.๕", D("1234.50")),
        (BahtFormField(), " ฿ 1 234 567 ", D("1234567.00")),
        (BahtFormField(), "1234 บาท", D("1234.00")),
        (BahtFormField(), "1\u00a0234\u00a0บาท", D("1234.00")),
        (BahtFormField(), "99,999,999,999.99", D("99999999999.99")),
        (BahtFormField(min_value=None), "-5", D("-5.00")),
        (BahtFormField(required=False), "", None),
        (ThaiIntegerField(), "๑,๒๓๔", 1234),
        (ThaiDecimalField(decimal_places=3), "1,000.125", D("1000.125")),
        (ThaiDateField(), "๒๓ พ.ย. ๒๕๖๙", date(2026, 11, 23)),
        (ThaiDateField(required=False), "  ", None),
        (ThaiDateField(required=False), [], None),
    ],
)
def test_a_form_field_reads_what_people_type(field, typed, read):
    assert field.clean(typed) == read


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        (BahtFormField(), "1e3", "invalid"),
        (BahtFormField(), "1_000", "invalid"),
        (BahtFormField(), "1,5", "invalid"),
        (BahtFormField(), "1234,567", "invalid"),
        (BahtFormField(), "１２", "invalid"),
        (BahtFormField(), "NaN", "invalid"),
        (BahtFormField(), ".", "invalid"),
        (BahtFormField(), "1.005", "places"),
        (BahtFormField(), "-1", "too_small"),
        (BahtFormField(), "100000000000", "too_large"),
        (BahtFormField(), "9" * 5000, "too_large"),
        (BahtFormField(max_value=D("5000000")), "7,200,000", "too_large"),
        (ThaiIntegerField(), "1.0", "invalid"),
        (ThaiIntegerField(), "9" * 5000, "invalid"),
        (ThaiIntegerField(max_value=5), "6", "too_large"),
        (ThaiDecimalField(decimal_places=3), "1.0005", "places"),
        (ThaiDateField(), "29/2/2569", "invalid"),
        (ThaiDateField(), "", "required"),
    ],
)
def test_a_form_field_refuses_the_rest(field, typed, code):
    with pytest.raises(ValidationError) as refused:
        field.clean(typed)

    assert [error.code for error in refused.value.error_list] == [code]


def test_a_form_shows_what_people_read():
    class Form(forms.Form):
        amount = BahtFormField()
        count = ThaiIntegerField()
        day = ThaiDateField()

    initial = {"amount": D("1234567.5"), "count": 12000, "day": date(2026, 11, 23)}
    thai = [Form(initial=initial)[name].value() for name in initial]
    with translation.override("en"):
        english = Form(initial=initial)["day"].value()
    sent = Form(dict(zip(initial, thai, strict=True)), initial=initial)

    assert thai == ["1,234,567.50", "12,000", "23/11/2569"]
    assert english == "23/11/2026"
    assert sent.is_valid() and sent.cleaned_data == initial
    assert sent.changed_data == []
    assert Form({"amount": "1,5"})["amount"].value() == "1,5"


def test_a_model_form_reads_amounts():
    field = BahtField(max_baht=D("50")).formfield()

    assert isinstance(field, BahtFormField)
    with pytest.raises(ValidationError):
        field.clean("50.01")
