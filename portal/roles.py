"""Who may do what: the whole matrix, as data.

A role is held through a dated `Membership`. Its scope says for which objects it counts; the grants say
what it allows. Code asks for permissions (`user.has_perm("budgets.submit_proposal", proposal)`); role
names stay on this page, in the pages that manage memberships, and in the tests.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    LOCAL_OFFICER = "local_officer", _("Local officer")
    LOCAL_CLERK = "local_clerk", _("Municipal clerk")
    LOCAL_EXECUTIVE = "local_executive", _("Local executive")
    LOCAL_AUDITOR = "local_auditor", _("Local internal auditor")
    PROVINCIAL_OFFICER = "provincial_officer", _("Provincial officer")
    DLA_OFFICER = "dla_officer", _("DLA officer")
    DEPA_REVIEWER = "depa_reviewer", _("Reviewer")
    COMMITTEE_SECRETARY = "committee_secretary", _("Committee secretary")
    COMMITTEE_CHAIR = "committee_chair", _("Committee chair")
    COMMITTEE_MEMBER = "committee_member", _("Committee member")
    PROGRAMME_MANAGER = "programme_manager", _("Programme manager")
    REGISTRAR = "registrar", _("Registrar")
    ASSESSOR = "assessor", _("Assessor")
    REGISTRY_APPROVER = "registry_approver", _("Registry approver")
    SANDBOX_OFFICER = "sandbox_officer", _("Sandbox officer")
    SANDBOX_MEMBER = "sandbox_member", _("Sandbox committee member")
    TRAINING_OFFICER = "training_officer", _("Training officer")
    SELECTION_MEMBER = "selection_member", _("Selection committee member")
    TRAINER = "trainer", _("Trainer")
    AUDITOR = "auditor", _("Auditor")
    OPERATOR = "operator", _("Operator")
    TIMER = "timer", _("The portal's timer")


class Outsider(models.TextChoices):
    """Those who hold no post: each is tied to what is theirs by the app that knows them (`portal.access.outsider`)."""

    PROVIDER_REPRESENTATIVE = "provider_representative", _("Provider's representative")
    PILOT_PARTNER = "pilot_partner", _("Pilot partner")
    APPLICANT = "applicant", _("Applicant")
    LEARNER = "learner", _("Learner")
    AMBASSADOR = "ambassador", _("Smart City Ambassador")
    HOST_MENTOR = "host_mentor", _("Host mentor")


class Scope(models.TextChoices):
    """For which objects a role counts."""

    LOCAL = "local", _("one local government")
    PROVINCE = "province", _("one province")
    CASE = "case", _("assigned cases")
    NATIONAL = "national", _("the whole country")
    OWN = "own", _("what is their own")


SCOPES = {
    Role.LOCAL_OFFICER: Scope.LOCAL,
    Role.LOCAL_CLERK: Scope.LOCAL,
    Role.LOCAL_EXECUTIVE: Scope.LOCAL,
    Role.LOCAL_AUDITOR: Scope.LOCAL,
    Role.PROVINCIAL_OFFICER: Scope.PROVINCE,
    Role.DEPA_REVIEWER: Scope.CASE,
}

LOCAL_ROLES = frozenset(role for role, scope in SCOPES.items() if scope == Scope.LOCAL)
AGENCY_ROLES = frozenset({Role.SANDBOX_OFFICER, Role.SANDBOX_MEMBER})
DECIDING_ROLES = frozenset(
    {
        Role.DLA_OFFICER,
        Role.COMMITTEE_SECRETARY,
        Role.COMMITTEE_CHAIR,
        Role.COMMITTEE_MEMBER,
        Role.PROGRAMME_MANAGER,
        Role.REGISTRY_APPROVER,
        Role.SANDBOX_OFFICER,
        Role.SANDBOX_MEMBER,
        Role.SELECTION_MEMBER,
    }
)


def scope_of(role):
    """The `Scope` of a role."""
    return Scope.OWN if role in Outsider.values else SCOPES.get(role, Scope.NATIONAL)


_SEES_CASES = {"budgets.view_round", "budgets.view_proposal", "budgets.view_report"}
_PREPARES_ROUNDS = {
    "budgets.change_round",
    "budgets.open_round",
    "budgets.close_round",
    "budgets.deliberate_round",
    "budgets.announce_round",
    "budgets.enact_round",
    "budgets.finish_round",
    "budgets.amend_round",
    "budgets.cancel_round",
}
_SCREENS = {
    "budgets.start_screening_proposal",
    "budgets.screen_proposal",
    "budgets.propose_screen_out_proposal",
    "budgets.help_office",
}
_FOLLOWS = {
    "budgets.accept_report",
    "budgets.complete_proposal",
    "budgets.accept_targets_proposal",
    "budgets.decide_item_change",
}
_SEES_COMPARISONS = {"providers.view_comparison"}
_COMPLAINS = {"providers.view_complaint", "providers.file_complaint"}
_SEES_REGISTRY = {"providers.view_registry", "providers.view_complaint"}

_NAMES = {"training.name_ambassador"}
_HOSTS = {"training.view_place", "training.view_placement", "training.view_staff"} | _NAMES
_TEACHES = {"training.manage_run", "training.manage_enrolment", "training.cancel_enrolment"}
_TRAINS = {"training.change_course", "training.view_coverage"} | _TEACHES
_RUNS_GENERATIONS = {
    "training.change_generation",
    "training.close_generation",
    "training.view_application",
    "training.read_personal_application",
    "training.screen_application",
    "training.select_application",
    "training.offer_application",
    "training.close_list_application",
    "training.view_place",
    "training.view_placement",
    "training.name_ambassador",
    "training.start_placement",
    "training.manage_placement",
    "training.end_placement",
    "training.close_stipend",
    "training.view_credential",
    "training.issue_credential",
    "training.revoke_credential",
}

GRANTS = {
    Role.LOCAL_OFFICER: _HOSTS
    | {"training.propose_place", "training.enrol_staff", "training.cancel_enrolment"}
    | _SEES_CASES
    | _COMPLAINS
    | _SEES_COMPARISONS
    | {
        "providers.add_comparison",
        "budgets.ask_question",
        "budgets.answer_clarification",
        "budgets.add_proposal",
        "budgets.change_proposal",
        "budgets.request_endorsement_proposal",
        "budgets.discard_proposal",
        "budgets.record_money",
        "budgets.ask_carry_over",
        "budgets.ask_item_change",
        "budgets.enter_external_number",
        "budgets.change_report",
    },
    Role.LOCAL_CLERK: _HOSTS
    | {"training.propose_place", "training.enrol_staff", "training.cancel_enrolment"}
    | _SEES_CASES
    | _COMPLAINS
    | _SEES_COMPARISONS
    | {
        "budgets.ask_question",
        "budgets.answer_clarification",
        "budgets.verify_proposal",
        "budgets.decline_endorsement_proposal",
        "budgets.attest_signature_proposal",
        "budgets.attest_report",
        "portal.invite_colleague",
    },
    Role.LOCAL_EXECUTIVE: _HOSTS
    | {"training.decide_place"}
    | _SEES_CASES
    | _SEES_COMPARISONS
    | {
        "budgets.decline_endorsement_proposal",
        "budgets.ask_question",
        "budgets.answer_clarification",
        "budgets.submit_proposal",
        "budgets.withdraw_proposal",
        "budgets.appeal_proposal",
        "budgets.answer_allocation_proposal",
        "budgets.submit_report",
    },
    Role.LOCAL_AUDITOR: _HOSTS | _SEES_CASES | _SEES_COMPARISONS | {"providers.view_complaint", "budgets.export_case"},
    Role.PROVINCIAL_OFFICER: _TRAINS
    | {"training.view_place", "training.view_placement"}
    | _NAMES
    | _SEES_CASES
    | _SCREENS
    | _FOLLOWS
    | {"portal.invite_province", "budgets.ask_question"},
    Role.DLA_OFFICER: {"training.view_coverage", "training.view_placement"}
    | _NAMES
    | _SEES_CASES
    | {
        "budgets.confirm_screen_out_proposal",
        "budgets.decide_request_proposal",
        "budgets.send_request_round",
        "budgets.reinstate_proposal",
        "budgets.decide_screening_appeal_proposal",
        "budgets.grant_extension",
        "budgets.grant_carry_over",
        "budgets.enter_external_number",
        "budgets.answer_question",
        "budgets.stand_in_for_province",
        "budgets.view_outcome",
        "portal.change_place",
    }
    | _SCREENS
    | _FOLLOWS,
    Role.DEPA_REVIEWER: {"budgets.view_round", "budgets.view_proposal", "budgets.review_proposal"},
    Role.COMMITTEE_SECRETARY: _SEES_CASES
    | {
        "budgets.assign_reviewers",
        "budgets.view_reviews",
        "budgets.return_review_proposal",
        "budgets.conclude_review_proposal",
        "budgets.recommend_proposal",
        "budgets.propose_allocation_proposal",
        "budgets.propose_transfer",
        "budgets.change_meeting",
        "budgets.view_outcome",
    },
    Role.COMMITTEE_CHAIR: _SEES_CASES
    | {
        "budgets.view_reviews",
        "budgets.allocate_proposal",
        "budgets.decide_transfer",
        "budgets.decide_review_appeal_proposal",
        "budgets.view_outcome",
    },
    Role.COMMITTEE_MEMBER: _SEES_CASES | {"budgets.view_reviews", "budgets.view_outcome"},
    Role.PROGRAMME_MANAGER: _SEES_CASES
    | _PREPARES_ROUNDS
    | {
        "budgets.view_reviews",
        "budgets.view_outcome",
        "budgets.close_out_proposal",
        "budgets.remap_proposal",
        "budgets.answer_question",
    },
    Role.REGISTRAR: _SEES_REGISTRY
    | {
        "providers.check_application",
        "providers.decide_representative",
        "providers.dispute_representative",
        "providers.end_representative",
        "providers.decide_change",
        "providers.close_complaint",
        "providers.close_check",
        "providers.decide_correction",
        "providers.change_company",
        "providers.view_clients",
    },
    Role.ASSESSOR: _SEES_REGISTRY | {"providers.assess_application", "providers.return_assessment"},
    Role.REGISTRY_APPROVER: _SEES_REGISTRY
    | {
        "providers.return_assessment",
        "providers.decide_application",
        "providers.suspend_listing",
        "providers.reinstate_listing",
        "providers.revoke_listing",
        "providers.change_terms",
        "providers.view_clients",
    },
    Outsider.PROVIDER_REPRESENTATIVE: {
        "providers.add_application",
        "providers.change_application",
        "providers.submit_application",
        "providers.withdraw_application",
        "providers.reply_listing",
        "providers.withdraw_listing",
        "providers.ask_change",
        "providers.withdraw_change",
        "providers.reply_complaint",
        "providers.dispute_representative",
        "providers.end_representative",
    },
    Role.TRAINING_OFFICER: _RUNS_GENERATIONS | _TRAINS,
    Role.SELECTION_MEMBER: {"training.score_application"},
    Role.TRAINER: _TEACHES,
    Role.AUDITOR: {
        "training.view_application",
        "training.view_place",
        "training.view_placement",
        "training.view_coverage",
    }
    | _SEES_CASES
    | _SEES_REGISTRY
    | _SEES_COMPARISONS
    | {
        "budgets.view_reviews",
        "budgets.view_outcome",
        "portal.view_event",
        "budgets.export_case",
    },
    Role.OPERATOR: {
        "budgets.view_round",
        "portal.invite_anyone",
        "portal.change_membership",
        "portal.view_outbox",
        "portal.change_settings",
    },
    Role.TIMER: {
        "training.close_generation",
        "training.offer_application",
        "training.expire_application",
        "training.close_list_application",
        "training.start_placement",
        "training.manage_enrolment",
        "training.revoke_credential",
    }
    | {
        "budgets.view_round",
        "budgets.view_proposal",
        "budgets.close_round",
        "budgets.conclude_review_proposal",
        "budgets.lapse_proposal",
        "providers.expire_listing",
    },
    Outsider.APPLICANT: {"training.apply_application"},
    Outsider.LEARNER: {"training.cancel_enrolment"},
    Outsider.AMBASSADOR: _NAMES | {"training.view_placement", "training.end_placement", "training.write_report"},
    Outsider.HOST_MENTOR: _NAMES | {"training.view_placement", "training.accept_report"},
}

_ON_TRIAL = {"sandboxes.view_pilot", "sandboxes.pause_pilot", "sandboxes.report_incident"}
_MEASURES = {"sandboxes.record_reading", "sandboxes.work_incident", "sandboxes.attach_pilot"}
_SANDBOX = {
    Role.LOCAL_OFFICER: _ON_TRIAL
    | _MEASURES
    | {
        "sandboxes.add_pilot",
        "sandboxes.change_pilot",
        "sandboxes.raise_issue",
        "sandboxes.resolve_incident",
        "sandboxes.answer_feedback",
        "sandboxes.close_pilot",
    },
    Role.LOCAL_CLERK: _ON_TRIAL,
    Role.LOCAL_EXECUTIVE: _ON_TRIAL
    | {
        "sandboxes.apply_pilot",
        "sandboxes.withdraw_pilot",
        "sandboxes.go_live_pilot",
        "sandboxes.start_exit_review_pilot",
        "sandboxes.terminate_pilot",
        "sandboxes.endorse_pilot",
    },
    Role.LOCAL_AUDITOR: {"sandboxes.view_pilot"},
    Role.PROVINCIAL_OFFICER: {"sandboxes.view_pilot"},
    Role.SANDBOX_OFFICER: _ON_TRIAL
    | {
        "sandboxes.screen_pilot",
        "sandboxes.score_pilot",
        "sandboxes.resume_pilot",
        "sandboxes.start_exit_review_pilot",
        "sandboxes.follow_pilot",
        "sandboxes.raise_issue",
        "sandboxes.settle_issue",
        "sandboxes.record_waiver",
        "sandboxes.attach_pilot",
        "sandboxes.work_incident",
        "sandboxes.close_incident",
        "sandboxes.answer_feedback",
    },
    Role.SANDBOX_MEMBER: _ON_TRIAL
    | {
        "sandboxes.decide_pilot",
        "sandboxes.vote_pilot",
        "sandboxes.resume_pilot",
        "sandboxes.terminate_pilot",
    },
    Outsider.PILOT_PARTNER: _ON_TRIAL | _MEASURES,
    Role.AUDITOR: {"sandboxes.view_pilot"},
    Role.TIMER: {
        "sandboxes.view_pilot",
        "sandboxes.pause_pilot",
        "sandboxes.start_exit_review_pilot",
        "sandboxes.expire_waiver",
    },
}
for _role, _granted in _SANDBOX.items():
    GRANTS[_role] = GRANTS.get(_role, frozenset()) | _granted


def roles_with(permission):
    """The roles that grant `permission`."""
    return frozenset(role for role, granted in GRANTS.items() if permission in granted)
