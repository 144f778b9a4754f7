"""What a permission asks of the object itself, and who speaks for a company."""

from portal.access import condition, outsider
from portal.roles import Outsider
from providers.states import RepresentativeState


def representation(user, provider):
    """How `user` stands to `provider`: their `Representative` row that is claimed or confirmed, or None."""
    return user.representations.filter(provider=provider).standing().first()


def speaks_for(user, provider):
    """Whether the registrar has confirmed that `user` speaks for `provider`."""
    return user.is_authenticated and user.representations.filter(provider=provider).confirmed().exists()


@outsider(Outsider.PROVIDER_REPRESENTATIVE)
def represents(user, obj):
    if obj is None:
        return user.representations.standing().exists()
    return hasattr(obj, "provider") and representation(user, obj.provider) is not None


CONFIRMED_ONLY = (
    "providers.reply_listing",
    "providers.withdraw_listing",
    "providers.ask_change",
    "providers.withdraw_change",
    "providers.reply_complaint",
)


@condition(*CONFIRMED_ONLY)
def is_confirmed(user, obj):
    return speaks_for(user, obj.provider)


@condition("providers.add_application")
def may_start(user, provider):
    """Before the registrar has confirmed them, people draft for companies that nobody else speaks for yet."""
    return speaks_for(user, provider) or not (provider.public_seq or provider.representatives.confirmed().exists())


@condition("providers.change_application", "providers.submit_application", "providers.withdraw_application")
def is_theirs(user, application):
    return application.started_by_id == user.pk or speaks_for(user, application.provider)


@condition("providers.decide_representative")
def is_not_their_own(user, obj):
    return getattr(obj, "user_id", None) != user.pk


@condition("providers.dispute_representative")
def may_dispute(user, obj):
    """The registrar; and whoever speaks for the company, of another's claim."""
    return user.has_perm("providers.decide_representative") or (
        obj.user_id != user.pk and speaks_for(user, obj.provider)
    )


@condition("providers.end_representative")
def may_end(user, obj):
    """The registrar; and, for the own company, whoever speaks for it."""
    return user.has_perm("providers.decide_representative") or speaks_for(user, obj.provider) or obj.user_id == user.pk


INDEPENDENT = (
    "providers.check_application",
    "providers.assess_application",
    "providers.return_assessment",
    "providers.decide_application",
    "providers.suspend_listing",
    "providers.reinstate_listing",
    "providers.revoke_listing",
    "providers.decide_change",
    "providers.close_complaint",
    "providers.close_check",
)


@condition(*INDEPENDENT)
def represents_no_party(user, obj):
    """Nobody judges a company that they ever spoke for."""
    return not user.representations.filter(provider=obj.provider).exclude(state=RepresentativeState.REFUSED).exists()
