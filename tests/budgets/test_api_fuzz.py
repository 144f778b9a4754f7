"""Every member of every body, with values of every JSON type: always an answer, never a fault of ours."""

import pytest
from django.core.management import call_command

from budgets.models import Proposal
from tests.budgets.client import Program
from tests.factories.budgets import Story, planned_round
from tests.hostile import ask

pytestmark = [pytest.mark.django_db, pytest.mark.long]

DRAFT = {
    "": "round theme local_government title_th title_en primary_dimension dimensions rationale objectives targets "
    "beneficiaries_count subdistricts dev_plan priority om_cost_yearly_baht om_source personal_data risks",
    "items/": "position category description quantity unit unit_price_baht price_basis price_edition price_reference "
    "fiscal_year quarter listing few_quotations_reason",
    "funding/": "position channel fiscal_year amount_baht",
    "kpis/": "position name_th unit baseline baseline_on target direction",
}
EXECUTING = {
    "commitments/": "amount_baht on reference contractor contract_no egp_no items listing file",
    "disbursements/": "amount_baht on reference commitment items",
    "reports/": "fiscal_year quarter physical_pct problem kpi_actuals",
}
ROUND = {
    "": "fiscal_year name_th name_en opens_at closes_at screening_due_on review_due_on announces_on ceiling_baht kinds "
    "channels plan_window accepts_expected_plan return_working_days appeal_working_days reviewers_per_proposal "
    "needs_trained_person categories editions documents",
    "themes/": "code name_th name_en description_th dimensions ceiling_baht min_baht max_baht required_kpis",
    "copy/": "fiscal_year name_th name_en",
}


def test_a_draft_meets_every_value():
    story = Story()
    case, officer = f"proposals/{story.proposal.pk}/", Program(story.office.officer)
    rows = {"items/": story.proposal.items.get(), "funding/": story.proposal.funding.get()}
    rows["kpis/"] = story.proposal.kpis.get()

    faults = ask(officer, "patch", case, DRAFT[""]) + ask(officer, "post", f"{case}attachments/", "kind file")
    for path, row in rows.items():
        faults += ask(officer, "patch", f"{case}{path}{row.pk}/", DRAFT[path])

    assert faults == []
    assert Proposal.objects.count() == 1


def test_a_project_being_carried_out_meets_every_value():
    story = Story().to("executing")
    case, officer = f"proposals/{story.proposal.pk}/", Program(story.office.officer)
    report = story.report()

    faults = [fault for path, fields in EXECUTING.items() for fault in ask(officer, "post", case + path, fields)]
    faults += ask(officer, "patch", f"{case}reports/{report.pk}/", EXECUTING["reports/"])

    assert faults == []


def test_reviewing_meets_every_value():
    story = Story().to("assigned")
    case, reviewer = f"proposals/{story.proposal.pk}/", Program(story.agencies.reviewers[0])
    review = reviewer.post(f"{case}reviews/", {"note": "เริ่ม"}).data["id"]
    secretary = Program(story.agencies.secretary)

    faults = ask(reviewer, "post", f"{case}reviews/", "scores note submit")
    faults += ask(reviewer, "patch", f"{case}reviews/{review}/", "scores note submit")
    faults += ask(secretary, "post", f"{case}assignments/", "reviewer")
    faults += ask(
        secretary, "post", f"rounds/{story.round.pk}/bulk-steps/conclude_review/", "filter proposals details dry_run"
    )

    assert faults == []


def test_a_round_being_planned_meets_every_value():
    story, planned = Story(), planned_round()
    manager, dla = Program(story.agencies.manager), Program(story.agencies.dla)
    at = f"rounds/{planned.pk}/"

    faults = ask(manager, "patch", at, ROUND[""]) + ask(manager, "post", "rounds/", ROUND[""])
    faults += ask(manager, "post", f"{at}themes/", ROUND["themes/"]) + ask(
        manager, "post", f"{at}copy/", ROUND["copy/"]
    )
    faults += ask(manager, "patch", f"{at}themes/{planned.themes.get().pk}/", ROUND["themes/"])
    faults += ask(manager, "put", f"{at}rubric/", "criteria pass_mark spread_limit justify_below_pct reason")
    faults += ask(
        dla, "post", f"rounds/{story.round.pk}/extensions/", "local_government proposal until authority letter_no"
    )

    assert faults == []


def test_the_description_is_whole(tmp_path):
    call_command("spectacular", file=str(tmp_path / "schema.yml"), validate=True, fail_on_warn=True)

    assert "/api/v1/proposals/{id}/" in (tmp_path / "schema.yml").read_text()
