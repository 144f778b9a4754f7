"""Acting orders: recorded by the clerk, at work at once, checked afterwards by the province."""

from datetime import datetime, time

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import access, clock, notices
from portal.audit import record
from portal.errors import Refused
from portal.models.orders import ActingOrder
from portal.models.people import Membership, User
from portal.people import accounts
from portal.registry import Task
from portal.roles import LOCAL_ROLES, Role, Scope, roles_with, scope_of

CHECKS = ("portal.invite_province", "portal.change_membership")


def appoint(*, by, user, role, local_government, order_no, valid_to, valid_from=None, file=None):
    """The new `ActingOrder` by which `user` acts in a post of the own office, from today or a day to come.

    Raises PermissionDenied for a post that `by` may not fill, Refused `same_person` for an order about oneself,
    `not_a_colleague` for somebody without a post there, `already_held`; ValidationError for what does not fit.
    """
    membership = Membership(
        user=user, role=role, local_government=local_government, order_no=order_no, acting=True, granted_by=by,
        valid_from=valid_from or clock.today(), valid_to=valid_to,
    )  # fmt: skip
    capacity = accounts.inviting_capacity(by, membership)
    if role not in LOCAL_ROLES:
        raise PermissionDenied(_("Orders are recorded for posts of local governments."))
    if user.pk == by.pk:
        raise Refused(_("An order about yourself is recorded by the province."), code="same_person")
    if not colleagues(local_government).filter(pk=user.pk).exists():
        raise Refused(_("This person holds no post in that office: invite them."), code="not_a_colleague")
    if valid_to is None or valid_to <= clock.today():
        raise ValidationError({"valid_to": _("Choose a day that is still to come.")})
    if membership.valid_from < clock.today():
        raise ValidationError({"valid_from": _("Choose today or a day to come.")})
    if accounts.twins_of(membership).exists():
        raise Refused(_("This person holds this post already."), code="already_held")
    membership.full_clean()
    with transaction.atomic():
        membership.save()
        order = ActingOrder.objects.create(membership=membership, file=file, recorded_by=by)
        details = accounts.facts_of(membership) | {"order": order.pk}
        record("membership.act", membership, by=by, capacity=capacity, details=details)
        _tell(
            order, [user], _("You act as %(role)s"), _("%(by)s recorded that you act as %(role)s by order %(order)s.")
        )
        _tell(
            order,
            checkers(local_government).exclude(pk__in=[by.pk, user.pk]),
            _("Acting order to check: %(place)s"),
            _("%(by)s recorded that %(person)s acts as %(role)s of %(place)s by order %(order)s. It works already."),
        )
    return order


def colleagues(local_government):
    """People who hold a post in the office today."""
    held = Membership.objects.in_force(clock.today()).filter(local_government=local_government)
    return User.objects.filter(memberships__in=held, is_active=True).distinct()


def checkers(local_government):
    """People who check the orders of an office: its province's, or the operators where nobody sits there."""
    provincial = [role for role in roles_with("portal.invite_province") if scope_of(role) == Scope.PROVINCE]
    held = Membership.objects.in_force(clock.today())
    sitting = held.filter(role__in=provincial, province=local_government.province_id)
    sitting = sitting if sitting.exists() else held.filter(role=Role.OPERATOR)
    return User.objects.filter(memberships__in=sitting, is_active=True).distinct()


def check(order, *, by, is_right, reason=""):
    """The order with its check; one that is not right ends at once, and what was signed under it stands.

    Raises PermissionDenied unless `by` checks for that office and neither recorded it nor is named in it; Refused
    `already_checked`.
    """
    capacity = next(filter(None, (access.capacity(by, one, order.membership) for one in CHECKS)), None)
    if capacity is None or by.pk in {order.recorded_by_id, order.membership.user_id}:
        raise PermissionDenied(_("An order is checked by the province's office, by somebody who did not record it."))
    with transaction.atomic():
        waiting = ActingOrder.objects.filter(pk=order.pk, checked_at=None)
        if not waiting.update(checked_by=by, checked_at=clock.now(), is_right=is_right):
            raise Refused(_("This order was checked already."), code="already_checked")
        order.refresh_from_db()
        details = {"order": order.pk, "is_right": is_right, "reason": reason}
        record("membership.check_order", order.membership, by=by, capacity=capacity, details=details)
        if not is_right:
            Membership.objects.filter(pk=order.membership_id, revoked_at=None).update(revoked_at=clock.now())
            _tell(
                order,
                [order.membership.user, order.recorded_by],
                _("Acting order refused: %(order)s"),
                _("%(by)s found order %(order)s not to be right: %(reason)s From now on it does not count."),
                by=by,
                reason=reason,
            )
    return order


def _tell(order, people, subject, body, by=None, **facts):
    membership = order.membership
    notices.tell(
        people,
        "acting_order",
        subject=subject,
        body=body,
        url=reverse("acting-orders"),
        about=membership,
        role=Role(membership.role).label,
        place=membership.local_government.name_th,
        person=str(membership.user),
        order=membership.order_no,
        by=str(by or order.recorded_by),
        **facts,
    )


# Who sees what


def orders_of(user):
    """The orders of the offices that `user` looks after, as a queryset."""
    if access.holding(user, "portal.change_membership"):
        return ActingOrder.objects.all()
    place = "membership__local_government"
    offices = access.scope(user, "portal.invite_province", place) | access.scope(user, "portal.invite_colleague", place)
    return ActingOrder.objects.filter(offices)


def to_check(user):
    """The orders that wait for a check by `user`, as a queryset."""
    if not any(access.holding(user, one) for one in CHECKS):
        return ActingOrder.objects.none()
    waiting = orders_of(user).filter(checked_at=None, membership__revoked_at=None)
    return waiting.exclude(Q(recorded_by=user) | Q(membership__user=user))


def tasks(user):
    """The inbox's lines for orders that wait: the province's; an operator's where the province recorded it."""
    if not user.is_authenticated:
        return
    for order in to_check(user).select_related("membership__user", "membership__local_government__district"):
        membership = order.membership
        yield Task(
            area="people",
            title=f"{membership.user} · {membership}",
            url=reverse("acting-orders"),
            verb=_("Check the acting order"),
            since=datetime.combine(membership.valid_from, time.min, clock.BANGKOK),
        )
